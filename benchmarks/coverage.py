"""How often do the intervals of metrics hold the population's number, which they promise in 95 % of windows?

Windows are drawn from populations whose numbers are known (`known_populations`), counted into the cells that the
product keeps, with score bins as a reference freezes them, and given to the product's metrics. For each metric and
setting the table has the median of the smaller class's rows (of a difference between groups: in the group that has
fewer; of a regression: all rows), and the coverage over all windows with a value. A star marks coverage outside 93.5 to
96.5 % where the median is 50 or more, or below 93 % where it is less, by more than the simulation's own noise of two
standard errors. Beside it stands the coverage over the windows that have 50 rows or more themselves; it is not judged,
as leaving out windows by their outcomes shifts it: those with the fewest positives are those whose numbers are off.

    python -m benchmarks.coverage --windows 10000
"""

import argparse
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.known_populations import Classifier, Regression
from spark_monitor.metrics.bias.comparisons import to_rest
from spark_monitor.metrics.bias.group_counts import GroupCounts
from spark_monitor.metrics.bias.group_rates import group_rates
from spark_monitor.metrics.error_cells import ErrorCells, ErrorFolds
from spark_monitor.metrics.performance import PERFORMANCE_METRICS
from spark_monitor.metrics.performance.regression import REGRESSION_METRICS
from spark_monitor.metrics.score_cells import FOLDS, FoldSums, ScoreCells
from spark_monitor.results.labelled import Side
from spark_monitor.results.performance import computed

ENOUGH = 50
FEWEST_WINDOWS = 100
WITHIN, AT_LEAST = (0.935, 0.965), 0.93
OF_DECISIONS_AND_SCORES = ("accuracy", "precision", "recall", "f1", "mcc", "roc_auc", "average_precision", "log_loss",
                           "expected_calibration_error")
OF_GROUPS = "recall_difference"
OF_ERRORS = ("mae", "r2")
# At 2 % the first model's calibration error is far below its noise, so near 0 that only an interval down to 0 is right.
POPULATIONS = {
    "0.02": (Classifier(0.02, 0.05), (1000, 3500, 7500), (*OF_DECISIONS_AND_SCORES, OF_GROUPS)),
    "0.02 off": (Classifier(0.02, 0.05, shift=0.2), (3500, 7500), ("expected_calibration_error",)),
    "0.2": (Classifier(0.2, 0.25), (100, 350, 1000), (*OF_DECISIONS_AND_SCORES, OF_GROUPS)),
}
ROWS_OF_REGRESSION = (40, 400, 1000)
REPEATS = (1, 10)
MOST_ROWS, MOST_WINDOWS = 1_000_000, 1000


@dataclass
class Covered:
    """Windows of one metric in one setting: whether the interval held the number, and the smaller class's rows."""

    inside: list
    fewest: list

    def add(self, estimate, truth, fewest):
        """Take the windows that have a value."""
        known = ~np.isnan(estimate.value)
        self.inside.append(((estimate.ci_low <= truth) & (truth <= estimate.ci_high))[known])
        self.fewest.append(fewest[known])

    def line(self, windows):
        """Return the smaller class's median, coverage over all windows and over those with 50 rows, share without."""
        inside, fewest = np.concatenate(self.inside), np.concatenate(self.fewest)
        missing = f"{100 * (1 - len(inside) / windows):12.1f}"
        if len(inside) < FEWEST_WINDOWS:
            return f"{'-':>10}{'-':>11}{'-':>21}{missing}"
        middle = np.median(fewest)
        least, most = WITHIN if middle >= ENOUGH else (AT_LEAST, np.inf)
        noise = 2 * np.sqrt(0.95 * 0.05 / len(inside))
        star = "*" if inside.mean() < least - noise or inside.mean() > most + noise else " "
        many = inside[fewest >= ENOUGH]
        beside = f"{100 * many.mean():12.2f}{f'({len(many)})':>9}" if len(many) >= FEWEST_WINDOWS else f"{'-':>21}"
        return f"{middle:10.0f}{100 * inside.mean():10.2f}{star}{beside}{missing}"


def blocks(windows, rows):
    """Yield how many windows to draw at once."""
    step = max(1, min(MOST_ROWS // rows, MOST_WINDOWS))
    for start in range(0, windows, step):
        yield min(step, windows - start)


def folds_of(random, entity, windows):
    """Return a random fold of each entity of each window, flat; None where no entity repeats."""
    return random.integers(0, FOLDS, (windows, entity.max() + 1))[np.arange(windows)[:, None], entity].ravel()


def cover_classifier(population, truth, windows, rows, repeats, random, found):
    """Draw windows, and note for each metric which intervals hold its true number."""
    for size in blocks(windows, rows):
        s, d, y, group, entity = population.draw(random, size, rows, repeats)
        fold = folds_of(random, entity, size) if repeats > 1 else None
        target = np.repeat(np.arange(size), rows)
        flat = [part.ravel() for part in (s, d, y)]
        folds = None if fold is None else FoldSums.of_rows(*flat, fold, target, size=size)
        side = Side(ScoreCells.of_rows(*flat, population.edges, target, size=size), folds, None)
        positives = y.sum(axis=1)
        fewest = np.minimum(positives, rows - positives)
        for name in found.keys() - {OF_GROUPS}:
            found[name].add(computed(PERFORMANCE_METRICS[name], side, np.arange(size)), truth[name], fewest)
        if OF_GROUPS not in found:
            continue
        place = group.ravel() * size + target
        folds = None if fold is None else FoldSums.of_rows(*flat, fold, place, size=2 * size)
        counts = GroupCounts.of_cells(ScoreCells.of_rows(*flat, [], place, size=2 * size), 2, folds)
        estimate = to_rest(group_rates(counts, "recall"), "difference")
        # The first group against the rest, which is the second.
        first = type(estimate)(*(part[0] for part in (estimate.value, estimate.ci_low, estimate.ci_high)))
        found[OF_GROUPS].add(first, truth[OF_GROUPS], counts.rows[..., :2].sum(axis=2).min(axis=(0, 2)))


def cover_regression(population, truth, windows, rows, repeats, random, found):
    """Draw windows, and note for each metric which intervals hold its true number."""
    for size in blocks(windows, rows):
        p, y, entity = population.draw(random, size, rows, repeats)
        target = np.repeat(np.arange(size), rows)
        options = {"target": target, "size": size, "pivot": population.pivot}
        cells = ErrorCells.of_rows(p.ravel(), y.ravel(), **options)
        folds = None
        if repeats > 1:
            folds = ErrorFolds.of_rows(p.ravel(), y.ravel(), fold=folds_of(random, entity, size), **options)
        for name in OF_ERRORS:
            found[name].add(REGRESSION_METRICS[name].compute(cells, folds), truth[name], np.full(size, rows))


def settings():
    """Yield (label of the base rate, population, rows, rows an entity, function that covers, its metrics)."""
    for rate, (population, sizes, names) in POPULATIONS.items():
        for rows in sizes:
            for repeats in REPEATS:
                yield rate, population, rows, repeats, cover_classifier, names
    for rows in ROWS_OF_REGRESSION:
        for repeats in REPEATS:
            yield "-", Regression(), rows, repeats, cover_regression, OF_ERRORS


def main():
    """Print the table, sorted by metric; how far it has come while it is being made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines, truths = {}, {}
    for number, (rate, population, rows, repeats, cover, names) in enumerate(settings()):
        truth = truths.setdefault(rate, population.truth())
        found = {name: Covered([], []) for name in names}
        cover(population, truth, options.windows, rows, repeats, np.random.default_rng([options.seed, number]), found)
        for name in names:
            setting = f"{rate:>9}{rows:7}{repeats:8}{truth[name]:9.4f}"
            lines.setdefault(name, []).append(setting + found[name].line(options.windows))
        print(f"{time.process_time():7.1f} CPU s: base rate {rate}, {rows} rows, {repeats} an entity", flush=True)
    print(f"\ncoverage in %, {options.windows} windows a setting")
    print(f"{'metric':27}{'base':>9}{'rows':>7}{'entity':>8}{'truth':>9}{'smaller':>10}{'coverage':>10} "
          f"{'of 50 and more':>21}{'no value %':>12}")
    for name, of_metric in lines.items():
        for line in of_metric:
            print(f"{name:27}{line}")


if __name__ == "__main__":
    main()
