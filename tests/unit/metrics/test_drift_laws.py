"""What every drift statistic must obey; a new one is held to it by being listed. Broken ones must be caught."""

from dataclasses import fields, replace

import numpy as np
import pytest

from spark_monitor.metrics.drift import DRIFT_STATISTICS
from spark_monitor.metrics.histogram import Histograms
from spark_monitor.metrics.spec import Estimate

BINS = {
    "numeric": [-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 9.0],
    "discrete": [-1.0, 0.0, 1.0, 2.0, 9.0],
    "categorical": list("abcd"),
}
# A row that falls into a cell where no other is: beyond the last edge, on a value nobody has, a new category.
NEW_ROW = {"numeric": 9.5, "discrete": 9.0, "categorical": "new"}
SIZES = [(40, 70), (300, 900), (2, 3), (1000, 50)]


def draw_rows(kind, seed, size, shift=0.0):
    draw = np.random.default_rng(seed)
    if kind == "categorical":
        shares = np.array([4, 3, 2, 1]) + 3 * shift * np.arange(4)
        rows = list(draw.choice(np.array(BINS[kind]), size, p=shares / shares.sum()))
        strange = (None,)
    elif kind == "discrete":
        rows, strange = list(draw.choice([-1.0, 0.0, 1.0, 2.0], size) + draw.choice([0.0, shift], size)), (None, np.nan)
    else:
        rows, strange = list(draw.normal(shift, 1, size)), (None, np.nan, np.inf, -np.inf)
    return [strange[k % len(strange)] if k % 11 == 10 else row for k, row in enumerate(rows)]


def drawn_pair(kind, of_rows):
    """Return two blocks of a few histograms each, of many and of few rows, shifted and not."""
    current = [draw_rows(kind, k, n, shift=k / 2) for k, (n, _) in enumerate(SIZES)]
    reference = [draw_rows(kind, 10 + k, m) for k, (_, m) in enumerate(SIZES)]
    return of_rows(*current, kind=kind, bins=BINS[kind]), of_rows(*reference, kind=kind, bins=BINS[kind])


def filled_pair(kind, of_rows):
    """Return two blocks of one histogram in which no cell is empty on one side alone."""
    new = [NEW_ROW[kind], *BINS[kind]]
    rows = [draw_rows(kind, 5, 500, shift=0.2) + new, draw_rows(kind, 6, 700) + new]
    return tuple(of_rows(side, kind=kind, bins=BINS[kind]) for side in rows)


def times(h, factor):
    """Return the histograms of each row taken `factor` times."""
    counted = ("counts", "nulls", "nans", "pos_inf", "neg_inf", "zeros", "unseen", "out_of_range", "m2")
    return replace(h, **{name: getattr(h, name) * factor for name in counted})


def value(spec, current, reference):
    return spec.compute(current, reference).value


def assert_same(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12, equal_nan=True)


def assert_same_estimate(one, other):
    for part in fields(Estimate):
        a, b = getattr(one, part.name), getattr(other, part.name)
        assert (a is None) == (b is None), part.name
        if isinstance(a, np.ndarray):
            np.testing.assert_allclose(a, b, rtol=1e-9 if part.name == "p_value" else 1e-12, atol=1e-12, equal_nan=True)


def law_zero_against_itself(spec, kind, of_rows, merged):
    for h in drawn_pair(kind, of_rows):
        estimate = spec.compute(h, h)
        assert not spec.zero_on_self or np.all(estimate.value == 0)
        assert estimate.p_value is None or np.all(np.isnan(estimate.p_value) | (estimate.p_value > 0.99))


def law_within_declared_bounds(spec, kind, of_rows, merged):
    current, reference = drawn_pair(kind, of_rows)
    apart = [of_rows([edge] * 5, kind=kind, bins=BINS[kind]) for edge in (BINS[kind][0], BINS[kind][-1])]
    for sides in ((current, reference), (reference, current), apart):
        found = value(spec, *sides)
        assert np.all(np.isnan(found) | ((found >= spec.lower) & (found <= spec.upper)))
    assert np.all(np.isfinite(value(spec, current, reference)))


def law_symmetric_as_declared(spec, kind, of_rows, merged):
    current, reference = drawn_pair(kind, of_rows)
    there, back = value(spec, current, reference), value(spec, reference, current)
    if spec.symmetric:
        assert_same(there, back)
    else:
        assert np.abs(there - back).max() > 1e-3


def law_sees_shape_not_volume(spec, kind, of_rows, merged):
    current, reference = filled_pair(kind, of_rows)
    found, both = value(spec, current, reference), value(spec, times(current, 10), times(reference, 10))
    assert_same(both, found * (10 if spec.volume == "rows" else 1))
    if spec.volume == "none":
        assert_same(value(spec, times(current, 10), reference), found)
        assert_same(value(spec, current, times(reference, 10)), found)


def law_one_stray_row_in_a_thousand_is_no_alarm(spec, kind, of_rows, merged):
    reference = of_rows(draw_rows(kind, 3, 10_000), kind=kind, bins=BINS[kind])
    few = draw_rows(kind, 4, 999)
    small = of_rows(few, kind=kind, bins=BINS[kind])
    stray = of_rows([*few, NEW_ROW[kind]], kind=kind, bins=BINS[kind])
    for against in (reference, small):
        assert spec.alarm_level is None or abs(value(spec, stray, against)[0]) < spec.alarm_level


def law_a_new_cell_is_finite_and_never_dropped(spec, kind, of_rows, merged):
    old = draw_rows(kind, 3, 200)
    reference = of_rows(old, kind=kind, bins=BINS[kind])
    new = of_rows(old + [NEW_ROW[kind]] * 60, kind=kind, bins=BINS[kind])
    for sides in ((new, reference), (reference, new)):
        found = value(spec, *sides)[0]
        assert np.isfinite(found)
        assert abs(found) > 1e-3


def law_an_empty_side_is_undefined(spec, kind, of_rows, merged):
    some, empty = (of_rows(rows, kind=kind, bins=BINS[kind]) for rows in (draw_rows(kind, 3, 50), []))
    for sides in ((some, empty), (empty, some), (empty, empty)):
        estimate = spec.compute(*sides)
        for part in (estimate.value, estimate.p_value, estimate.expected, estimate.error_bound):
            assert part is None or np.isnan(part[0])


def law_bin_order_matters_only_if_declared(spec, kind, of_rows, merged):
    current, reference = drawn_pair(kind, of_rows)
    order = np.random.default_rng(1).permutation(current.counts.shape[1])
    mixed = [replace(h, counts=h.counts[:, order]) for h in (current, reference)]
    if not spec.ordered:
        assert_same(value(spec, *mixed), value(spec, current, reference))


def law_merge_then_compute_is_compute_on_the_union(spec, kind, of_rows, merged):
    parts = [[draw_rows(kind, seed, size, shift) for seed, size in ((1, 30), (2, 80), (3, 1))] for shift in (0, 0.5)]
    sides, unions = [], []
    for part in parts:
        first, second, third = (of_rows(rows, kind=kind, bins=BINS[kind]) for rows in part)
        sides.append(merged(third, merged(first, second)))
        unions.append(of_rows(sum(part, []), kind=kind, bins=BINS[kind]))
    assert_same_estimate(spec.compute(*sides), spec.compute(*unions))


def law_a_block_is_its_single_histograms(spec, kind, of_rows, merged):
    current, reference = drawn_pair(kind, of_rows)
    whole = spec.compute(current, reference)
    for k in range(len(current)):
        single = spec.compute(current.take([k]), reference.take([k]))
        picked = {part.name: getattr(whole, part.name)[[k]] for part in fields(Estimate)
                  if isinstance(getattr(whole, part.name), np.ndarray)}
        assert_same_estimate(single, replace(whole, **picked))


def law_chances_are_chances(spec, kind, of_rows, merged):
    estimate = spec.compute(*drawn_pair(kind, of_rows))
    assert estimate.p_value is None or np.all((estimate.p_value >= 0) & (estimate.p_value <= 1))
    assert np.all(estimate.expected >= 0)
    assert estimate.error_bound is None or np.all(estimate.error_bound >= 0)


LAWS = [
    law_zero_against_itself,
    law_within_declared_bounds,
    law_symmetric_as_declared,
    law_sees_shape_not_volume,
    law_one_stray_row_in_a_thousand_is_no_alarm,
    law_a_new_cell_is_finite_and_never_dropped,
    law_an_empty_side_is_undefined,
    law_bin_order_matters_only_if_declared,
    law_merge_then_compute_is_compute_on_the_union,
    law_a_block_is_its_single_histograms,
    law_chances_are_chances,
]
MEMBERS = [pytest.param(spec, kind, id=f"{spec.name}-{kind}") for spec in DRIFT_STATISTICS.values()
           for kind in spec.applies_to]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("spec, kind", MEMBERS)
def test_every_statistic_obeys(law, spec, kind, of_rows, merged):
    law(spec, kind, of_rows, merged)


def broken_psi(shares_of_side, keep):
    """Return a PSI that takes its shares and its cells as told."""
    def compute(current, reference):
        a, b = (h.cells("coarse") for h in (current, reference))
        p, q = shares_of_side(a), shares_of_side(b)
        kept = keep(a, b)
        with np.errstate(all="ignore"):
            value = np.where(kept, (p - q) * np.log(p / q), 0.0).sum(axis=-1)
        return Estimate(value, expected=np.zeros(len(value)))

    return replace(DRIFT_STATISTICS["psi"], compute=compute)


def rows_as_they_are(side):
    return side


def proportions(side):
    return side / np.maximum(side.sum(axis=-1, keepdims=True), 1)


def filled_on_both(a, b):
    return (a > 0) & (b > 0)


def filled_on_either(a, b):
    return (a > 0) | (b > 0)


@pytest.mark.parametrize("shares, keep, law", [
    pytest.param(rows_as_they_are, filled_on_both, law_sees_shape_not_volume, id="raw counts"),
    pytest.param(rows_as_they_are, filled_on_both, law_one_stray_row_in_a_thousand_is_no_alarm, id="raw counts, stray"),
    pytest.param(proportions, filled_on_either, law_a_new_cell_is_finite_and_never_dropped, id="no smoothing"),
    pytest.param(proportions, filled_on_both, law_an_empty_side_is_undefined, id="nought for an empty side"),
])
def test_a_broken_psi_is_caught(shares, keep, law, of_rows, merged):
    with pytest.raises(AssertionError):
        law(broken_psi(shares, keep), "categorical", of_rows, merged)


def test_a_psi_that_drops_new_categories_is_caught(of_rows, merged):
    def compute(current, reference):
        known = [replace(h, unseen=np.zeros_like(h.unseen)) for h in (current, reference)]
        return DRIFT_STATISTICS["psi"].compute(*known)

    with pytest.raises(AssertionError):
        law_a_new_cell_is_finite_and_never_dropped(replace(DRIFT_STATISTICS["psi"], compute=compute), "categorical",
                                                   of_rows, merged)


def test_the_order_of_bins_is_seen_by_those_that_say_so():
    edges = np.array([1.0, 2.0, 3.0])
    ends = {"edges": edges, "minimum": [0.0], "maximum": [4.0]}
    reference, near, far = (Histograms.of_counts([counts], **ends)
                            for counts in ([10, 0, 0, 0], [0, 10, 0, 0], [0, 0, 0, 10]))
    moved, psi = DRIFT_STATISTICS["wasserstein"], DRIFT_STATISTICS["psi"]
    assert value(moved, near, reference) < value(moved, far, reference)
    assert value(psi, near, reference) == value(psi, far, reference)
