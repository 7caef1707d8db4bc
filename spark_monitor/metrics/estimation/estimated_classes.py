"""How good decisions among several classes will turn out to be, before any outcome is known."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.estimation.classes import expected_tables
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.class_means import class_mean_and_slope
from spark_monitor.metrics.performance.class_metrics import RATES, ClassMetric, class_metric
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.cohen_kappa import agreement_and_slope
from spark_monitor.metrics.performance.folds import link_interval
from spark_monitor.metrics.performance.mcc import correlation_and_slope
from spark_monitor.metrics.performance.multiclass import multiclass_metrics

SOURCE = "J. Białek et al. (2024), Estimating model performance under covariate shift without labels, arXiv 2401.08348"


@dataclass(frozen=True)
class EstimatedClassMetric:
    """A number of decisions among several classes, estimated from the chances of classes.

    Parameters
    ----------
    realised : ClassMetric
        The metric itself; the estimate has its name.
    slope : callable
        From tables (K, C, C) to the number (K,) and its slope by each entry (K, C, C).
    link : {"logit", "fisher"}
        The scale on which bands are symmetric.
    """

    realised: ClassMetric
    slope: Callable
    link: str = "logit"
    family: str = field(default="estimated", init=False)

    @property
    def name(self):
        """Name of the metric."""
        return self.realised.name

    @property
    def formula(self):
        """The metric's own formula, of expected outcomes."""
        return (f"{self.realised.formula}; outcomes: chances of each class by the reference's calibration curves, of "
                "its own decisions and of others'")

    @property
    def source(self):
        """Where the estimate is taken from."""
        return SOURCE


def estimated_class_metrics(specs, sums, spread, wander, bands=("realised", "population")):
    """Return numbers of the decisions among C classes, before outcomes are known.

    Parameters
    ----------
    specs : sequence of EstimatedClassMetric
    sums : ClassSums
    spread : ndarray of float64, shape (C, C)
        As for `expected_tables`.
    wander : ndarray of float64, shape (K,)
        Variance, on the logit scale, of how far the share of hits is off in one window beyond chance.
    bands : sequence of {"realised", "population"}
        What `ci_low` and `ci_high` hold: the realised value of these very rows, or the value over all rows that could
        have come.

    Returns
    -------
    dict of str to list of Estimate
        By name, one for each band. NaN as `multiclass_metrics` has it, "too_few_rows" going by expected rows.

    Notes
    -----
    Chances are calibrated class by class, for the rows decided for the class and for the others, and brought to one
    in all over each target, not row by row. Bands are those of the delta method. Rows of one decision are taken to
    miss the same classes as each other, in other shares of hits; the noise of hits is exact.

    Examples
    --------
    >>> from spark_monitor.metrics.estimation.classes import ClassSums
    >>> size, none = np.array([[100.0, 100.0]]), np.zeros((1, 2))
    >>> sums = ClassSums(size, size, size, 0.8 * size, 0.8 * size, 0.64 * size, none, none, 0.2 * size, none)
    >>> found = estimated_class_metrics([ESTIMATED_CLASS_METRICS["accuracy"]], sums, np.ones((2, 2)), np.zeros(1))
    >>> [(one.value.round(2), one.ci_low.round(3)) for one in found["accuracy"]]
    [(array([0.8]), array([0.739])), (array([0.8]), array([0.8]))]
    """
    tables = expected_tables(sums, spread)
    values = multiclass_metrics(*tables)
    found = {}
    for spec in specs:
        point = values[spec.name]
        deviations = dict(zip(("realised", "population"), _deviations(spec.slope, sums, tables, wander)))
        found[spec.name] = []
        for band in bands:
            low, high = link_interval(point.value, np.where(np.isnan(point.value), np.nan, deviations[band]), spec.link)
            found[spec.name].append(replace(point, ci_low=low, ci_high=high, ci_method=f"delta_{band}",
                                            ci_level=CI_LEVEL, reasons=_without_outcomes(point.reasons)))
    return found


def _without_outcomes(reasons):
    """Return reasons that speak of rows, not of outcomes: estimates need none."""
    return np.where(reasons == "no_outcomes", "no_decisions", reasons)


def _deviations(formula, sums, tables, wander):
    """Return the standard deviations of an estimate around what is realised, and around the population's, (K,) each."""
    weight, squares, _ = tables
    slope = np.nan_to_num(formula(weight)[1])
    hit = np.einsum("kcc->kc", slope)
    elsewhere = 1 - np.eye(weight.shape[-1])
    missed, missed_sq = weight * elsewhere, squares * elsewhere
    # Mean slope of the misses of each decision: rows differ in their chance of a hit alone.
    miss = np.nan_to_num(ratio((missed_sq * slope).sum(axis=2), missed_sq.sum(axis=2)))
    lean = hit - miss
    expected = (miss**2 * sums.decided_sq + 2 * miss * lean * sums.hits_sq + lean**2 * sums.hits_squared).sum(axis=1)
    expected = np.maximum(expected, 0.0)
    outcome = np.maximum((squares * slope**2).sum(axis=(1, 2)) - expected, 0.0)
    by_outcome = np.nan_to_num(ratio((missed * slope).sum(axis=1), missed.sum(axis=1)))
    overall = np.nan_to_num(ratio((missed * slope).sum(axis=(1, 2)), missed.sum(axis=(1, 2))))
    # What misses of one class gain, those of all others lose.
    moved = np.nan_to_num(ratio(missed.sum(axis=(1, 2)), sums.misses.sum(axis=1)))
    calibration = ((lean**2 * sums.hits_noise).sum(axis=1) + (lean * sums.hits_level).sum(axis=1) ** 2 * wander
                   + ((moved[:, None] * (by_outcome - overall[:, None])) ** 2 * sums.misses_noise).sum(axis=1))
    return np.sqrt(outcome + calibration), np.sqrt(expected + calibration)


def accuracy_and_slope(table):
    """Return the accuracy of tables (K, C, C) and its slope by each entry, shape (K, C, C)."""
    whole = table.sum(axis=(1, 2))
    value = ratio(np.einsum("kcc->k", table), whole)
    return value, ratio(np.eye(table.shape[-1]) - value[:, None, None], whole[:, None, None])


ESTIMATED_CLASS_METRICS = Catalogue(
    EstimatedClassMetric(class_metric("accuracy"), accuracy_and_slope),
    EstimatedClassMetric(class_metric("balanced_accuracy"), partial(class_mean_and_slope, name="recall")),
    EstimatedClassMetric(class_metric("mcc"), correlation_and_slope, "fisher"),
    EstimatedClassMetric(class_metric("cohen_kappa"), agreement_and_slope, "fisher"),
    *[EstimatedClassMetric(class_metric(name + how), partial(class_mean_and_slope, name=name, weighted=bool(how)))
      for name in RATES for how in ("", "_weighted")],
)
