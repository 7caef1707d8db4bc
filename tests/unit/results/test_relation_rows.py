"""Do the rows by feature say, from raw rows, on which values a model is wrong and where outcomes changed?"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from labelled_log import DAY, FIRST, SCOPES, TRAINING, counted, frame, one, pick, window
from scipy import stats

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.kernel.plan import FeaturePlan
from spark_monitor.cells.kernel.relations import RelationPlan
from spark_monitor.cells.relation_arrow import RELATION_SCHEMA
from spark_monitor.cells.relation_feed import _counting
from spark_monitor.cells.stream import UNIT
from spark_monitor.metrics.relation.by_feature import feature_relation_shift, feature_wander
from spark_monitor.metrics.relation.relation_cells import RelationCells
from spark_monitor.metrics.selection import Selection
from spark_monitor.results.relation import evaluate_relations
from spark_monitor.results.request import EvaluationRequest, RelationRequest, ScoreRequest

X = Bins("x", "numeric", edges=np.arange(1, 8) / 8, coarse=np.arange(8))
PLANE = Bins("plane", "categorical", categories=("A", "B", "C"), coarse=np.arange(3))
BINS = {"x": X, "plane": PLANE}
WINDOWS = {"week": (window(0, 7), window(7, 7)), "day": tuple(window(day) for day in range(3))}


def drawn(rows, days, seed, turned=None, worse=None):
    """Return rows whose outcome depends on x; `turned` planes do the opposite, scores of `worse` ones are random."""
    random = np.random.default_rng(seed)
    x, plane = random.random(rows), random.choice(["A", "B", "C"], rows, p=[0.5, 0.3, 0.2])
    chance = np.where(plane == turned, 0.8 - 0.6 * x, 0.2 + 0.6 * x)
    score = np.where(plane == worse, random.choice([0.05, 0.95], rows), 0.2 + 0.6 * x)
    outcome = np.where(random.random(rows) < 0.1, -1, random.random(rows) < chance).astype(int)
    found = frame(random.choice(days, rows), score, score > 0.5, outcome, version=random.choice(["1", "2"], rows))
    return found.assign(x=x, plane=np.where(random.random(rows) < 0.04, None, plane))


def relations(rows, reference=None, features=BINS):
    """Return the relation cells of rows, with the name of the reference that they are of."""
    plans = tuple(FeaturePlan(features[name], (name,)) for name in features)
    plan = RelationPlan(FIRST + DAY * np.arange(-400, 400), plans, "binary", (frozenset("0"), frozenset("1")), versioned=True)
    batch = pa.table({
        "t": pa.array(rows["t"]), "q": pa.array(np.zeros(len(rows), bool)), "v": pa.array(rows["v"], pa.string()),
        "s": pa.array(rows["s"], pa.float64()), "x": pa.array(rows["x"]), "plane": pa.array(rows["plane"], pa.string()),
        "y": pa.array(rows["y"].astype(str).where(rows["y"] != -1, None), pa.string())}).combine_chunks()
    cells = pa.Table.from_batches(_counting(plan)(batch.to_batches()), RELATION_SCHEMA)
    return cells.append_column("reference", pa.array([reference] * len(cells), pa.string()))


def published(now, before, as_of=300, features=BINS, selection=Selection(everything=True)):
    """Return the rows of family "relation" of two logs."""
    order = [(name, "ascending") for name in (*UNIT, "reference", "slice", "model_version")]

    def tables(*parts):
        table = pa.concat_tables(parts)
        return table.take(pc.sort_indices(table, order)).combine_chunks()

    scores = tables(counted(now), counted(before, "training"))
    scores = scores.filter(pc.is_null(scores["segment"]))
    cells = tables(relations(now, features=features), relations(before, "training", features))
    by_feature = [cells.filter(pc.equal(cells["feature"], name)) for name in sorted(features)]
    request = EvaluationRequest(
        "m", "run", 5, {("drift", name): bins for name, bins in BINS.items()}, {}, WINDOWS, (TRAINING,),
        dict.fromkeys(SCOPES, selection),
        ScoreRequest("b1", 199, np.zeros(201, np.int64), 0.99, FIRST + as_of * DAY, "day", "UTC", "training"),
        RelationRequest(("plane", "x"), 2))
    batches = list(evaluate_relations([scores, *by_feature], request))
    return pa.Table.from_batches(batches).to_pandas() if batches else pd.DataFrame()


def losses(rows):
    known = rows[rows["y"] >= 0]
    p = np.where(known["y"] == 1, known["s"], 1 - known["s"])
    cells = {"plane": known["plane"].fillna("(null)"), "x": np.minimum((known["x"] * 8).astype(int), 7)}
    return -np.log(p), known["y"].to_numpy(), cells


@pytest.fixture(scope="module")
def before():
    return drawn(16_000, range(-28, 0), seed=1)


@pytest.fixture(scope="module")
def worse_on_b(before):
    now = drawn(6_000, range(7), seed=2, worse="B")
    return now, published(now, before)


def test_the_worst_slice_is_the_one_that_was_planted_and_its_test_is_scipys(worse_on_b, before):
    now, rows = worse_on_b
    loss, _, cells = losses(now)
    tests = {(name, cell): stats.ttest_ind(loss[of == cell], loss[of != cell], equal_var=False, alternative="greater")
             for name, of in cells.items() for cell in np.unique(of) if (of == cell).sum() >= 30}
    q = dict(zip(tests, stats.false_discovery_control([test.pvalue for test in tests.values()])))
    b = (cells["plane"] == "B").to_numpy()
    effect, ratio = (one(rows, grain="week", day=0, feature="plane", metric=name)
                     for name in ("worst_slice_effect", "worst_slice_loss_ratio"))
    assert (effect["status"], effect["reason"], ratio["reason"]) == ("ok", "B", "B")
    assert effect["value"] == pytest.approx(
        np.sqrt(2) * (loss[b].mean() - loss[~b].mean()) / np.sqrt(loss[b].var(ddof=1) + loss[~b].var(ddof=1)), rel=1e-9)
    assert effect["value"] > 0.4 and effect["p_value"] == pytest.approx(q["plane", "B"], rel=1e-6, abs=1e-12)
    assert effect["sample_size"] == b.sum() and effect["labelled_rows"] == len(loss)
    assert ratio["value"] == pytest.approx(loss[b].mean() / loss[~b].mean(), rel=1e-9)
    assert ratio["ci_low"] < ratio["value"] < ratio["ci_high"] and ratio["ci_method"] == "log_normal_simultaneous"
    then, _, were = losses(before)
    b = (were["plane"] == "B").to_numpy()
    assert ratio["reference_value"] == pytest.approx(then[b].mean() / then[~b].mean(), rel=1e-9)
    x = one(rows, grain="week", day=0, feature="x", metric="worst_slice_effect")
    assert x["p_value"] > 0.05 or x["value"] < 0.4


def test_a_value_that_turns_is_found_by_its_own_feature_with_a_corrected_p_value(before):
    now = drawn(6_000, range(7), seed=3, turned="A")
    rows = published(now, before)
    p = {}
    for name, width in (("plane", 8), ("x", 8)):
        (_, y, cells), (_, z, others) = losses(now), losses(before)
        places = {cell: place for place, cell in enumerate(("A", "B", "C", "(null)"))}
        coded = [of.map(places).to_numpy() if name == "plane" else np.asarray(of) for of in (cells[name], others[name])]
        known = before[before["y"] >= 0]
        week = ((known["day"] + 28) // 7).to_numpy()
        spans = RelationCells.of_rows(coded[1], z, np.zeros(len(z)), width, target=week, size=4)
        wander = feature_wander(spans, np.zeros(4, int), 1)
        shift = feature_relation_shift(RelationCells.of_rows(coded[0], y, np.zeros(len(y)), width),
                                       RelationCells.of_rows(coded[1], z, np.zeros(len(z)), width), wander)
        found = one(rows, grain="week", day=0, feature=name, metric="feature_relation_shift")
        assert found["value"] == pytest.approx(shift.value[0], rel=1e-9)
        assert (found["sample_size"], found["reference_size"]) == (len(y), len(z))
        assert (found["reference"], found["reference_id"]) == (TRAINING.name, TRAINING.reference_id)
        p[name] = found["p_value"], shift.p_value[0]
    np.testing.assert_allclose([q for q, _ in p.values()],
                               stats.false_discovery_control([raw for _, raw in p.values()]), rtol=1e-9)
    assert p["x"][0] < 0.01


def test_nothing_is_found_where_nothing_changed(before):
    fired = []
    for seed in range(20, 25):
        rows = published(drawn(3_000, range(7), seed), before, selection=Selection(names=frozenset(
            {"feature_relation_shift", "worst_slice_effect"})))
        week = pick(rows, grain="week", day=0)
        shift, worst = (week[week["metric"] == name] for name in ("feature_relation_shift", "worst_slice_effect"))
        fired.append((shift["p_value"] < 0.05).any() or ((worst["p_value"] < 0.05) & (worst["value"] > 0.4)).any())
    assert sum(fired) <= 1


def test_versions_have_rows_of_their_own_and_empty_windows_say_so(worse_on_b):
    now, rows = worse_on_b
    known = now[now["y"] >= 0]
    for version in ("1", "2"):
        row = one(rows, grain="day", day=1, feature="x", metric="feature_relation_shift", model_version=version)
        assert row["sample_size"] == ((known["v"] == version) & (known["day"] == 1)).sum()
    empty = pick(rows, grain="week", day=7)
    assert len(empty) == 6 and set(empty["status"]) == {"undefined"} and set(empty["reason"]) == {"no_rows"}
    assert not rows.duplicated(["grain", "window_start", "model_version", "feature", "metric"]).any()


def test_young_outcomes_hold_rows_back(before):
    now = drawn(6_000, range(2), seed=5, worse="B")
    now.loc[now["day"] == 1, "y"] = -1
    rows = published(now, before, as_of=1.2)
    assert set(pick(rows, grain="day", day=0, metric="worst_slice_effect")["status"]) == {"ok"}
    unlabelled = pick(rows, grain="day", day=1)
    assert set(unlabelled["status"]) == {"undefined"} and set(unlabelled["reason"]) == {"no_outcomes"}
    young = published(drawn(3_000, [0], seed=6), before, as_of=0.5)
    assert {"immature"} == set(pick(young, grain="day", day=0, feature="x")["status"])


def test_a_feature_that_was_not_counted_and_a_reference_without_outcomes_say_so(before):
    now = drawn(3_000, range(7), seed=7)
    alone = pick(published(now, before, features={"x": X}), grain="week", day=0, feature="plane")
    assert set(alone["reason"]) == {"not_counted"}
    rows = pick(published(now, before.assign(y=-1)), grain="week", day=0, feature="x")
    assert set(rows[rows["metric"] == "feature_relation_shift"]["reason"]) == {"no_reference"}
    assert set(rows[rows["metric"] == "worst_slice_effect"]["status"]) == {"ok"}
