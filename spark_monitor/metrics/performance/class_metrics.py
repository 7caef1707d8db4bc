"""Which numbers there are of a model with several classes, what each is called, and how classes are averaged."""

from dataclasses import dataclass, field, replace

import numpy as np

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.intervals import CI_LEVEL, share_estimate
from spark_monitor.metrics.performance import PERFORMANCE_METRICS
from spark_monitor.metrics.performance.class_means import CLASS_RATES
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.spec import Estimate

WHOLE = ("accuracy", "balanced_accuracy", "mcc", "cohen_kappa")
RATES = tuple(CLASS_RATES)
MEANS = ("roc_auc", "average_precision", "brier", "gini", "score_ks", "expected_calibration_error")
SCORED = (*MEANS, "log_loss", "lift@10%", "calibration_slope", "calibration_intercept")
SHARES_OF_CLASSES = ("base_rate", "selection_rate")
OF_ONE_CLASS = (*RATES, *SCORED, *SHARES_OF_CLASSES)
TOP_K = "top_k_accuracy"
AVERAGES = {"_weighted": "mean over classes by their outcomes", "_micro": "all one-against-rest tables together"}


@dataclass(frozen=True)
class ClassMetric:
    """A number of a model with several classes.

    Parameters
    ----------
    name : str
    formula, source : str
    needs : tuple of str
    lower, upper : float
    direction, unit : str
        As in `PerformanceMetric`.
    """

    name: str
    formula: str
    source: str
    needs: tuple = ("decision", "outcome")
    lower: float = 0.0
    upper: float = 1.0
    direction: str = "lower_is_worse"
    unit: str = ""
    family: str = field(default="performance", init=False)


def class_metric(name):
    """Return the facts of a number of several classes by its name.

    Parameters
    ----------
    name : str
        As "f1" (the mean over classes), "f1_weighted", "f1_micro", "f1:<class>", "accuracy" or "top_k_accuracy@3".

    Returns
    -------
    ClassMetric

    Raises
    ------
    KeyError
        If no number is called so.

    Examples
    --------
    >>> class_metric("f1").formula
    'mean over classes of 2 TP / (2 TP + FP + FN)'
    >>> class_metric("brier:late").direction, class_metric("top_k_accuracy@3").needs
    ('higher_is_worse', ('score', 'outcome'))
    """
    base, by_class, label = name.partition(":")
    if by_class:
        if base in OF_ONE_CLASS and label:
            return _like(base, name, f"{label} against the rest")
        raise KeyError(name)
    if name.startswith(TOP_K + "@"):
        return _top_k(name)
    if name == "log_loss":
        return replace(_like(name, name, ""), formula="-sum w ln(score of the true class) / sum w")
    if name in WHOLE:
        return _like(name, name, "several classes")
    if name in (*RATES, *MEANS):
        return _like(name, name, "mean over classes")
    return CLASS_METRICS[name]


def _like(base, name, how):
    spec = PERFORMANCE_METRICS[base]
    return ClassMetric(name, f"{how} of {spec.formula}", spec.source, spec.needs, spec.lower, spec.upper,
                       spec.direction, spec.unit)


def _top_k(name):
    k = name.partition("@")[2]
    if not k.isdecimal() or k.startswith("0"):
        raise KeyError(name)
    return ClassMetric(name, f"rows whose true class is among the {k} of highest score / rows",
                       "Interval: E. B. Wilson (1927), JASA 22, 209-212", ("score", "outcome"))


CLASS_METRICS = Catalogue(
    *[_like(base, base + "_weighted", AVERAGES["_weighted"]) for base in (*RATES, *MEANS)],
    *[_like(base, base + "_micro", AVERAGES["_micro"]) for base in RATES],
)


def one_class(base, label):
    """Return a metric of two classes as that of one class against the rest.

    Examples
    --------
    >>> one_class("roc_auc", "late").name
    'roc_auc:late'
    """
    facts = class_metric(f"{base}:{label}")
    return replace(PERFORMANCE_METRICS[base], name=facts.name, formula=facts.formula)


def surprise():
    """Return the mean log loss of the true class, of cells that have the loss of each row by its true class."""
    return replace(PERFORMANCE_METRICS["log_loss"], formula=class_metric("log_loss").formula)


def mean_over_classes(estimates, weight=None):
    """Return the mean of a number over classes as an `Estimate`.

    Parameters
    ----------
    estimates : sequence of Estimate, each of K targets
        Of each class against the rest, with `reasons`. A class whose number is NaN, as where it has fewer than five
        rows, is left out.
    weight : ndarray of float64, shape (K, C), optional
        What each class counts; all the same where not given.

    Returns
    -------
    Estimate
        The interval goes from the mean of the lower to the mean of the upper bounds: as wide as if all classes erred
        together, since the standard deviation of a mean is at most the mean of the standard deviations; they share
        their rows. NaN where no class has a number, with the reason they agree on, or "too_few_rows".

    Examples
    --------
    >>> why = np.array([None], object)
    >>> auc = [Estimate(*(np.array([v + off]) for off in (0, -0.1, 0.1)), reasons=why) for v in (0.8, 0.6, np.nan)]
    >>> mean = mean_over_classes(auc)
    >>> mean.value, mean.ci_low
    (array([0.7]), array([0.6]))
    """
    values = _stacked(estimates, "value")
    known = ~np.isnan(values)
    share = known * (1.0 if weight is None else weight)
    share = ratio(share, share.sum(axis=1, keepdims=True))
    mean = {name: np.where(known, share * _stacked(estimates, name), 0.0).sum(axis=1)
            for name in ("value", "ci_low", "ci_high", "error_bound")}
    some = known.any(axis=1)
    sizes = np.where(known, _stacked(estimates, "effective_size"), np.inf).min(axis=1)
    words = np.stack([one.reasons for one in estimates], axis=1)
    agreed = np.where(np.equal(words, words[:, :1]).all(axis=1), words[:, 0], "too_few_rows")
    method = estimates[0].ci_method
    return Estimate(
        **{name: np.where(some, each, np.nan) for name, each in mean.items()},
        sample_size=np.nan_to_num(_stacked(estimates, "sample_size")).max(axis=1),
        effective_size=np.where(some, sizes, 0.0), reasons=np.where(some, None, agreed),
        ci_method=method and f"{method}_mean", ci_level=CI_LEVEL)


def _stacked(estimates, name):
    unknown = np.full(len(estimates[0].value), np.nan)
    return np.stack([unknown if getattr(one, name) is None else getattr(one, name) for one in estimates], axis=1)


def top_k_accuracy(cells, k, independent=1.0):
    """Return the share of rows whose true class is among the k of highest score.

    Parameters
    ----------
    cells : ScoreCells
        Of several classes: bin i holds the rows whose true class has rank i, from 0; the last, rows without a rank.
    k : int
    independent : float or ndarray of float64, shape (K,)
        What a row is worth, at most 1, where rows of an entity repeat.

    Returns
    -------
    Estimate
        Wilson's interval. NaN: "no_scores", "no_outcomes", "no_weight".

    Notes
    -----
    As scikit-learn's `top_k_accuracy_score`: of equal scores the last class ranks first.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> top_k_accuracy(ScoreCells.of_rows([0.1, 0.4, 0.9], None, [0, 1, 1], edges=[0.3, 0.6]), 2).value.round(3)
    array([0.667])
    """
    keep = cells.labelled & cells.scored
    rows, weight = cells.total("rows", keep), cells.total("weight", keep)
    size = cells.effective_size(keep) * np.where(np.isnan(independent), 1.0, independent)
    estimate = share_estimate(cells.total("weight", keep & (cells.bin < k)), weight, size, rows)
    reasons = np.where(weight <= 0, "no_weight", None)
    reasons[rows == 0] = "no_scores"
    reasons[cells.total("rows", cells.labelled) == 0] = "no_outcomes"
    return replace(estimate, reasons=reasons, effective_size=size)
