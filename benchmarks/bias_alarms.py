"""How often is a group called treated otherwise: when all are treated alike, and when one truly is not?

Draws windows of groups and judges each group against the rest by the criteria that are judged by default, as ratios,
in the way of `bias_finding`. The first table has groups of 50 to 200 rows that are all alike: the share of windows with
a finding must be 5 % at most; beside it, the share in which the plain ratio of the extreme groups is below 0.8. In the
second table the first group's decisions are positive 0.7 times as often: the share of windows in which it is found.

    python -m benchmarks.bias_alarms --windows 2000
"""

import argparse

import numpy as np

from spark_monitor.metrics.bias.comparisons import to_rest
from spark_monitor.metrics.bias.extremes import between_groups
from spark_monitor.metrics.bias.findings import ERROR_RATE, JUDGED, bias_finding
from spark_monitor.metrics.bias.group_counts import GroupCounts
from spark_monitor.metrics.bias.group_rates import group_rates

GROUPS, SMALLEST, LARGEST = 15, 50, 200
LOWERED, ROWS = 0.7, 1000
# Base rate, then the share decided positive of the positives and of the negatives.
MODELS = ((0.02, 0.5, 0.05), (0.1, 0.5, 0.1), (0.2, 0.6, 0.15), (0.3, 0.7, 0.15), (0.5, 0.8, 0.2), (0.5, 0.9, 0.4))


def draw(random, sizes, model, lowered=1.0):
    """Draw decisions and outcomes.

    Parameters
    ----------
    random : numpy.random.Generator
    sizes : ndarray of int64, shape (G, K)
        Rows of each group in each window.
    model : tuple of float
        See `MODELS`.
    lowered : float
        What the first group's share of positive decisions is multiplied by.

    Returns
    -------
    GroupCounts
    """
    base_rate, hit, false_alarm = model
    factor = np.where(np.arange(len(sizes)) == 0, lowered, 1.0)[:, None]
    positive = random.binomial(sizes, base_rate)
    tp, fp = random.binomial(positive, hit * factor), random.binomial(sizes - positive, false_alarm * factor)
    decided_no, decided_yes = np.stack([sizes - positive - fp, positive - tp], axis=-1), np.stack([fp, tp], axis=-1)
    return GroupCounts.of_confusion(np.stack([decided_no, decided_yes], axis=-2))


def findings(counts):
    """Return which groups are found by each criterion, boolean of shape (criteria, G, K)."""
    found = []
    for criterion in JUDGED:
        answer = to_rest(group_rates(counts, criterion), "ratio")
        found.append(bias_finding("ratio", answer.ci_low, answer.ci_high, answer.p_value, len(JUDGED)))
    return np.stack(found)


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    print(f"{GROUPS} groups of {SMALLEST} to {LARGEST} rows, all alike, {options.windows} windows; shares in %")
    names = "".join(f"{name:>21}" for name in JUDGED)
    print(f"{'base':>6}{'selected':>10}{'finding':>9}{'at most':>9}{'plain ratio < 0.8':>19}{names}")
    for model in MODELS:
        counts = draw(random, random.integers(SMALLEST, LARGEST + 1, (GROUPS, options.windows)), model)
        found = findings(counts)
        plain = between_groups(group_rates(counts, "selection_rate"), "ratio").value
        by_criterion = "".join(f"{100 * share:21.2f}" for share in found.any(axis=1).mean(axis=1))
        print(f"{_model(model)}{100 * found.any(axis=(0, 1)).mean():9.2f}{100 * ERROR_RATE:9.0f}"
              f"{100 * np.mean(plain < 0.8):19.1f}{by_criterion}", flush=True)
    print(f"\nthe first group selected {LOWERED} times as often, {ROWS} rows a group: windows in which it is found, %")
    print(f"{'base':>6}{'selected':>10}{'groups':>8}{'found':>8}{'others found':>14}{names}")
    for model in MODELS:
        for groups in (2, GROUPS):
            found = findings(draw(random, np.full((groups, options.windows), ROWS), model, LOWERED))
            others = found[:, 1:].any(axis=(0, 1)).mean() if groups > 2 else np.nan
            print(f"{_model(model)}{groups:8}{100 * found[:, 0].any(axis=0).mean():8.1f}{100 * others:14.1f}"
                  + "".join(f"{100 * share:21.1f}" for share in found[:, 0].mean(axis=1)), flush=True)


def _model(model):
    base_rate, hit, false_alarm = model
    return f"{base_rate:6}{base_rate * hit + (1 - base_rate) * false_alarm:10.3f}"


if __name__ == "__main__":
    main()
