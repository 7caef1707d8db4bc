"""The estimated error of a regression: equal to a weighted mean by hand, and its bands hold what was realised."""

import json

import numpy as np
import pytest

from spark_monitor.metrics.error_cells import ErrorCells
from spark_monitor.metrics.error_rows import ErrorRows
from spark_monitor.metrics.estimation.bands import estimation_error
from spark_monitor.metrics.estimation.expected_loss import LossCurves, expected_losses
from spark_monitor.metrics.loss_cells import LossCells, loss_sums
from spark_monitor.metrics.performance.regression.mae import MAE
from spark_monitor.metrics.performance.regression.mean_error import MEAN_ERROR
from spark_monitor.metrics.performance.regression.mse import MSE

SEGMENTS, BINS = 4, 5


def draw(rng, rows, shift=0.0, factor=(1.0, 1.3, 0.8, 1.6), mix=(0.4, 0.3, 0.2, 0.1), wander=0.0):
    """Return errors whose size rises with the prediction and differs by segment, and each row's segment and bin."""
    segment = rng.choice(SEGMENTS, rows, p=mix)
    prediction = rng.normal(shift, 1, rows)
    where = np.searchsorted([-1, -0.3, 0.3, 1], prediction)
    error = rng.normal(0, 1, rows) * np.array(factor)[segment] * (1 + 0.5 * where) * np.exp(wander)
    return error, segment * BINS + where


def cells_of(error, target, size=SEGMENTS, bins=BINS):
    """Return the cells of errors, target s P + b being segment s and bin b."""
    rows, width = ErrorRows.of(error, np.zeros(len(error))), bins
    return LossCells.of_sums(loss_sums(rows, target % width, target // width, size, width), size, width)


def counts(target, windows=1):
    return np.bincount(target, minlength=windows * SEGMENTS * BINS).reshape(windows, SEGMENTS, BINS).astype(float)


def test_many_rows_give_the_plain_reweighted_mean():
    rng = np.random.default_rng(0)
    error, target = draw(rng, 200_000)
    curves = LossCurves.of(cells_of(error, target))
    now = counts(draw(rng, 5000, shift=0.8)[1])
    found = expected_losses(curves, now, now, now)
    size = np.bincount(target, minlength=20)
    for name, loss in (("mae", np.abs(error)), ("mse", error**2), ("mean_error", error)):
        by_hand = (now.ravel() * np.bincount(target, loss, 20) / size).sum() / now.sum()
        assert found[name].value[0] == pytest.approx(by_hand, rel=0.005, abs=0.01)
    assert found["rmse"].value[0] == np.sqrt(found["mse"].value[0])


def test_segments_that_are_alike_share_their_bins_mean():
    rng = np.random.default_rng(1)
    error, target = draw(rng, 4000, factor=(1, 1, 1, 1))
    curves = LossCurves.of(cells_of(error, target))
    where = target % BINS
    bins = np.bincount(where, np.abs(error)) / np.bincount(where)
    assert np.abs(curves.mean[0] / bins - 1).max() < 0.05


def test_a_bin_without_rows_takes_the_nearest_ones_mean():
    curves = LossCurves.of(cells_of(np.array([1.0, -1.0, 1.0, 4.0, -4.0]), np.array([1, 1, 1, 4, 4]), 1, 5))
    np.testing.assert_allclose(curves.mean[0, 0], [1, 1, 1, 4, 4])


def coverage(wander, slices, seed, reference=8000, rows=600, windows=20, references=25):
    """Return how often bands held the realised MAE and MSE of shifted windows."""
    rng = np.random.default_rng(seed)
    held = {"mae": [], "mse": [], "mean_error": []}
    for _ in range(references):
        each = np.repeat(rng.normal(0, wander, 20), reference // 20)
        error, target = draw(rng, reference, wander=each)
        day = np.repeat(np.arange(20), reference // 20)
        curves = LossCurves.of(cells_of(error, target))
        if slices:
            curves = curves.wandering(cells_of(error, day * SEGMENTS * BINS + target, 20 * SEGMENTS))
        error, target = draw(rng, rows * windows, 0.5, mix=(0.1, 0.2, 0.3, 0.4),
                             wander=np.repeat(rng.normal(0, wander, windows), rows))
        window = np.repeat(np.arange(windows), rows)
        now = counts(window * SEGMENTS * BINS + target, windows)
        found = expected_losses(curves, now, now, now)
        whole = ErrorCells.of_rows(error, np.zeros(len(error)), target=window)
        for metric in (MAE, MSE, MEAN_ERROR):
            past = estimation_error(found[metric.name], metric.compute(whole, None))
            held[metric.name].extend((past.ci_low <= 0) & (past.ci_high >= 0))
    return {name: np.mean(values) for name, values in held.items()}


@pytest.mark.parametrize(("wander", "slices"), [(0.0, False), (0.15, True)])
def test_the_band_holds_the_realised_error_when_segments_and_predictions_shift(wander, slices):
    share = coverage(wander, slices, seed=3)
    assert all(0.92 <= value <= 0.98 for value in share.values()), share


def test_without_slices_wander_is_not_seen():
    assert coverage(0.15, False, seed=3)["mae"] < 0.8


def test_curves_survive_their_state_to_the_bit():
    error, target = draw(np.random.default_rng(4), 2000)
    curves = LossCurves.of(cells_of(error, target))
    again = LossCurves.from_state(json.loads(json.dumps(curves.to_state())))
    for name, values in vars(curves).items():
        np.testing.assert_array_equal(getattr(again, name), values)


def test_the_band_of_the_population_is_narrower_than_that_of_few_rows():
    rng = np.random.default_rng(5)
    curves = LossCurves.of(cells_of(*draw(rng, 50_000)))
    now = counts(draw(rng, 300)[1])
    realised, population = (expected_losses(curves, now, now, now, band)["mae"] for band in ("realised", "population"))
    assert population.ci_high - population.ci_low < realised.ci_high - realised.ci_low


def test_windows_without_rows_or_weight_have_a_reason_and_harm_no_other():
    curves = LossCurves.of(cells_of(*draw(np.random.default_rng(6), 1000)))
    rows = np.ones((3, SEGMENTS, BINS)) * np.array([0, 1, 1])[:, None, None]
    weight = rows * np.array([0, 0, 1])[:, None, None]
    for found in expected_losses(curves, weight, weight, rows).values():
        assert found.reasons.tolist() == ["no_predictions", "no_weight", None]
        assert np.isnan(found.value).tolist() == [True, True, False]


def test_a_reference_without_errors_is_refused():
    with pytest.raises(ValueError, match="no row with an error"):
        LossCurves.of(LossCells.of_rows([1.0], [np.nan], edges=[]))


def test_a_model_without_error_is_expected_to_have_none():
    curves = LossCurves.of(cells_of(np.zeros(100), np.tile(np.arange(20), 5)))
    now = np.ones((1, SEGMENTS, BINS))
    found = expected_losses(curves, now, now, now)["rmse"]
    assert (found.value[0], found.ci_low[0], found.ci_high[0]) == (0, 0, 0)
