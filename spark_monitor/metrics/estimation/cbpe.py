"""How good decisions and scores will turn out to be, before any outcome is known: confidence-based estimation."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.estimation import expected
from spark_monitor.metrics.estimation.bands import population_band, realised_band
from spark_monitor.metrics.estimation.calibrator import Calibrator
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.average_precision import AVERAGE_PRECISION
from spark_monitor.metrics.performance.balanced_accuracy import BALANCED_ACCURACY
from spark_monitor.metrics.performance.brier import BRIER
from spark_monitor.metrics.performance.f1 import F1
from spark_monitor.metrics.performance.log_loss import LOG_LOSS
from spark_monitor.metrics.performance.mcc import MCC
from spark_monitor.metrics.performance.rates import (
    ACCURACY, BASE_RATE, PRECISION, RECALL, SELECTION_RATE, SPECIFICITY,
)
from spark_monitor.metrics.performance.roc_auc import ROC_AUC
from spark_monitor.metrics.spec import Estimate, PerformanceMetric

FEWEST = 5
BANDS = {"realised": realised_band, "population": population_band}
SOURCE = "J. Białek et al. (2024), Estimating model performance under covariate shift without labels, arXiv 2401.08348"


@dataclass(frozen=True)
class EstimatedMetric:
    """A performance metric, estimated from chances in the place of outcomes.

    Parameters
    ----------
    realised : PerformanceMetric
        The metric itself; the estimate has its name, bounds and direction.
    expect : callable
        From `ScoreCells` and the chance of a positive in each cell to an `ExpectedRatio`.
    undefined : str
        Why there is no value where the ratio's bottom is 0.
    """

    realised: PerformanceMetric
    expect: Callable
    undefined: str = "no_weight"
    family: str = field(default="estimated", init=False)

    @property
    def name(self):
        """Name of the metric."""
        return self.realised.name

    @property
    def formula(self):
        """The metric's own formula, of expected outcomes."""
        return f"{self.realised.formula}; outcomes: chances by the reference's calibration curve"

    @property
    def source(self):
        """Where the estimate is taken from."""
        return SOURCE

    def compute(self, cells, chances, band="realised"):
        """Return the estimate with one of its bands, see `estimate`."""
        return estimate(self, cells, chances, band)


def estimate(metric, cells, chances, band="realised"):
    """Return what a metric will be once outcomes are known, from scores and decisions alone.

    Parameters
    ----------
    metric : EstimatedMetric
    cells : ScoreCells
        Of all rows, labelled or not; what labels there are is not looked at.
    chances : Chances
        Of a positive outcome in the same cells, see `Calibrator.chances`.
    band : {"realised", "population"}
        What `ci_low` and `ci_high` hold: the realised value of these very rows, or the value over all rows that could
        have come; see `realised_band` and `population_band`.

    Returns
    -------
    Estimate
        Weighted where rows have weights. NaN: "no_rows", "no_decisions", "no_scores", "no_weight",
        "no_predicted_positives", "one_decision", and "too_few_rows" where fewer than five positives or negatives are
        expected, as far as the realised metric asks for both.

    Notes
    -----
    Right while only scores, decisions and segments shift; blind to a change of the outcome given the score.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> score, outcome = np.repeat([0.2, 0.8], 19), np.repeat([0, 1, 0, 1], [14, 5, 5, 14])
    >>> curve = calibrate(ScoreCells.of_rows(score, None, outcome, edges=[0.5]))
    >>> now = ScoreCells.of_rows([0.2] * 30 + [0.8] * 10, [0] * 30 + [1] * 10, None, edges=[0.5])
    >>> ESTIMATED_METRICS["accuracy"].compute(now, curve.chances(now)).value
    array([0.725])
    """
    return estimates(metric, cells, chances, (band,))[0]


def estimates(metric, cells, chances, bands=tuple(BANDS)):
    """Return the same estimate with each of some bands, in their order; see `estimate`."""
    without, ratio = _without_band(metric, cells, chances)
    found = []
    for band in bands:
        low, high = (np.where(np.isnan(without.value), np.nan, end) for end in BANDS[band](
            cells, chances, ratio, metric.realised.lower, metric.realised.upper))
        found.append(replace(without, ci_low=np.minimum(low, without.value), ci_high=np.maximum(high, without.value),
                             ci_method=f"fieller_{band}"))
    return found


def _without_band(metric, cells, chances):
    """Return the estimate, without a band, and the ratio that it is."""
    ratio = metric.expect(cells, chances.chance)
    ratio = replace(ratio, top=ratio.top + chances.gaps.get(metric.name, 0.0) * ratio.bottom)
    reasons = _reasons(metric, cells, chances.chance, ratio)
    known = np.equal(reasons, None)
    value = np.divide(ratio.top, ratio.bottom, out=np.full(cells.size, np.nan), where=known)
    counted = _counted(metric, cells)
    return Estimate(
        np.clip(value, metric.realised.lower, metric.realised.upper), sample_size=cells.total("rows", counted),
        effective_size=cells.effective_size(counted),
        error_bound=None if ratio.error_bound is None else np.where(known, ratio.error_bound, np.nan),
        ci_level=CI_LEVEL, reasons=reasons), ratio


def calibrate(reference, slices=None):
    """Return the calibrator of a reference, with what its curve gets wrong about the reference itself.

    A rising curve is fitted to the very outcomes that it is asked about, and flat where rows were pooled, so that it
    takes scores for somewhat better or worse than they are. The gap between the reference's realised and estimated
    metrics shows by how much, and is added to every estimate.

    Parameters
    ----------
    reference, slices : ScoreCells
        As for `Calibrator.of`.

    Raises
    ------
    ValueError
        As `Calibrator.of` does.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> score, outcome = np.repeat([0.2, 0.8], 19), np.repeat([0, 1, 0, 1], [14, 5, 5, 14])
    >>> decision = (score > 0.5).astype(int)
    >>> round(calibrate(ScoreCells.of_rows(score, decision, outcome, edges=[0.5])).gaps["accuracy"], 4)
    0.0118
    """
    curve = Calibrator.of(reference, slices)
    cells = reference.where(reference.labelled)
    chances = curve.chances(cells)
    gaps = {name: metric.realised.compute(cells, None).value[0] - _without_band(metric, cells, chances)[0].value[0]
            for name, metric in ESTIMATED_METRICS.items()}
    return replace(curve, gaps={name: float(gap) for name, gap in gaps.items() if np.isfinite(gap)})


def _counted(metric, cells):
    """Return which cells the metric is about, boolean of shape (N,)."""
    counted = np.ones(len(cells.target), bool)
    if "decision" in metric.realised.needs:
        counted &= cells.decision >= 0
    if "score" in metric.realised.needs:
        counted &= cells.scored
    return counted


def _reasons(metric, cells, chance, ratio):
    """Return why there is no estimate of each target, None where there is; the last that holds."""
    rows, counted = cells.total("rows"), _counted(metric, cells)
    place = cells.target[counted]
    expected_rows = [np.bincount(place, (cells.rows * part)[counted], cells.size) for part in (1 - chance, chance)]
    reasons = np.full(cells.size, None, object)
    for holds, reason in (
        (~(ratio.bottom > 0), metric.undefined),
        ((np.minimum(*expected_rows) < FEWEST) & metric.realised.both_classes, "too_few_rows"),
        (cells.total("weight", counted) <= 0, "no_weight"),
        (cells.total("rows", counted) == 0, "no_decisions" if "decision" in metric.realised.needs else "no_scores"),
        (rows == 0, "no_rows"),
    ):
        reasons[holds] = reason
    return reasons


ESTIMATED_METRICS = Catalogue(
    EstimatedMetric(ACCURACY, expected.share([[1, 0], [0, 1], [0, 0]], [[0, 1], [1, 0], [0, 0]])),
    EstimatedMetric(BALANCED_ACCURACY, expected.balanced_accuracy),
    EstimatedMetric(PRECISION, expected.share([[0, 0], [0, 1], [0, 0]], [[0, 0], [1, 0], [0, 0]]),
                    "no_predicted_positives"),
    EstimatedMetric(RECALL, expected.share([[0, 0], [0, 1], [0, 0]], [[0, 1], [0, 0], [0, 0]])),
    EstimatedMetric(SPECIFICITY, expected.share([[1, 0], [0, 0], [0, 0]], [[0, 0], [1, 0], [0, 0]])),
    EstimatedMetric(F1, expected.share([[0, 0], [0, 2], [0, 0]], [[0, 1], [1, 0], [0, 0]])),
    EstimatedMetric(MCC, expected.mcc, "one_decision"),
    EstimatedMetric(SELECTION_RATE, expected.share([[0, 0], [1, 1], [0, 0]], [[1, 1], [0, 0], [0, 0]])),
    EstimatedMetric(BASE_RATE, expected.share([[0, 1]] * 3, [[1, 0]] * 3)),
    EstimatedMetric(ROC_AUC, expected.roc_auc),
    EstimatedMetric(AVERAGE_PRECISION, expected.average_precision),
    EstimatedMetric(BRIER, expected.brier),
    EstimatedMetric(LOG_LOSS, expected.log_loss),
)
