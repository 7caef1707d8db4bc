"""Do the bands of estimates hold what is realised as often as they say, when nothing but the covariates shifts?

Simulates references and windows of a regression and of a model with three classes. Windows are drawn from shifted
inputs, and what an input means for the outcome stays; or it wanders from day to day, in the reference as in the windows.
Each line has how often the band of these very rows held the realised value, how often the band of the population held
the value over very many such rows (where nothing wanders: a day that wanders is a population of its own), and how far
estimates were off on average, in proportion to the realised value. Nominal is 95 %. Windows of one reference share its
noise: their share of 2,000 windows of 100 references is known to about 1 %. A model's scores are too sure of themselves,
and its errors grow with what it predicts.

    python -m benchmarks.estimates --references 100
"""

import argparse
from dataclasses import replace

import numpy as np

from spark_monitor.metrics.error_cells import ErrorCells
from spark_monitor.metrics.estimation.classes import ClassSums, fit_side
from spark_monitor.metrics.estimation.estimated_classes import ESTIMATED_CLASS_METRICS, estimated_class_metrics
from spark_monitor.metrics.estimation.expected_loss import LossCurves, expected_losses
from spark_monitor.metrics.estimation.wander import level_sums, level_variance
from spark_monitor.metrics.loss_cells import LossCells
from spark_monitor.metrics.performance.multiclass import multiclass_metrics
from spark_monitor.metrics.performance.regression import REGRESSION_METRICS
from spark_monitor.metrics.score_cells import ScoreCells

DAYS, POPULATION = 28, 200_000
SHIFT, HEAT = 0.5, 1.5
ERRORS = ("mae", "mse", "rmse", "mean_error")
DECISIONS = ("accuracy", "precision", "recall", "f1", "mcc", "recall_weighted")
SPECS = tuple(ESTIMATED_CLASS_METRICS[name] for name in DECISIONS)
LOSS_EDGES = np.linspace(-2.2, 2.2, 19)
SCORE_EDGES = np.arange(1, 200) / 200
BANDS = ("realised", "population")


def errors(random, days, rows, shift, wander):
    """Draw predictions and outcomes of some days, shape (days, rows): errors are larger where predictions are."""
    said = random.normal(shift, 1, (days, rows))
    size = np.exp(0.4 * said + random.normal(0, wander, (days, 1)))
    return said, said - size * (random.normal(0, 1, said.shape) + 0.3)


def regression(random, references, windows, rows, reference_rows, wander):
    """Return, by metric and window, whether both bands held, the estimate and what was realised: shape (4, windows)."""
    edges, found = LOSS_EDGES, {name: [] for name in ERRORS}
    said, outcome = errors(random, 1, POPULATION, SHIFT, 0.0)
    truth = _regression_values(said[0], outcome[0], np.zeros(POPULATION, int), 1)
    for _ in range(references):
        said, outcome = errors(random, DAYS, reference_rows // DAYS, 0.0, wander)
        day = np.repeat(np.arange(DAYS), said.shape[1])
        by_day = LossCells.of_rows(said.ravel(), outcome.ravel(), edges, day)
        curves = LossCurves.of(LossCells(by_day.sums.sum(axis=0, keepdims=True))).wandering(by_day)
        said, outcome = errors(random, windows, rows, SHIFT, wander)
        window = np.repeat(np.arange(windows), rows)
        cells = LossCells.of_rows(said.ravel(), outcome.ravel(), edges, window)
        now = [cells.of(name)[:, None] for name in ("weight", "weight_sq", "rows")]
        bands = [expected_losses(curves, *now, band=band) for band in BANDS]
        values = _regression_values(said.ravel(), outcome.ravel(), window, windows)
        for name in ERRORS:
            found[name].append(_held([band[name] for band in bands], values[name], truth[name]))
    return {name: np.concatenate(each, axis=1) for name, each in found.items()}


def _regression_values(said, outcome, window, windows):
    cells = ErrorCells.of_rows(said, outcome, target=window, size=windows)
    return {name: REGRESSION_METRICS[name].compute(cells, None).value for name in ERRORS}


def choices(random, days, rows, shift, wander):
    """Draw scores, decisions and outcomes of some days: shapes (days * rows, 3), and (days * rows,) twice."""
    logits = random.normal(0, 1.2, (days, rows, 3)) + shift * np.array([1.0, 0.0, -0.6])
    sure = np.exp(random.normal(0, wander, (days, 1, 1)))
    chance, score = _softmax(logits * sure).reshape(-1, 3), _softmax(logits * HEAT).reshape(-1, 3)
    outcome = (random.random((len(chance), 1)) > chance.cumsum(axis=1)[:, :2]).sum(axis=1)
    return score, score.argmax(axis=1), outcome


def _softmax(logits):
    power = np.exp(logits)
    return power / power.sum(axis=-1, keepdims=True)


def classes(random, references, windows, rows, reference_rows, wander):
    """Return what `regression` does, for decisions among three classes."""
    found = {name: [] for name in DECISIONS}
    truth = multiclass_metrics(*[_tables(*choices(random, 1, POPULATION, SHIFT, 0.0)[1:], 1)] * 3)
    for _ in range(references):
        before = choices(random, DAYS, reference_rows // DAYS, 0.0, wander)
        now = choices(random, windows, rows, SHIFT, wander)
        sums, spread, level = _sums(before, now, windows)
        wide = np.full(windows, level_variance(level))
        estimated = estimated_class_metrics(SPECS, sums, spread, wide, BANDS)
        values = multiclass_metrics(*[_tables(*now[1:], windows)] * 3)
        for name in DECISIONS:
            found[name].append(_held(estimated[name], values[name].value, truth[name].value))
    return {name: np.concatenate(each, axis=1) for name, each in found.items()}


def _tables(decision, outcome, size):
    place = (np.repeat(np.arange(size), len(decision) // size) * 3 + decision) * 3 + outcome
    return np.bincount(place, minlength=size * 9).reshape(size, 3, 3)


def _sums(before, now, windows):
    """Return the expected sums of windows, the reference's table, and its hits by day."""
    each, level = [], 0.0
    for number in range(3):
        sides = []
        for own in (True, False):
            past, chance, sums = _side(before, number, own)
            level = level + sums if own else level
            mine = (now[1] == number) == own
            target = np.repeat(np.arange(windows), len(mine) // windows)[mine]
            cells = ScoreCells.of_rows(now[0][mine, number], None, None, SCORE_EDGES, target, size=windows)
            wander = 0.0 if own else level_variance(sums)
            sides += [cells, replace(past.chances(cells), wander=wander)]
        each.append(ClassSums.of_class(*sides))
    return ClassSums.of_classes(each), _tables(*before[1:], 1)[0], level


def _side(before, number, own):
    """Return the calibrator of one side of a class, its chances in the reference's cells by day, and their levels."""
    score, decision, outcome = before
    mine = (decision == number) == own
    day = np.repeat(np.arange(DAYS), len(mine) // DAYS)[mine]
    rows = (score[mine, number], None, outcome[mine] == number, SCORE_EDGES)
    calibrator, by_day = fit_side(ScoreCells.of_rows(*rows)), ScoreCells.of_rows(*rows, day, size=DAYS)
    chance = calibrator.chance[by_day.bin]
    return calibrator, chance, level_sums(by_day, chance)


def _held(bands, realised, truth):
    """Return whether both bands held theirs, the estimate and what was realised, shape (4, windows)."""
    held = [(band.ci_low <= value) & (value <= band.ci_high) for band, value in zip(bands, (realised, truth))]
    return np.stack([*held, bands[0].value, realised])


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--references", type=int, default=100)
    parser.add_argument("--windows", type=int, default=20, help="windows of each reference")
    parser.add_argument("--rows", type=int, default=1000, help="rows of a window")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{'task':12}{'reference':>10}{'wander':>8}  {'metric':16}{'realised':>10}{'population':>12}{'off':>8}")
    for name, simulate in (("regression", regression), ("multiclass", classes)):
        for reference_rows, wander in ((7_000, 0.0), (42_000, 0.0), (42_000, 0.15)):
            random = np.random.default_rng(options.seed)
            found = simulate(random, options.references, options.windows, options.rows, reference_rows, wander)
            for metric, each in found.items():
                realised, population, estimate, value = each.mean(axis=1)
                of_population = "-" if wander else f"{100 * population:.1f}%"
                print(f"{name:12}{reference_rows:10}{wander:8}  {metric:16}{100 * realised:9.1f}%{of_population:>12}"
                      f"{100 * (estimate / value - 1):+7.2f}%", flush=True)


if __name__ == "__main__":
    main()
