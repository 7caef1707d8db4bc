"""What the rate of a class will be once all outcomes of a window have arrived."""

from statistics import NormalDist

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.maturity.maturity import arrived_shares
from spark_monitor.metrics.spec import Estimate


def projected_rate(cells, curves, as_of, outcome=1):
    """Return the projected final share of one class among all outcomes that will ever arrive.

    Parameters
    ----------
    cells : DelayCells
        K windows with their outcomes known at `as_of`.
    curves : DelayCurves
        One for each window.
    as_of : int
        Microseconds since 1970 UTC.
    outcome : int
        The class.

    Returns
    -------
    Estimate
        N_c / sum of N over all classes, where N = arrived outcomes / share of the class that has arrived by now. NaN
        where no outcome is known ("no_outcomes") and where a class has no curve or cannot have arrived yet
        ("immature"). The interval is for the population's rate, on the logit scale: Poisson noise of the arrived
        outcomes (counts raised by 1/2) and binomial noise of the curves at each class's outcomes in the reference.

    Notes
    -----
    Formula: J. F. Lawless (1994), Canadian J. of Statistics 22, 15-31, section 2: reports so far over P(delay <= age).

    Examples
    --------
    >>> from spark_monitor.metrics.maturity import DelayCells, fit_curves
    >>> day = 86_400_000_000
    >>> known = np.array([1, 2, 3, 4, 5] * 4 + [10, 20, 30, 40, 50] * 4) * day
    >>> reference = DelayCells.of_rows(np.zeros(40, int), known, [0] * 20 + [1] * 20, [0], [1])
    >>> young = np.where(known <= 35 * day, [0] * 20 + [1] * 20, -1)
    >>> window = DelayCells.of_rows(np.zeros(40, int), known, young, [0], [1])
    >>> projected_rate(window, fit_curves(reference, 300 * day), 35 * day).value
    array([0.5])
    """
    share, rows = arrived_shares(cells, curves, as_of), cells.arrived()
    possible = (share > 0).all(axis=1)
    safe = np.where(possible[:, None], share, 1.0)
    final = rows / safe
    whole = final.sum(axis=1)
    value = np.divide(final[:, outcome], whole, out=np.full(len(whole), np.nan), where=(whole > 0) & possible)
    raised = (rows + 0.5) / safe
    curve_noise = (1 - safe) / (safe * np.maximum(curves.support.max(axis=-1), 1))
    noise = raised**2 * (1 / (rows + 0.5) + curve_noise)
    rest = np.arange(cells.classes) != outcome
    others = raised[:, rest].sum(axis=1)
    deviation = np.sqrt(noise[:, outcome] / raised[:, outcome] ** 2 + noise[:, rest].sum(axis=1) / others**2)
    half = NormalDist().inv_cdf((1 + CI_LEVEL) / 2) * deviation
    middle = scipy.special.logit(raised[:, outcome] / (raised[:, outcome] + others))
    reasons = np.where(possible, "no_outcomes", "immature").astype(object)
    reasons[~np.isnan(value)] = None
    low, high = scipy.special.expit(middle - half), scipy.special.expit(middle + half)
    return Estimate(value, np.minimum(low, value), np.maximum(high, value),
                    sample_size=rows.sum(axis=1), ci_method="delta_logit", ci_level=CI_LEVEL, reasons=reasons)
