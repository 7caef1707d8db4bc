"""The metrics of a regression against scikit-learn and NumPy on raw rows, and their intervals against simulation."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as truth

from spark_monitor.metrics.error_cells import ErrorCells, ErrorFolds
from spark_monitor.metrics.intervals import wilson_interval
from spark_monitor.metrics.performance.regression import REGRESSION_METRICS, regression_metric

NAN = np.nan
EVERY = (*REGRESSION_METRICS, "pinball@0.9", "within@15", "within@1.234")


@pytest.fixture(params=["unweighted", "weighted"])
def delays(request):
    """Three targets of flights' delays: prediction, outcome, target, weight."""
    rng = np.random.default_rng(11)
    n = 3000
    prediction, target = rng.normal(12, 20, n), rng.integers(0, 3, n)
    outcome = (prediction + rng.gamma(2, 8, n) - 16).round()
    return prediction, outcome, target, rng.gamma(2, 1, n) if request.param == "weighted" else np.ones(n)


def smape(y, p, sample_weight):
    return np.average(2 * abs(p - y) / (abs(y) + abs(p)), weights=sample_weight)


def mape(y, p, sample_weight):
    return truth.mean_absolute_percentage_error(y[y != 0], p[y != 0], sample_weight=sample_weight[y != 0])


OTHERS = {
    "mae": truth.mean_absolute_error, "mse": truth.mean_squared_error, "r2": truth.r2_score, "mape": mape,
    "smape": smape,
    "rmse": lambda y, p, sample_weight: truth.mean_squared_error(y, p, sample_weight=sample_weight) ** 0.5,
    "mean_error": lambda y, p, sample_weight: np.average(p - y, weights=sample_weight),
    "wape": lambda y, p, sample_weight: (sample_weight * abs(p - y)).sum() / (sample_weight * abs(y)).sum(),
    "pinball@0.9": lambda y, p, sample_weight: truth.mean_pinball_loss(y, p, sample_weight=sample_weight, alpha=0.9),
    "pinball@0.25": lambda y, p, sample_weight: truth.mean_pinball_loss(y, p, sample_weight=sample_weight, alpha=0.25),
    "within@15": lambda y, p, sample_weight: np.average(abs(p - y) <= 15, weights=sample_weight),
}


@pytest.mark.parametrize("name", OTHERS)
def test_values_equal_those_of_raw_rows_also_after_a_merge(delays, name):
    p, y, target, w = delays
    compute = regression_metric(name).compute
    parts = ErrorCells.of_rows(p, y, target * 40 + np.arange(len(p)) % 40, w, size=120, pivot=5.0)
    estimate = compute(parts.merge(np.repeat(np.arange(3), 40), 3), None)
    want = [OTHERS[name](y[target == k], p[target == k], sample_weight=w[target == k]) for k in range(3)]
    np.testing.assert_allclose(estimate.value, want, rtol=1e-10)
    assert (estimate.ci_low < estimate.value).all() and (estimate.value < estimate.ci_high).all()
    np.testing.assert_array_equal(estimate.error_bound, 0)
    assert estimate.reasons.tolist() == [None] * 3


@pytest.mark.parametrize("name, level", [("error_p05", 0.05), ("error_p50", 0.5), ("error_p95", 0.95)])
def test_quantiles_are_within_their_bound_of_those_of_raw_rows(delays, name, level):
    p, y, target, w = delays
    estimate = regression_metric(name).compute(ErrorCells.of_rows(p, y, target, w), None)
    for k in range(3):
        error, weight = (values[target == k] for values in (p - y, w))
        order = np.argsort(error)
        upto = weight[order].cumsum() / weight[order].sum()
        exact = error[order][np.searchsorted(upto, level - 1e-12)]
        assert abs(estimate.value[k] - exact) <= estimate.error_bound[k] <= 0.01 * abs(exact) + 1e-9
        assert estimate.ci_low[k] < exact < estimate.ci_high[k]


def test_a_tolerance_between_edges_states_what_its_bin_may_cost(delays):
    p, y, target, w = delays
    cells = ErrorCells.of_rows(p, y, target, w)
    for tolerance in (1e-10, 1.234, 7.7771, 5555.5):
        estimate = regression_metric(f"within@{tolerance}").compute(cells, None)
        exact = [np.average(abs(p - y)[target == k] <= tolerance, weights=w[target == k]) for k in range(3)]
        assert (abs(estimate.value - exact) <= estimate.error_bound + 1e-12).all()


def test_coverage_and_width_equal_a_hand_count():
    cells = ErrorCells.of_rows([1, 2, 3, 4, NAN], [1, 5, 3, NAN, 9], low=[0, 1, NAN, 0, 8], high=[2, 4, 9, 9, 9],
                               weight=[1, 2, 5, 7, 1])
    coverage, width = (regression_metric(name).compute(cells, None) for name in ("interval_coverage", "interval_width"))
    assert coverage.value[0] == pytest.approx(2 / 4) and width.value[0] == pytest.approx((2 + 2 * 3 + 1) / 4)
    assert coverage.sample_size.tolist() == width.sample_size.tolist() == [3]
    low, high = wilson_interval(np.array([0.5]), np.array([16 / 6]))
    assert (coverage.ci_low, coverage.ci_high) == (low, high)


def test_the_interval_of_the_mean_error_equals_scipy():
    error = np.random.default_rng(3).normal(2, 3, 400)
    estimate = regression_metric("mean_error").compute(ErrorCells.of_rows(error, np.zeros(400)), None)
    low, high = stats.t.interval(0.95, 399, error.mean(), stats.sem(error))
    np.testing.assert_allclose([estimate.ci_low[0], estimate.ci_high[0]], [low, high], rtol=1e-10)


def test_the_fold_interval_of_the_mean_error_is_that_of_the_fold_means():
    means = np.random.default_rng(4).normal(0, 5, 32)
    error, fold = np.repeat(means, 10), np.repeat(np.arange(32), 10)
    cells, folds = ErrorCells.of_rows(error, 0 * error), ErrorFolds.of_rows(error, 0 * error, fold)
    estimate = regression_metric("mean_error").compute(cells, folds)
    low, high = stats.t.interval(0.95, 31, means.mean(), stats.sem(means))
    np.testing.assert_allclose([estimate.ci_low[0], estimate.ci_high[0]], [low, high], rtol=1e-9)
    assert estimate.ci_method == "delta_or_folds" and estimate.effective_size[0] == pytest.approx(32, rel=0.15)


@pytest.mark.parametrize("name", EVERY)
def test_an_undefined_value_has_a_reason_and_leaves_the_others_alone(name):
    p = [1.0, 2.0, 4.0, NAN, 1.0, NAN, 3.0, 3.0]
    y = [1.5, 2.5, 3.0, 1.0, NAN, NAN, 1.0, 2.0]
    target = [0, 0, 0, 1, 2, 2, 4, 4]
    ends = {"low": [0.0, 0, 0, NAN, NAN, NAN, 0, 0], "high": [9.0, 9, 9, NAN, NAN, NAN, 9, 9]}
    w = [1, 1, 1, 1, 1, 1, 0, 0]
    cells = ErrorCells.of_rows(p, y, target, w, size=5, **ends)
    estimate = regression_metric(name).compute(cells, ErrorFolds.of_rows(p, y, [0, 1, 2, 3, 4, 5, 6, 7], target, w,
                                                                         size=5, **ends))
    lacking = "no_intervals" if name.startswith("interval") else "no_predictions"
    assert estimate.reasons.tolist() == [None, lacking, "no_outcomes", "no_outcomes", "no_weight"]
    assert np.isfinite(estimate.value[0]) and np.isnan(estimate.value[1:]).all()
    assert np.isnan(estimate.ci_low[1:]).all() and np.isnan(estimate.error_bound[1:]).all()


@pytest.mark.parametrize("name", EVERY)
def test_one_row_has_a_value_but_no_interval(name):
    cells = ErrorCells.of_rows([3.0], [2.0], low=[1.0], high=[5.0])
    estimate = regression_metric(name).compute(cells, None)
    if name == "r2":
        assert estimate.reasons[0] == "one_row" and np.isnan(estimate.value[0])
        return
    assert np.isfinite(estimate.value[0]) and estimate.reasons[0] is None
    counted = name.startswith(("within", "error_p", "interval_coverage"))
    assert np.isfinite(estimate.ci_low[0]) if counted else np.isnan(estimate.ci_low[0])


def test_a_constant_outcome_has_no_r_squared():
    estimate = regression_metric("r2").compute(ErrorCells.of_rows([1.0, 2.0, 3.0], [0.1, 0.1, 0.1]), None)
    assert np.isnan(estimate.value[0]) and estimate.reasons[0] == "constant_outcome"


def test_outcomes_of_zero_have_no_percentage():
    cells = ErrorCells.of_rows([1.0, 2.0], [0.0, 0.0])
    for name in ("mape", "wape"):
        assert regression_metric(name).compute(cells, None).reasons[0] == "all_outcomes_zero"
    assert regression_metric("smape").compute(cells, None).value[0] == 2
    both = regression_metric("smape").compute(ErrorCells.of_rows([0.0], [0.0]), None)
    assert both.reasons[0] == "all_outcomes_zero"


@pytest.mark.parametrize("name", EVERY)
def test_perfect_predictions_are_certain(name):
    y = np.arange(1.0, 65.0)
    ends = {"low": y - 1, "high": y + 1}
    estimate = regression_metric(name).compute(ErrorCells.of_rows(y, y, **ends),
                                               ErrorFolds.of_rows(y, y, np.arange(64) % 32, **ends))
    best = {"r2": 1, "within": 1, "interval_coverage": 1, "interval_width": 2}
    assert estimate.value[0] == next((value for start, value in best.items() if name.startswith(start)), 0)
    assert estimate.ci_low[0] <= estimate.value[0] <= estimate.ci_high[0]


@pytest.mark.parametrize("name", EVERY)
def test_errors_too_large_to_square_are_said_to_be(name):
    p, y = np.array([1e300, -1e300, 1.0]), np.array([-1e300, 1e300, 2.0])
    ends = {"low": y, "high": y}
    estimate = regression_metric(name).compute(ErrorCells.of_rows(p, y, **ends),
                                               ErrorFolds.of_rows(p, y, [0, 1, 2], **ends))
    assert (estimate.reasons[0] == "overflow") == np.isnan(estimate.value[0])


@pytest.mark.parametrize("rows", [3, 3000])
def test_values_keep_within_the_declared_bounds(delays, rows):
    p, y, target, w = (values[:rows] for values in delays)
    cells = ErrorCells.of_rows(p, y, 0 * target, w, low=p - 1, high=p + 1)
    for name in EVERY:
        metric = regression_metric(name)
        estimate = metric.compute(cells, None)
        for number in (estimate.value, estimate.ci_low, estimate.ci_high):
            assert not ((number < metric.lower) | (number > metric.upper)).any(), name
        assert metric.tasks == ("regression",) and not metric.both_classes and metric.name == name


@pytest.mark.parametrize("name", ["pinball@2", "pinball@x", "within@-1", "within@1e13", "quantile@0.1", "mea"])
def test_a_metric_that_is_not_there_is_refused(name):
    with pytest.raises(KeyError):
        regression_metric(name)


def simulated(windows, rows, of_entity, seed=5):
    """Windows with skewed errors; 36 % of their variance, 64 % of the predictions', is the entity's."""
    rng = np.random.default_rng(seed)
    shape = (windows, rows // of_entity, of_entity)
    own, shared = (0.8, 0.6) if of_entity > 1 else (1.0, 0.0)
    error = own * (rng.gamma(2, 1, shape) - 2) + shared * (rng.gamma(2, 1, (*shape[:2], 1)) - 2)
    prediction = 10 + 2 * (shared * rng.normal(0, 1, shape) + own * rng.normal(0, 1, (*shape[:2], 1)))
    target = np.broadcast_to(np.arange(windows)[:, None, None], shape)
    fold = np.broadcast_to(rng.integers(0, 32, (*shape[:2], 1)), shape)
    return [values.ravel() for values in (prediction, prediction + error, target, fold)]


@pytest.mark.parametrize("rows, of_entity", [(40, 1), (200, 1), (1000, 1), (300, 10), (1000, 10)])
def test_intervals_cover_the_population_as_often_as_they_say(rows, of_entity):
    p, y, _, _ = simulated(400, 2000, of_entity, seed=9)
    population = {name: OTHERS[name](y, p, sample_weight=np.ones(len(p)))
                  for name in ("mae", "r2", "mean_error", "wape")}
    population |= {"within@2": np.mean(abs(p - y) <= 2), "error_p50": np.median(p - y)}
    p, y, target, fold = simulated(1000, rows, of_entity)
    cells, folds = ErrorCells.of_rows(p, y, target, pivot=10.0), ErrorFolds.of_rows(p, y, fold, target, pivot=10.0)
    for name, value in population.items():
        for given in ([folds] if of_entity > 1 else [None, folds]):
            estimate = regression_metric(name).compute(cells, given)
            covered = ((estimate.ci_low <= value) & (value <= estimate.ci_high)).mean()
            assert 0.925 <= covered <= 0.985, (name, given is None, covered)
