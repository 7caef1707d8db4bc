"""The cells of errors against plain sums over rows, and the law that merging equals counting together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spark_monitor.cells.kernel.errors import count_errors, count_rows
from spark_monitor.metrics.error_cells import ErrorCells, ErrorFolds
from spark_monitor.metrics.error_rows import COUNTS, ERROR_EDGES, LAST_BIN, ErrorRows, bin_ends, error_bin

NAN, INF = np.nan, np.inf


def some_rows(n, seed=0, targets=1):
    rng = np.random.default_rng(seed)
    outcome = rng.gamma(2.0, 20.0, n).round(1) * rng.integers(0, 2, n)
    prediction = outcome + rng.standard_t(4, n)
    return {
        "prediction": np.where(rng.random(n) < 0.05, NAN, prediction),
        "outcome": np.select([rng.random(n) < 0.1, rng.random(n) < 0.02], [NAN, INF], outcome),
        "target": rng.integers(0, targets, n), "weight": rng.choice([0.0, 0.5, 1.0, 3.0], n),
        "low": np.where(rng.random(n) < 0.2, NAN, prediction - 2), "high": prediction + 2,
    }


def only(rows, keep):
    return {name: values[keep] for name, values in rows.items()}


def assert_equal_cells(left, right):
    np.testing.assert_array_equal(left.counts, right.counts)
    np.testing.assert_array_equal(left.extremes, right.extremes)
    for name in ("sums", "squares", "moments"):
        scale = np.abs(getattr(right, name)).max(axis=0, initial=1e-300)
        np.testing.assert_allclose(getattr(left, name) / scale, getattr(right, name) / scale, rtol=1e-12, atol=1e-12)
    for name in ("target", "bin", "bin_rows"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    np.testing.assert_allclose(left.bin_weight, right.bin_weight, rtol=1e-12)


def test_every_row_is_counted_once_by_what_it_lacks():
    cells = ErrorCells.of_rows([1.0, NAN, 3.0, INF, NAN, 2.0], [1.0, 1.0, NAN, 2.0, -INF, 0.0])
    counted = dict(zip(COUNTS, cells.counts[0].tolist()))
    assert counted == {"rows": 2, "unlabelled": 1, "unpredicted": 2, "unusable": 1, "zero_outcomes": 1, "bounded": 0,
                       "covered": 0}


def test_an_interval_needs_both_ends_and_an_outcome_but_no_prediction():
    cells = ErrorCells.of_rows([NAN, 1, 1, 1], [2, 2, NAN, 5], low=[1, NAN, 1, 1], high=[2, 3, 3, 4])
    assert cells.of("bounded").tolist() == [2] and cells.of("covered").tolist() == [1]
    assert cells.of("width").tolist() == [4.0]


def test_moments_equal_numpy():
    rows = some_rows(3000, targets=2)
    cells = ErrorCells.of_rows(**rows, size=3)
    for k in range(2):
        p, y, w = (values[(rows["target"] == k) & np.isfinite(rows["prediction"]) & np.isfinite(rows["outcome"])]
                   for values in (rows["prediction"], rows["outcome"], rows["weight"]))
        cov = np.cov(p - y, y, aweights=w, ddof=0) * w.sum()
        truth = [np.average(p - y, weights=w), cov[0, 0], np.average(y, weights=w), cov[1, 1], cov[0, 1]]
        np.testing.assert_allclose(cells.moments[k], truth, rtol=1e-10)
        np.testing.assert_allclose(cells.squared_error[k], (w * (p - y) ** 2).sum(), rtol=1e-12)
        extremes = [f((v)[w > 0]) for v in (p - y, y) for f in (np.min, np.max)]
        np.testing.assert_array_equal(cells.extremes[k], extremes)
    assert np.isnan(cells.moments[2]).all() and np.isnan(cells.extremes[2]).all()


def test_moments_keep_their_digits_far_from_zero():
    y = 1e9 + np.random.default_rng(1).normal(0, 1, 5000)
    parts = ErrorCells.of_rows(y + 0.5, y, target=np.arange(5000) % 50, size=50)
    whole = parts.merge(np.zeros(50, int), 1)
    np.testing.assert_allclose(whole.of("outcome_m2"), y.var() * 5000, rtol=1e-9)


def test_one_value_has_no_deviation_to_the_bit():
    cells = ErrorCells.of_rows([0.1] * 7, [0.3] * 7, target=[0, 0, 1, 1, 1, 2, 2]).merge([0, 0, 0], 1)
    assert cells.moments[0].tolist() == [0.1 - 0.3, 0.0, 0.3, 0.0, 0.0]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(0, 60), targets=st.integers(1, 4), split=st.integers(1, 5))
def test_merged_parts_equal_the_whole(seed, n, targets, split):
    rows = some_rows(n, seed, targets)
    part = np.random.default_rng(seed).integers(0, split, n)
    whole = ErrorCells.of_rows(**rows, size=targets, pivot=7.0)
    spread = ErrorCells.of_rows(**{**rows, "target": rows["target"] * split + part}, size=targets * split, pivot=7.0)
    assert_equal_cells(spread.merge(np.repeat(np.arange(targets), split), targets), whole)
    batches = [ErrorCells.of_rows(**only(rows, part == i), size=targets, pivot=7.0) for i in range(split)]
    joined = batches[0]
    for batch in batches[1:]:
        joined = joined.joined(batch)
    assert_equal_cells(joined.merge(np.tile(np.arange(targets), split), targets), whole)


def test_one_target_may_go_to_several_groups():
    rows = some_rows(500, targets=3)
    cells = ErrorCells.of_rows(**rows, size=3)
    merged = cells.merge([0, 1, 1, 0], 3, take=[0, 0, 1, 2])
    for group, members in ((0, [0, 2]), (1, [0, 1])):
        kept = only(rows, np.isin(rows["target"], members))
        alone = ErrorCells.of_rows(**{**kept, "target": None})
        assert_equal_cells(merged.take([group]), alone)
    assert merged.counts[2].sum() == 0 and not (merged.target == 2).any()


def test_taking_targets_renumbers_them():
    cells = ErrorCells.of_rows([1.0, 2.0, 5.0], [0.0, 0.0, 0.0], target=[0, 1, 3])
    taken = cells.take([3, 0, 2])
    assert (len(taken), taken.of("abs_error").tolist()) == (3, [5.0, 1.0, 0.0])
    assert taken.target.tolist() == [0, 1] and taken.bin.tolist() == error_bin(np.array([5.0, 1.0])).tolist()


def test_cells_around_different_pivots_do_not_add_up():
    left, right = (ErrorCells.of_rows([1.0], [2.0], pivot=pivot) for pivot in (0.0, 1.0))
    with pytest.raises(ValueError, match="different pivots"):
        left.joined(right)


def test_error_bins_are_at_most_one_percent_wide_and_round():
    steps = np.diff(ERROR_EDGES) / ERROR_EDGES[:-1]
    assert steps.max() < 0.01 + 1e-12 and (steps > 0).all() and (ERROR_EDGES[0], ERROR_EDGES[-1]) == (1e-9, 1e12)
    assert np.isin([0.01, 0.15, 0.25, 1, 1.5, 15, 99, 120, 500, 1e6], ERROR_EDGES).all()


@settings(max_examples=200, deadline=None)
@given(arrays(float, 5, elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_an_error_lies_in_its_bin_and_bins_are_in_the_order_of_errors(errors):
    bins = error_bin(errors)
    low, high = bin_ends(bins)
    assert ((low <= errors) & (errors <= high)).all() and (np.abs(bins) <= LAST_BIN).all()
    order = np.argsort(errors)
    assert (np.diff(bins[order]) >= 0).all()


def test_folds_sum_up_to_the_cells():
    rows = some_rows(800, targets=2)
    cells = ErrorCells.of_rows(**rows, size=2)
    folds = ErrorFolds.of_rows(**rows, fold=np.arange(800) % 32, size=2)
    for name in ("abs_error", "abs_outcome", "ape", "smape", "width", "covered_weight", "weight"):
        np.testing.assert_allclose(folds.of(name).sum(axis=1), cells.of(name), rtol=1e-12)
    np.testing.assert_allclose(folds.of("sq_error").sum(axis=1), cells.squared_error, rtol=1e-12)
    np.testing.assert_array_equal(folds.of("rows").sum(axis=1), cells.of("rows"))
    np.testing.assert_allclose(folds.merge(np.zeros(2, int), 1).sums[0], folds.sums.sum(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(folds.merge(np.array([0]), 1, take=[1]).sums, folds.take([1]).sums)
    assert len(folds) == 2


def test_the_kernel_counts_a_batch_as_the_rows_say():
    rows = some_rows(400, targets=3)
    fold = np.arange(400) % 32
    cells, folds = count_errors(rows["target"], rows["prediction"], rows["outcome"], rows["weight"], fold, rows["low"],
                                rows["high"], 3, 2.0)
    assert_equal_cells(cells, ErrorCells.of_rows(**rows, size=3, pivot=2.0))
    np.testing.assert_array_equal(folds.sums, ErrorFolds.of_rows(**rows, fold=fold, size=3, pivot=2.0).sums)


def test_a_batch_without_folds_or_weights_or_intervals_is_counted():
    rows = ErrorRows.of([1.0, 2.0], [1.0, 4.0])
    cells, folds = count_rows(rows, np.array([0, 0]), None, 1)
    assert folds is None and cells.of("weight").tolist() == [2.0] and cells.of("bounded").tolist() == [0]


def test_an_empty_batch_has_empty_cells():
    nothing = np.empty(0)
    cells, folds = count_errors(nothing.astype(int), nothing, nothing, None, nothing.astype(int), None, None, 2, 0.0)
    assert cells.counts.sum() == 0 and folds.sums.sum() == 0 and len(cells) == 2
    assert (cells.counts.dtype, cells.bin_rows.dtype) == (np.int64, np.int64)
