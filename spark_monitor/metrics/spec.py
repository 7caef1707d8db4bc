"""What a metric declares about itself: facts that configuration, rules, tests and reports all read."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

KINDS = ("numeric", "discrete", "categorical")
# What rows call the reference that is a number of the configuration.
BENCHMARK = "benchmark"


@dataclass(frozen=True)
class Estimate:
    """What a metric answers for K histograms; NaN means undefined, never 0 or -1.

    Parameters
    ----------
    value : ndarray of float64, shape (K,)
    ci_low, ci_high : ndarray or None
        Bounds of the confidence interval at `ci_level`.
    error_bound : ndarray or None
        The largest error that binning can have made; 0 where the value is exact.
    expected : ndarray or None
        What a comparison would give on average if nothing had changed.
    p_value : ndarray or None
    sample_size, reference_size : ndarray or None
        Rows that the value rests on; the evaluation fills in the histogram's rows where None.
    reference_value : ndarray or None
        The same number in the reference, where a metric that compares states it.
    ci_method : str or None
    reason : str or None
        Why values are undefined, e.g. "no_rows"; in one word.
    reasons : ndarray of object or None
        The same for each value by itself; None where the value is known. It wins over `reason`.
    effective_size : ndarray or None
        Rows that as many independent, unweighted ones would have to be; the evaluation fills in its own where None.
    """

    value: np.ndarray
    ci_low: np.ndarray | None = None
    ci_high: np.ndarray | None = None
    error_bound: np.ndarray | None = None
    expected: np.ndarray | None = None
    p_value: np.ndarray | None = None
    sample_size: np.ndarray | None = None
    reference_size: np.ndarray | None = None
    reference_value: np.ndarray | None = None
    ci_method: str | None = None
    ci_level: float | None = None
    reason: str | None = None
    reasons: np.ndarray | None = None
    effective_size: np.ndarray | None = None


@dataclass(frozen=True)
class DriftStatistic:
    """A number that compares a current histogram with the reference's on the same bins.

    `compute(current, reference)` takes two `Histograms` blocks of equal length and returns an `Estimate`.

    Parameters
    ----------
    name : str
    compute : callable
    formula, source : str
    applies_to : tuple of str
        Kinds of histograms that it is defined for.
    lower, upper : float
        Bounds that no value leaves.
    symmetric : bool
        Whether swapping current and reference leaves the value.
    ordered : bool
        Whether the order of the bins matters.
    zero_on_self : bool
    volume : {"none", "ratio", "rows"}
        What the value owes to numbers of rows besides the shapes: nothing, the ratio of both sides, or the rows.
    alarm_level : float or None
        The conventional level from which a change is worth a look; None where no level fits all features.
    resolution : {"coarse", "full", "moments"}
        Whether it is computed from merged bins and special cells, from all bins, or from mean and variance.
    direction : {"higher_is_worse", "two_sided"}
    unit : str
    """

    name: str
    compute: Callable
    formula: str
    source: str
    applies_to: tuple = KINDS
    lower: float = 0.0
    upper: float = np.inf
    symmetric: bool = False
    ordered: bool = False
    zero_on_self: bool = True
    volume: str = "none"
    alarm_level: float | None = None
    resolution: str = "coarse"
    direction: str = "higher_is_worse"
    unit: str = ""
    family: str = field(default="drift", init=False)


@dataclass(frozen=True)
class FeatureMetric:
    """A number about one histogram alone: quality or summary.

    `compute(histograms)` takes a `Histograms` block and returns an `Estimate`. `direction` says which way is bad:
    "higher_is_worse", "lower_is_worse" or "two_sided". One that `needs_range` is made for features with a configured
    range only.
    """

    name: str
    family: str
    compute: Callable
    formula: str
    source: str
    applies_to: tuple = KINDS
    lower: float = -np.inf
    upper: float = np.inf
    direction: str = "two_sided"
    unit: str = ""
    needs_range: bool = False

    def applies(self, histograms):
        """Say whether the metric means something for these histograms."""
        return histograms.kind in self.applies_to and (histograms.has_range or not self.needs_range)


@dataclass(frozen=True)
class TableMetric:
    """A number about all rows of a window or segment, not about one feature.

    `compute(facts)` takes a mapping of arrays of shape (K,) (see ``metrics/quality/table.py``) and returns an
    `Estimate`. `per_segment` says whether single segments get it too, `compares` whether it is made once a reference.
    """

    name: str
    family: str
    compute: Callable
    formula: str
    source: str
    lower: float = 0.0
    upper: float = np.inf
    direction: str = "two_sided"
    unit: str = ""
    per_segment: bool = False
    compares: bool = False


@dataclass(frozen=True)
class PerformanceMetric:
    """A number that needs outcomes, or the decisions that they are compared with.

    `compute(cells, folds)` takes the cells of K targets (`ScoreCells` for a classifier, `ErrorCells` for a regression)
    and the `FoldSums` or `ErrorFolds` of the same targets, or None where no rows repeat, and returns an `Estimate`.

    Parameters
    ----------
    name : str
    compute : callable
    formula, source : str
    tasks : tuple of str
        Of "binary", "multiclass" (one class against the rest, then averaged) and "regression".
    needs : tuple of str
        What a row must have: of "decision", "score", "outcome", "interval".
    both_classes : bool
        Whether fewer than five positives or five negatives are too few rows for it.
    lower, upper : float
    direction : {"higher_is_worse", "lower_is_worse", "two_sided"}
    unit : str
    """

    name: str
    compute: Callable
    formula: str
    source: str
    tasks: tuple = ("binary",)
    needs: tuple = ("decision", "outcome")
    both_classes: bool = True
    lower: float = 0.0
    upper: float = 1.0
    direction: str = "lower_is_worse"
    unit: str = ""
    family: str = field(default="performance", init=False)
