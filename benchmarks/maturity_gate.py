"""Does the gate open when the seen rate of positives is right, where positives become known five times later?

Simulates outcome feeds: a reference of 28 days and then a week to be judged. A positive's delay is five times a
negative's, and three in ten outcomes never come. For several shapes of delays and rates of positives, with a reference
that is complete and one that is still growing, each line has the maturity and the error of the seen rate (seen / final
- 1) some days after the week's end; then the day on which the gate opens, the error of the feeds on that day (mean and
worst), how many are within 1 %, and the first day from which on the seen rate stays within 1 % in nine feeds of ten.

    python -m benchmarks.maturity_gate --feeds 20
"""

import argparse

import numpy as np

from spark_monitor.metrics.maturity import MIN_MATURITY, DelayCells, fit_curves, is_open
from spark_monitor.metrics.maturity.delay_bins import MINUTE
from spark_monitor.metrics.maturity.maturity import maturity

DAY = 24 * 60 * MINUTE
REFERENCE_DAYS, WINDOW_DAYS, LAST_DAY = 28, 7, 150
WINDOW_ROWS = 10_000
SLOWER, NEVER, NEVER_KNOWN = 5, 0.3, 10**18
CLOSE, MOST_FEEDS = 0.01, 0.9
RATES = (0.02, 0.2, 0.5)
SHOWN = (1, 3, 7, 14, 21, 28)
SHAPES = {
    "exponential": lambda random, rows: random.exponential(1, rows),
    "lognormal": lambda random, rows: random.lognormal(0, 0.8, rows),
    "weibull": lambda random, rows: random.weibull(0.7, rows),
    "fixed": lambda random, rows: random.normal(1, 0.05, rows).clip(0),
}


def feed(random, shape, rate, feeds, first, days, rows_a_day):
    """Draw prediction times, when outcomes are known, and classes: arrays of shape (feeds, rows), microseconds."""
    size = (feeds, days * rows_a_day)
    predicted = first * DAY + random.integers(0, days * DAY, size)
    positive = (random.random(size) < rate).astype(np.int64)
    known = predicted + (SHAPES[shape](random, size) * np.where(positive, SLOWER, 1) * DAY).astype(np.int64)
    return predicted, np.where(random.random(size) < NEVER, NEVER_KNOWN, known), positive


def cells_of(log, as_of, first, days):
    """Count the feeds' outcomes that are known by a moment; a feed is a target."""
    predicted, known, positive = log
    target = np.repeat(np.arange(len(predicted)), predicted.shape[1])
    start = np.arange(first, first + days) * DAY
    outcome = np.where(known <= as_of, positive, -1).ravel()
    return DelayCells.of_rows(predicted.ravel(), known.ravel(), outcome, start, start + DAY, target, len(predicted))


def watch(reference, window, growing):
    """Return maturity, error of the seen rate and whether the gate is open by day since the week's end."""
    _, known, positive = window
    final = np.mean(positive, axis=1, where=known < NEVER_KNOWN)
    mature, error, opened = [], [], []
    whole = fit_curves(cells_of(reference, LAST_DAY * DAY, 0, REFERENCE_DAYS), LAST_DAY * DAY)
    judged = cells_of(window, 0, REFERENCE_DAYS, WINDOW_DAYS)
    for day in range(REFERENCE_DAYS + WINDOW_DAYS, LAST_DAY):
        as_of = day * DAY
        curves = fit_curves(cells_of(reference, as_of, 0, REFERENCE_DAYS), as_of) if growing else whole
        mature.append(maturity(judged, curves, as_of).value)
        opened.append(is_open(judged, curves, as_of))
        error.append(np.mean(positive, axis=1, where=known <= as_of) / final - 1)
        if len(mature) > max(SHOWN) and opened[-1].all():
            break
    return np.array(mature).T, np.array(error).T, np.array(opened).T


def line(mature, error, is_opened):
    """Return one line of the table."""
    shown = "".join(f"{mature[:, day].mean():7.3f}{100 * error[:, day].mean():+7.1f}%" for day in SHOWN)
    feeds = np.arange(len(mature))
    # A feed whose gate stays shut counts as opened on the last day.
    opened = np.where(is_opened.any(axis=1), np.argmax(is_opened, axis=1), is_opened.shape[1] - 1)
    at_opening = error[feeds, opened]
    close = (np.maximum.accumulate(np.abs(error)[:, ::-1], axis=1)[:, ::-1] <= CLOSE).mean(axis=0) >= MOST_FEEDS
    stays = str(np.argmax(close)) if close.any() else "-"
    return (f"{shown}{opened.mean():8.1f}{f'{opened.min()}-{opened.max()}':>8}{100 * at_opening.mean():+8.2f}"
            f"{100 * np.abs(at_opening).max():7.2f}{100 * np.mean(np.abs(at_opening) <= CLOSE):8.0f}{stays:>8}")


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=10)
    parser.add_argument("--reference-rows", type=int, default=1000, help="predictions a day in the reference")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    print(f"gate at {MIN_MATURITY}; maturity and error of the seen rate by days since the week's end; then the opening")
    print(f"{'shape':12}{'rate':>5}{'reference':>10}" + "".join(f"{f'day {day}':>15}" for day in SHOWN)
          + f"{'opens':>8}{'days':>8}{'error':>8}{'worst':>7}{'in 1 %':>8}{'stays':>8}")
    for shape in SHAPES:
        for rate in RATES:
            reference = feed(random, shape, rate, options.feeds, 0, REFERENCE_DAYS, options.reference_rows)
            window = feed(random, shape, rate, options.feeds, REFERENCE_DAYS, WINDOW_DAYS, WINDOW_ROWS)
            for growing in (False, True):
                name = "growing" if growing else "complete"
                print(f"{shape:12}{rate:5}{name:>10}{line(*watch(reference, window, growing))}", flush=True)


if __name__ == "__main__":
    main()
