"""Are labelled rows whose outcomes contradict each other counted as a slow loop counts them, for every task?"""

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.class_feed import _counting as counting_classes
from spark_monitor.cells.class_feed import _merging as merging_classes
from spark_monitor.cells.class_feed import class_features
from spark_monitor.cells.error_arrow import ERROR_SCHEMA
from spark_monitor.cells.error_feed import _counting as counting_errors
from spark_monitor.cells.error_feed import _merging as merging_errors
from spark_monitor.cells.kernel.class_scores import ClassPlan
from spark_monitor.cells.kernel.error_counter import ErrorPlan
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.kernel.scores import ScorePlan
from spark_monitor.cells.score_arrow import SCORE_SCHEMA
from spark_monitor.cells.score_feed import _counting as counting_scores
from spark_monitor.cells.score_feed import _merging as merging_scores
from spark_monitor.cells.stream import UNIT

DAY = 86_400_000_000
BOUNDS = DAY * np.arange(4)
EDGES = np.array([0.25, 0.5, 0.75])
SEGMENTS = (SegmentPlan(None), SegmentPlan("city", ("city",), ("Rome",)))
COMMON = {"versioned": True, "contested": True}
LABELS = (("0",), ("1",), ("2",))
FEATURES = class_features(("a", "b", "c"), LABELS, [Bins("score", "numeric", edges=EDGES)] * 3)
OUTCOMES = {"binary": [0, 1, 2, None], "multiclass": [0, 1, 2, 3, None], "regression": [0.5, 3.0, float("inf"), None]}
LABELLED = {"binary": {0, 1}, "multiclass": {0, 1, 2}, "regression": {0.5, 3.0}}


def pass_over(task, plan_with):
    """Return the counting and the merging function of a task, and the schema of its cells."""
    if task == "regression":
        plan = ErrorPlan(BOUNDS, SEGMENTS, **plan_with)
        return counting_errors(plan, "b"), merging_errors(0.0), ERROR_SCHEMA
    if task == "binary":
        plan = ScorePlan(BOUNDS, SEGMENTS, EDGES, (frozenset("0"), frozenset("1")), coded=True, **plan_with)
        return counting_scores(plan, "score", "b"), merging_scores(len(EDGES)), SCORE_SCHEMA
    plan = ClassPlan(BOUNDS, SEGMENTS, tuple(map(frozenset, LABELS)), (EDGES,) * 3, (("s0",), ("s1",), ("s2",)),
                     coded=True, **plan_with)
    return counting_classes(plan, FEATURES), merging_classes(plan, FEATURES), SCORE_SCHEMA


def draw(task, rows=600):
    random = np.random.default_rng(3)
    outcome = random.choice(np.array(OUTCOMES[task], object), rows).tolist()
    score = random.random(rows)
    decision = score.tolist() if task == "regression" else random.choice(["0", "1"], rows)
    # A prediction that is missing takes nothing from its outcome.
    decision = [None if hidden else said for said, hidden in zip(decision, random.random(rows) < 0.1)]
    time = random.integers(-DAY, 4 * DAY, rows)
    return pa.RecordBatch.from_pydict({
        "t": time, "v": random.choice(["1", "2"], rows), "city": random.choice(["Rome", "Ulm"], rows),
        "d": decision, "y": outcome, "known": [None if y is None else int(t) for y, t in zip(outcome, time)],
        "s": score, "s0": score, "s1": 1 - score, "s2": np.zeros(rows),
        "conflict": pa.array(random.choice(np.array([True, False, None], object), rows).tolist(), pa.bool_())})


def counted(task, tasks, plan_with=COMMON):
    """Return whole cells of lists of batches, each list counted by itself."""
    count, merge, schema = pass_over(task, plan_with)
    partial = pa.Table.from_batches([part for batches in tasks for part in count(batches)], schema)
    order = [(name, "ascending") for name in (*UNIT, "model_version", "slice")]
    together = partial.take(pc.sort_indices(partial, order)).combine_chunks()
    return pa.Table.from_batches(merge(together.to_batches()), schema)


def found(cells):
    """Return {(slice, version, segment value): conflicts} of the rows that say so."""
    rows = cells.set_column(0, "slice", cells["slice"].cast(pa.int64())).to_pylist()
    return {(row["slice"] // DAY, row["model_version"], row["segment_value"]): row["conflicts"] for row in rows
            if row["conflicts"] is not None}


@pytest.mark.parametrize("task", OUTCOMES)
def test_a_slow_count_finds_the_same_rows(task):
    batch, slow = draw(task), Counter()
    for row in batch.to_pylist():
        if 0 <= row["t"] < 3 * DAY:
            for value in (None, row["city"] if row["city"] == "Rome" else "(other)"):
                slow[row["t"] // DAY, row["v"], value] += bool(row["conflict"]) and row["y"] in LABELLED[task]
    assert found(counted(task, [[batch.slice(0, 250)], [batch.slice(250, 100), batch.slice(350)]])) == slow
    assert found(counted(task, [[batch]])) == slow and 0 < sum(slow.values()) < batch.num_rows


def test_of_several_classes_only_the_rows_of_all_together_say_how_many():
    cells = counted("multiclass", [[draw("multiclass")]])
    said = {feature: set() for feature in FEATURES}
    for row in cells.to_pylist():
        said[row["feature"]].add(row["conflicts"] is None)
    assert said == {feature: {feature != "(classes)"} for feature in FEATURES}


@pytest.mark.parametrize("task", OUTCOMES)
def test_a_log_that_does_not_tell_has_no_number(task):
    batch = draw(task)
    cells = counted(task, [[batch.slice(0, 300)], [batch.slice(300)]], {"versioned": True})
    assert cells["conflicts"].null_count == cells.num_rows > 0
