"""How good decisions among several classes will turn out to be, from calibrated chances summed by decision."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.performance.multiclass import multiclass_metrics


def estimated_class_metrics(chances, squares, rows):
    """Return every number of the decisions among C classes, by name, before outcomes are known.

    Parameters
    ----------
    chances : array_like, shape (K, C, C)
        Sum over the rows of decision d (axis 1) of w times the chance of class c (axis 2); the chances of a row are
        calibrated and add up to 1, so that this is the expected table of decision and outcome.
    squares, rows : array_like, shape (K, C)
        Sum of w^2, and rows, by decision.

    Returns
    -------
    dict of str to Estimate
        As `multiclass_metrics` names them. "too_few_rows" goes by expected rows.

    Notes
    -----
    The intervals are those of as many outcomes drawn with the mean chances of their decision. Of sums of chances no
    more is known, and it errs on the safe side: outcomes of rows whose chances differ vary less (W. Hoeffding, 1956,
    "On the distribution of the number of successes in independent trials", Annals of Mathematical Statistics 27).
    The noise of the calibration is not in them.

    Examples
    --------
    >>> chances = np.array([[[8.0, 1.0, 1.0], [2.0, 16.0, 2.0], [1.0, 1.0, 28.0]]])
    >>> size = np.array([[10, 20, 30]])
    >>> estimated_class_metrics(chances, size, size)["accuracy"].value.round(4)
    array([0.8667])
    """
    chances, squares, rows = (np.asarray(a, float) for a in (chances, squares, rows))
    held = chances.sum(axis=2, keepdims=True)
    share = np.divide(chances, held, out=np.zeros(chances.shape), where=held > 0)
    found = multiclass_metrics(chances, share * squares[:, :, None], share * rows[:, :, None])
    return {name: replace(estimate, ci_method=f"{estimate.ci_method}_expected") for name, estimate in found.items()}
