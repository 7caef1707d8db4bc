"""Comparisons of groups within the values of a control column, in blocks of windows."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.bias import EQUALIZED_ODDS, SCORING_RATE, SHRUNK
from spark_monitor.metrics.bias.conditional import within_strata
from spark_monitor.metrics.bias.criteria import CRITERIA, plain_rate
from spark_monitor.metrics.score_cells import FOLDS
from spark_monitor.results.labelled import MOST_NUMBERS

OF_ROWS = 9 * FOLDS


def has_strata(spec):
    """Say whether a comparison is made within strata: of single shares of rows, and of means.

    Examples
    --------
    >>> from spark_monitor.metrics.bias import BIAS_METRICS
    >>> [has_strata(BIAS_METRICS[name]) for name in ("recall_ratio", "f1_ratio", "mae_ratio", "recall_shrunk")]
    [True, False, True, False]
    """
    if spec.criterion in (EQUALIZED_ODDS, SCORING_RATE) or spec.measure == SHRUNK:
        return False
    return spec.criterion not in CRITERIA or CRITERIA[spec.criterion].combine is plain_rate


def compared_within(specs, rates, places):
    """Return the comparison of groups with the rest within strata, for some metrics.

    Parameters
    ----------
    specs : sequence of BiasMetric
    rates : callable
        From places of groups, shape (G, K), and `min_rows` to their rates, as `shares_of` and `means_of` return it.
    places : sequence of ndarray of int64, shape (G, K)
        Of each stratum; -1 for none.

    Returns
    -------
    list of Estimate
        Arrays of shape (G, K).
    """
    groups, windows = places[0].shape
    step = max(1, 10 * MOST_NUMBERS // (len(places) * groups * OF_ROWS))
    parts = []
    for first in range(0, max(windows, 1), step):
        strata = [rates(at[:, first:first + step], min_rows=1) for at in places]
        parts.append([within_strata([one.of(spec.criterion) for one in strata], spec.measure) for spec in specs])
    return [_beside(of_spec) for of_spec in zip(*parts)]


def _beside(parts):
    """Return the estimates of blocks of windows as one."""
    arrays = {name: np.concatenate([getattr(part, name) for part in parts], axis=-1)
              for name, value in vars(parts[0]).items() if isinstance(value, np.ndarray)}
    return replace(parts[0], **arrays)
