"""Do frozen bins hold every row of the reference once, in about equal shares, and name nobody who is rare?"""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_monitor.cells.bins import Bins, freeze_categories, freeze_numbers, merge_evenly
from spark_monitor.cells.freeze import FROZEN, FreezeOptions, freezing, from_row, gathering, to_row
from spark_monitor.cells.kernel.codes import code_categories, code_numbers
from spark_monitor.cells.kernel.plain import strays
from spark_monitor.cells.render import alias, escape, name_hash
from spark_monitor.logs.features import FeatureSource

FLOATS = st.floats(width=32) | st.sampled_from([0.0, -0.0, 1.0, 2.0, float("nan"), float("inf")])
OPTIONS = FreezeOptions(count=10, coarse=5, categories=3, segment_values=2, min_cell=2, named=frozenset())


@given(st.lists(FLOATS, max_size=80), st.integers(2, 30), st.integers(2, 10))
def test_every_number_of_the_reference_is_in_one_bin_and_no_stranger(values, count, coarse):
    values = np.array(values, float)
    kind, edges, merged, pivot = freeze_numbers(values, count, coarse)
    bins = Bins("x", kind, edges=edges, coarse=merged, pivot=pivot)
    coded = code_numbers(pa.array(values), bins)
    finite = np.isfinite(values)
    assert (coded.cells[finite] < bins.size).all() and (coded.cells[~finite] >= bins.size).all()
    if kind == "discrete":
        assert not strays(coded.numbers, coded.cells, edges, np.zeros(len(values), int), 1).any()
    assert bins.size <= max(count, 1) and len(merged) == bins.size and (np.diff(edges) > 0).all()
    assert np.isfinite(pivot) and set(np.diff(merged)) <= {0, 1} and merged[:1].tolist() in ([0], [])


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=80))
def test_no_bin_of_the_reference_is_empty(values):
    kind, edges, _, _ = freeze_numbers(np.array(values), 10, 5)
    held = np.bincount(code_numbers(pa.array(values), Bins("x", kind, edges=edges)).cells, minlength=len(edges))
    assert (held > 0).all()


@given(st.randoms(use_true_random=False), st.lists(st.floats(allow_nan=False, width=32), min_size=1, max_size=50))
def test_the_order_of_the_sample_changes_no_bins(random, values):
    kind, edges, coarse, pivot = freeze_numbers(np.array(values), 10, 5)
    random.shuffle(values)
    again = freeze_numbers(np.array(values), 10, 5)
    assert (kind, edges.tolist(), coarse.tolist(), pivot) == (again[0], again[1].tolist(), again[2].tolist(), again[3])


def test_many_values_get_bins_of_equal_shares():
    values = np.random.default_rng(7).lognormal(size=20_000)
    kind, edges, coarse, pivot = freeze_numbers(values, 100, 10)
    held = pd.cut(values, [-np.inf, *edges, np.inf]).value_counts().to_numpy()
    assert kind == "numeric" and len(edges) == 99 and pivot == np.sort(values)[10_000]
    assert held.min() >= 199 and held.max() <= 201
    assert (abs(np.bincount(coarse, held) - 2_000) <= 1).all()


@pytest.mark.parametrize(("distinct", "repeats", "kind"),
                         [(100, 2, "discrete"), (101, 2, "numeric"), (50, 1, "numeric")])
def test_few_values_that_repeat_get_a_bin_each(distinct, repeats, kind):
    assert freeze_numbers(np.repeat(np.arange(distinct) * 1.5, repeats), 100, 10)[0] == kind


def test_a_value_that_fills_half_the_sample_fills_one_bin():
    values = np.concatenate([np.zeros(5_000), np.random.default_rng(7).random(5_000) + 1])
    _, edges, coarse, _ = freeze_numbers(values, 100, 10)
    held = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
    assert edges[0] == 0.0 and held[0] == 5_000 and (np.bincount(coarse, held)[1:] <= 1_100).all()


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=60).filter(any), st.integers(1, 12))
def test_merged_bins_are_neighbours_and_about_equal(held, wanted):
    held = np.array(held)
    merged = merge_evenly(held, wanted, wanted)
    assert merged[0] == 0 and set(np.diff(merged)) <= {0, 1} and merged.max() < max(wanted, 1)
    shares = np.bincount(merged, held) / held.sum()
    if len(held) > wanted:
        assert shares.max() <= 1 / wanted + held.max() / held.sum() + 1e-12


@given(st.dictionaries(st.text("ab(*\\", max_size=4), st.integers(1, 30), max_size=12), st.integers(1, 6),
       st.booleans())
def test_the_most_frequent_categories_are_named_and_no_rare_one(counts, most, sensitive):
    named, folded, folded_open = freeze_categories(list(counts), list(counts.values()), most, 10, sensitive)
    written = pd.DataFrame({"name": [alias(t) if sensitive else escape(t) for t in counts],
                            "rows": list(counts.values())})
    ranked = written.sort_values(["rows", "name"], ascending=[False, True]).head(most)
    assert list(named) == ranked[ranked["rows"] >= 10]["name"].tolist()
    assert folded == {name_hash(name) for name in written["name"] if name not in named} and not folded_open


@given(st.lists(st.sampled_from(["a", "b", "(null)", "*", "rare", None]), max_size=60))
def test_every_category_of_the_reference_is_in_a_bin(values):
    seen = pd.Series(values, dtype=object).value_counts()
    named, folded, folded_open = freeze_categories(list(seen.index), seen.tolist(), 2, 3)
    bins = Bins("x", "categorical", categories=named, folded=folded, folded_open=folded_open)
    cells = code_categories(pa.array([*values, "new"], pa.string()), bins).cells
    missing = np.array([value is None for value in [*values, "new"]])
    assert (cells[:-1][~missing[:-1]] < bins.size).all()
    assert cells[-1] == bins.size + 4 and (cells[missing] == bins.size).all()


def test_where_too_many_were_folded_an_unknown_category_counts_as_folded():
    names = [f"n{number}" for number in range(10_002)]
    named, folded, folded_open = freeze_categories(names, [1] * len(names), 5, 10)
    assert (named, len(folded), folded_open) == ((), 10_000, True)
    bins = Bins("x", "categorical", folded=folded, folded_open=folded_open)
    assert code_categories(pa.array(["n1", "never met"]), bins).cells.tolist() == [0, 0] and bins.size == 1


def _source(feature, kind, data_type, **facts):
    return FeatureSource(feature, "drift", (feature,), kind, data_type, **facts)


SOURCES = [_source("price", "numeric", "number", low=0.0), _source("city", "categorical", "text"),
           _source("note", "categorical", "text"), _source("never", "categorical", "text"),
           _source("void", "numeric", "number"),
           _source("who", "categorical", "text", sensitive=True), _source("flag", "categorical", "boolean"),
           FeatureSource("confidence", "prediction", ("score",), "numeric", "number")]


def _frozen(sizes):
    rows = 40
    columns = {"price": pa.array([Decimal(i) / 4 for i in range(rows)], pa.decimal128(6, 2)),
               "city": pa.array((["Rome"] * 3 + ["Ulm"] * 3 + ["Pau", None]) * 5), "who": pa.array(["ann", "bob"] * 20),
               "note": pa.array([f"note {row}" for row in range(rows)]),
               "never": pa.nulls(rows, pa.string()), "void": pa.nulls(rows, pa.float64()),
               "flag": pa.array([True, False, None, True] * 10), "score": pa.array(np.linspace(0, 1, rows))}
    batch = pa.record_batch(columns)
    names = {name: name for source in SOURCES for name in source.columns}
    how = SOURCES, names, [("city",), ("city", "flag")], OPTIONS
    batches = [batch.slice(start, sizes) for start in range(0, rows, sizes)]
    gathered = pa.Table.from_batches(gathering(*how)(batches))
    gathered = gathered.sort_by([("family", "ascending"), ("feature", "ascending")])
    table = pa.Table.from_batches(freezing(*how)(gathered.to_batches()))
    assert table.schema == FROZEN
    return {(row["family"], row["feature"]): row for row in table.to_pylist()}


@pytest.fixture(scope="module")
def frozen():
    return _frozen(40)


def test_the_batches_of_the_sample_change_nothing(frozen):
    assert _frozen(7) == frozen


def test_each_feature_is_frozen_by_its_kind(frozen):
    kinds = {key: row["kind"] for key, row in frozen.items() if key[0] in ("drift", "prediction")}
    numeric, categorical = ("price", "void"), ("city", "never", "who", "flag")
    assert kinds == {("drift", name): "numeric" for name in numeric} | {
        ("drift", name): "categorical" for name in categorical} | {("prediction", "confidence"): "numeric"}
    assert frozen["drift", "city"]["categories"] == ["Rome", "Ulm", "Pau"]
    assert frozen["drift", "flag"]["categories"] == ["true", "false"] and frozen["drift", "price"]["range_low"] == 0.0
    assert frozen["drift", "who"]["categories"] == sorted(map(alias, ["ann", "bob"]))


def test_texts_that_are_nearly_all_distinct_are_left_out_and_say_why(frozen):
    assert frozen["left_out", "note"]["reason"] == "mostly_distinct"


def test_segments_keep_their_most_frequent_values_ties_by_name(frozen):
    assert frozen["segment", "city"]["categories"] == ["Rome", "Ulm"]
    pairs = pd.Series([f"{city or '(null)'} × {flag}" for city, flag in zip(
        (["Rome"] * 3 + ["Ulm"] * 3 + ["Pau", None]) * 5, ["true", "false", "(null)", "true"] * 10)]).value_counts()
    ranked = sorted(pairs.index, key=lambda text: (-pairs[text], text))
    assert frozen["segment", "city × flag"]["categories"] == ranked[:2]


@pytest.mark.parametrize("name", ["never", "void"])
def test_a_feature_without_a_value_in_the_reference_has_bins_that_fit_together(frozen, name):
    bins = from_row(frozen["drift", name])
    assert len(bins.coarse) == bins.size == (name == "void")


def test_frozen_bins_come_back_from_their_row(frozen):
    for key, row in frozen.items():
        if key[0] in ("drift", "prediction"):
            bins = from_row(row)
            assert bins.bins_id == row["bins_id"] and to_row(bins, row["sample_rows"]) == row


def test_bins_are_named_by_all_that_decides_where_a_row_falls():
    bins = Bins("x", "numeric", edges=np.array([1.0]), coarse=np.arange(2))
    changed = [{"edges": np.array([1.0 + 2**-52])}, {"coarse": np.zeros(2, int)}, {"pivot": 1.0}, {"low": 0.0},
               {"kind": "discrete"}, {"folded": frozenset([1])}, {"categories": ("a",)}, {"folded_open": True}]
    ids = {replace(bins, **change).bins_id for change in changed}
    assert len(ids | {bins.bins_id}) == len(changed) + 1
    assert replace(bins, feature="y").bins_id == bins.bins_id
