"""What every metric of one feature must obey; a new one is held to it by being listed."""

import pickle

import numpy as np
import pytest

from spark_monitor.metrics import FEATURE_METRICS

BINS = {"numeric": [-1.0, 0.0, 0.5, 2.0], "discrete": [-1.0, 0.0, 1.0, 2.0], "categorical": ("a", "b", "c")}
CASES = [pytest.param(spec, kind, id=f"{spec.name}-{kind}") for spec in FEATURE_METRICS.values()
         for kind in spec.applies_to]
FIELDS = ("value", "ci_low", "ci_high", "error_bound", "sample_size")


def draw_rows(kind, seed, size):
    draw = np.random.default_rng(seed)
    if kind == "categorical":
        return list(draw.choice(np.array(["a", "b", "other1", "new", None], dtype=object), size))
    rows = draw.normal(0.5, 2, size) if kind == "numeric" else draw.choice([-1.0, 0.0, 1.0, 1.75, 5.0], size)
    rows = [float(number) for number in rows]
    strange = (None, np.nan, np.inf, -np.inf, 0.0, -0.0)
    return [strange[k % 6] if draw.random() < 0.2 else number for k, number in enumerate(rows)]


def facts_of(kind, **more):
    limits = None if kind == "categorical" else (-2.0, 2.5)
    return {"kind": kind, "bins": BINS[kind], "has_other": kind == "categorical", "limits": limits, **more}


def assert_equal(left, right):
    for name in FIELDS:
        a, b = getattr(left, name), getattr(right, name)
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=0, equal_nan=True, err_msg=name)


@pytest.fixture(params=["plain", "weighted"])
def block(request, of_rows):
    """Return the function that makes a block of a given kind from drawn columns of these sizes."""
    def make(kind, sizes, seed=0):
        columns = [draw_rows(kind, seed + k, size) for k, size in enumerate(sizes)]
        weights = [np.linspace(0.5, 3, size) for size in sizes] if request.param == "weighted" else None
        return of_rows(*columns, **facts_of(kind, weights=weights)), columns, weights

    return make


@pytest.mark.parametrize("spec, kind", CASES)
def test_a_block_equals_its_single_histograms(spec, kind, block):
    h, _, _ = block(kind, [50, 1, 7, 2, 300])
    whole = spec.compute(h)
    for k in range(len(h)):
        single = spec.compute(h.take([k]))
        assert single.reason == whole.reason
        for name in FIELDS:
            if getattr(whole, name) is not None:
                np.testing.assert_array_equal(getattr(single, name), getattr(whole, name)[k:k + 1], err_msg=name)


@pytest.mark.parametrize("spec, kind", CASES)
def test_merged_counts_give_what_the_rows_together_give(spec, kind, block, of_rows, merged):
    left, left_rows, left_weights = block(kind, [40, 3, 90], seed=10)
    right, right_rows, right_weights = block(kind, [25, 60, 1], seed=20)
    weights = left_weights and [np.concatenate(pair) for pair in zip(left_weights, right_weights)]
    together = of_rows(*[[*a, *b] for a, b in zip(left_rows, right_rows)], **facts_of(kind, weights=weights))
    assert_equal(spec.compute(merged(left, right)), spec.compute(together))


@pytest.mark.parametrize("spec, kind", CASES)
def test_a_value_is_in_its_declared_bounds_and_in_its_interval(spec, kind, block):
    h, _, _ = block(kind, [1, 2, 5, 40, 400])
    estimate = spec.compute(h)
    known = ~np.isnan(estimate.value)
    assert known.any()
    assert ((estimate.value[known] >= spec.lower) & (estimate.value[known] <= spec.upper)).all()
    assert (estimate.error_bound[known] >= 0).all()
    if estimate.ci_low is not None:
        stated = known & ~np.isnan(estimate.ci_low)
        inside = (estimate.ci_low <= estimate.value) & (estimate.value <= estimate.ci_high)
        assert stated.any() and inside[stated].all()
        assert estimate.ci_method and estimate.ci_level == 0.95
    if (spec.lower, spec.upper) == (0.0, 1.0):
        assert (estimate.ci_low[known] >= 0).all() and (estimate.ci_high[known] <= 1).all()


@pytest.mark.parametrize("spec, kind", CASES)
def test_no_rows_are_undefined_with_a_reason_and_never_zero(spec, kind, of_rows):
    estimate = spec.compute(of_rows([], [], **facts_of(kind)))
    for name in ("value", "ci_low", "ci_high", "error_bound"):
        assert getattr(estimate, name) is None or np.isnan(getattr(estimate, name)).all(), name
    assert estimate.reason
    assert (estimate.sample_size == 0).all()


@pytest.mark.parametrize("spec, kind", CASES)
def test_a_sample_size_is_never_weighted_nor_more_than_the_rows(spec, kind, block):
    h, columns, _ = block(kind, [1, 50])
    assert spec.compute(h).sample_size.dtype == np.int64
    assert (spec.compute(h).sample_size <= [len(column) for column in columns]).all()


@pytest.mark.parametrize("spec", [pytest.param(spec, id=spec.name) for spec in FEATURE_METRICS.values()])
def test_a_metric_can_travel_to_another_process(spec):
    assert pickle.loads(pickle.dumps(spec)).name == spec.name


@pytest.mark.parametrize("spec", [pytest.param(spec, id=spec.name) for spec in FEATURE_METRICS.values()])
def test_a_metric_states_its_formula_its_source_and_which_way_is_bad(spec):
    assert spec.formula and spec.source
    assert spec.direction in ("higher_is_worse", "lower_is_worse", "two_sided")
    assert spec.family in ("quality", "summary")
