"""Does the kernel count what a slow loop over the raw rows counts, one row at a time?"""

import math
from collections import Counter as Tally

import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.block import CellBlock
from spark_monitor.cells.kernel.counter import Counter, confidence
from spark_monitor.cells.kernel.plan import CountPlan, FeaturePlan, SegmentPlan
from spark_monitor.cells.render import alias, name_hash

SPECIALS = ("null", "nan", "+inf", "-inf", "unseen")
ESCAPED = {None: "(null)", "(null)": "\\(null)", "*": "\\*", "(other)": "\\(other)", "\\(null)": "\\\\(null)"}
# Inside a crossing's value every backslash and every separator has a backslash before it.
CROSSED = ESCAPED | {"a × b": "a\\ × b", "back\\slash": "back\\\\slash", "\\(null)": "\\\\\\(null)"}


def slow_value(row, feature):
    if feature.bins.feature == "confidence":
        return None if row["yes"] is None or row["no"] is None else max(row["yes"], row["no"])
    value = row[feature.columns[0]]
    if value is not None and feature.bins.kind == "categorical":
        text = {True: "true", False: "false"}.get(value, value)
        return alias(text) if feature.bins.sensitive else ESCAPED.get(text, text)
    return value if value is None else float(value)


def slow_cell(value, bins):
    """The name of the cell, or the place of the bin, that a value falls into."""
    if value is None:
        return "null"
    if bins.kind == "categorical":
        if value in bins.categories:
            return bins.categories.index(value)
        return bins.size - 1 if name_hash(value) in bins.folded else "unseen"
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "+inf" if value > 0 else "-inf"
    return min(sum(edge < value for edge in bins.edges), bins.size - 1)


def slow_facts(values, weights, bins):
    cells = [slow_cell(value, bins) for value in values]
    order = [*range(bins.size), *SPECIALS]
    numbers = [] if bins.kind == "categorical" else [v for v in values if v is not None and math.isfinite(v)]
    mean = math.fsum(numbers) / len(numbers) if numbers else math.nan
    m2 = math.fsum((x - mean) ** 2 for x in numbers) if numbers else math.nan
    low = -math.inf if bins.low is None else bins.low
    high = math.inf if bins.high is None else bins.high
    unseen = Tally(value for value, cell in zip(values, cells) if cell == "unseen")
    smallest = sorted(unseen, key=name_hash)[:20]
    return {
        "mass": [cells.count(cell) for cell in order],
        "weights": [math.fsum(w for w, c in zip(weights, cells) if c == cell) for cell in order],
        "weight_squares": math.fsum(w * w for w in weights), "zeros": sum(x == 0 for x in numbers),
        "out_of_range": sum(not low <= x <= high for x in numbers),
        "strays": sum(x not in bins.edges for x in numbers) if bins.kind == "discrete" else 0,
        "minimum": min(numbers, default=math.nan), "maximum": max(numbers, default=math.nan), "mean": mean, "m2": m2,
        "unseen": {name_hash(name): (name, unseen[name]) for name in smallest}}


def slow_segment(row, segment):
    if segment.name is None:
        return None
    texts = [{True: "true", False: "false"}.get(row[name], row[name]) for name in segment.columns]
    rendered = " × ".join((CROSSED if len(texts) > 1 else ESCAPED).get(text, text) for text in texts)
    return rendered if rendered in segment.values else "(other)"


def slow_count(rows, plan):
    """Return {key: facts} of every feature, slice, version and segment value, by grouping rows in a dictionary."""
    spans = [span for span, wanted in zip(zip(plan.slice_bounds, plan.slice_bounds[1:]), plan.wanted) if wanted]
    groups = {}
    for row in rows:
        start = next((int(low) for low, high in spans if low <= row["t"] < high), None)
        for segment in plan.segments if start is not None else ():
            version = ESCAPED.get(row["v"], row["v"])
            groups.setdefault((start, version, segment.name, slow_segment(row, segment)), []).append(row)
    found = {}
    for key, members in groups.items():
        placed = [row for row in members if not row["q"]]
        for feature in plan.features:
            bins, own = feature.bins, placed
            if bins.family == "rows":
                own, values = members, [None if row["q"] else float(row["t"]) for row in members]
            else:
                values = [None if feature.failure else slow_value(row, feature) for row in own]
            if own:
                found[(*key, bins.family, bins.feature)] = slow_facts(values, [row["w"] for row in own], bins)
    return found


@pytest.fixture(scope="module")
def truth(salted_log, plan):
    return slow_count(salted_log.to_pylist(), plan)


@pytest.fixture(scope="module")
def counted(salted_log, count):
    return count(salted_log)


def test_every_group_with_rows_has_its_cells_and_no_other(counted, truth):
    assert counted.keys() == truth.keys()


@pytest.mark.parametrize("fact", ["mass", "zeros", "out_of_range", "strays", "unseen"])
def test_counts_are_exact(counted, truth, fact):
    assert {key: facts[fact] for key, facts in counted.items()} == {key: facts[fact] for key, facts in truth.items()}


@pytest.mark.parametrize("fact", ["minimum", "maximum"])
def test_extremes_are_exact_to_the_bit(counted, truth, fact):
    for key, facts in truth.items():
        assert (counted[key][fact] + 0.0).hex() == (facts[fact] + 0.0).hex(), key
        assert math.copysign(1, counted[key][fact]) == 1 or facts[fact] != 0, "zero has no sign"


@pytest.mark.parametrize("fact", ["mean", "m2", "weights", "weight_squares"])
def test_moments_and_weights_are_exact_to_rounding(counted, truth, fact):
    for key, facts in truth.items():
        # One part in 1e12 of the numbers' own size: a mean or a deviation may cancel to nothing.
        size = max(abs(facts["minimum"]), abs(facts["maximum"])) if math.isfinite(facts["minimum"]) else 1.0
        slack = 1e-12 * (size**2 if fact == "m2" else size)
        assert counted[key][fact] == pytest.approx(facts[fact], rel=1e-12, abs=slack, nan_ok=True), key


def test_a_constant_has_itself_as_mean_and_no_deviation(counted):
    constant = np.float32(0.1).item()
    same = [facts for key, facts in counted.items() if key[-1] == "same"]
    assert {(facts["mean"], facts["m2"], facts["minimum"]) for facts in same} == {(constant, 0.0, constant)}


def test_a_large_offset_costs_no_digits_of_the_deviation(count, salted_log):
    values = 1e9 + np.random.default_rng(5).normal(size=300)
    log = salted_log.slice(0, 300).set_column(0, "t", pa.array([1_500_000] * 300))
    log = log.set_column(1, "q", pa.array([False] * 300))
    log = log.set_column(log.schema.get_field_index("same"), "same", pa.array(values))
    versions = np.array([ESCAPED.get(version, version) for version in log.column("v").to_pylist()])
    found = {key[1]: facts for key, facts in count(log).items() if key[2] is None and key[-1] == "same"}
    for version, facts in found.items():
        mine = values[versions == version] - 1e9
        assert facts["m2"] == pytest.approx(mine.var() * len(mine), rel=1e-12)
        assert facts["mean"] - 1e9 == pytest.approx(mine.mean(), abs=2e-7)


def test_rows_outside_the_slices_leave_no_trace(count, salted_log):
    outside = salted_log.set_column(0, "t", pa.array([5_000_000] * salted_log.num_rows))
    assert count(outside, salted_log.slice(0, 0)) == {}


def test_a_log_of_quarantined_rows_has_rows_and_nothing_else(count, salted_log):
    quarantined = salted_log.set_column(1, "q", pa.array([True] * salted_log.num_rows))
    found = count(quarantined)
    assert {key[-1] for key in found} == {"(rows)"}
    assert all(facts["mass"][0] == 0 and facts["mass"][1] > 0 for facts in found.values())


def test_a_feature_that_failed_is_marked_as_missing_everywhere(counted, truth):
    gone = {key: facts["mass"] for key, facts in counted.items() if key[-1] == "gone"}
    assert gone and all(mass[0] == mass[1] == 0 and mass[2] == sum(mass) for mass in gone.values())


def test_no_name_of_a_sensitive_feature_is_in_any_cell(counted):
    secret = [facts["unseen"] for key, facts in counted.items() if key[-1] == "secret"]
    names = {name for unseen in secret for name, _ in unseen.values()}
    assert names and all(name.startswith("#") and len(name) == 17 for name in names)
    assert max(map(len, secret)) == 20


def test_confidence_is_the_largest_probability():
    yes, no = pa.array([0.2, 0.9, None, math.nan]), pa.array([0.8, 0.1, 0.5, 0.5])
    assert confidence([yes, no]).to_pylist()[:3] == [0.8, 0.9, None]
    assert confidence([yes]).to_pylist()[:3] == [0.8, 0.9, None]
    assert math.isnan(confidence([yes, no])[3].as_py())


@pytest.mark.parametrize("compiled", [False, True])
def test_confidence_of_one_score_is_how_far_it_is_from_half(compiled):
    bins = Bins("confidence", "numeric", family="prediction", edges=np.array([0.7, 0.85]))
    plan = CountPlan(np.array([0, 10]), (SegmentPlan(None),), (FeaturePlan(bins, ("s",)),), compiled=compiled)
    counter = Counter(plan)
    counter.count(pa.record_batch({"t": pa.array([1, 2, 3, 4]), "q": pa.array([False] * 4),
                                   "s": pa.array([0.2, 0.9, 0.4, None])}))
    (*_, block), = counter.blocks()
    assert block.mass[0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert (block.minimum[0], block.maximum[0]) == (0.6, 0.9)


def test_numbers_too_large_for_a_mean_leave_it_undefined():
    parts = CellBlock.empty(2, 1)
    parts.mass[:, 0], parts.minimum[:], parts.maximum[:] = 2, -1.7e308, 1.7e308
    parts.mean[:], parts.m2[:] = [np.inf, 0.0], np.inf
    merged = parts.merge(np.zeros(2, np.int64), 1)
    assert np.isnan(merged.mean[0]) and merged.minimum[0] == -1.7e308 and merged.finite[0] == 4


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_small_numbers_of_one_segment_keep_their_digits_beside_huge_ones_of_another(compiled, weighted):
    small = [0.0, 0.25, 1.5, -3.0, None]
    bins = Bins("x", "numeric", edges=np.array([1.0]))
    plan = CountPlan(np.array([0, 10]), (SegmentPlan("s", ("s",), ("big", "small")),), (FeaturePlan(bins, ("x",)),),
                     compiled=compiled, weighted=weighted)
    counter = Counter(plan)
    for _ in range(2):
        counter.count(pa.record_batch({
            "t": pa.array([1] * 25), "q": pa.array([False] * 25), "w": pa.array([1.0] * 25),
            "s": pa.array(["big"] * 20 + ["small"] * 5), "x": pa.array([1e16, 1e16 + 2] * 10 + small)}))
    ((_, _, keys, places, block),) = counter.blocks()
    own = [keys[place][2] for place in places].index("small")
    assert (block.mean[own], block.m2[own]) == pytest.approx((-0.3125, 2 * 10.921875), rel=1e-14)
    assert block.mean[1 - own] == pytest.approx(1e16 + 1, rel=1e-15)
