"""Do metric rows give verdict rows, the same whether windows are judged at once or one after the other?"""

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spark_monitor.metrics.drift.psi import population_stability_index
from spark_monitor.metrics.histogram import Histograms
from spark_monitor.results.habits import HABIT_SCHEMA
from spark_monitor.rules.defaults import DRIFT
from spark_monitor.rules.habit.rows import judge_habits
from spark_monitor.rules.judge import VERDICT_SCHEMA
from spark_monitor.windows import to_micros

FIRST = dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)
DAY = dt.timedelta(days=1)
NO_VERDICTS = VERDICT_SCHEMA.empty_table().select(["fingerprint", "memory"])
KNOWN = pa.Table.from_pylist(
    [{"segment": segment, "segment_value": value, "family": "drift", "feature": feature, "spans": 20,
      "distance": 1e-4, "noise": 1e-8} for feature in "abc" for segment, value in ((None, None), ("site", "x"))],
    HABIT_SCHEMA)


def metrics(days, moved=(), rows=4000, status="ok", seed=1):
    """Return psi of three features, overall and in a segment, of some days.

    `moved` are the (day, feature) whose first cell has gone to the second.
    """
    random, out = np.random.default_rng(seed), []
    reference = Histograms.of_counts([[20_000] * 5], kind="categorical")
    for day in days:
        for feature in "abc":
            for segment, value in ((None, None), ("site", "x")):
                counts = random.multinomial(rows, np.full(5, 0.2))
                if (day, feature) in moved:
                    counts[1], counts[0] = counts[1] + counts[0], 0
                now = Histograms.of_counts([counts], kind="categorical")
                found = population_stability_index(now, reference)
                out.append({
                    "model": "m", "model_version": "*", "grain": "day", "window_start": FIRST + day * DAY,
                    "window_end": FIRST + (day + 1) * DAY, "segment": segment, "segment_value": value,
                    "feature": feature, "family": "drift", "metric": "psi", "reference": "training",
                    "value": found.value[0] if status == "ok" else None, "sample_size": rows,
                    "effective_size": float(rows), "reference_value": None, "reference_size": 100_000,
                    "expected_value": found.expected[0], "p_value": found.p_value[0], "status": status})
    return pa.Table.from_pylist(out)


def judged(table, before=NO_VERDICTS, known=KNOWN, span=None, rule=DRIFT):
    return judge_habits(table, [rule], "day", "training", before, lambda: known, span)


def said(verdicts, *columns):
    return [tuple(row[name] for name in columns) for row in verdicts.to_pylist()]


def test_a_moved_feature_is_critical_everywhere_and_the_others_are_ok():
    found = judged(metrics([0], moved={(0, "b")}))
    assert found.schema == VERDICT_SCHEMA
    assert said(found, "feature", "segment", "verdict", "severity") == [
        ("a", None, "ok", None), ("a", "site", "ok", None), ("b", None, "critical", "critical"),
        ("b", "site", "ok", None), ("c", None, "ok", None), ("c", "site", "ok", None)]
    assert said(found, "reason")[2:4] == [(None,), ("found_overall",)]
    one = found.to_pylist()[2]
    assert one["q_value"] < 0.05 < found.to_pylist()[0]["q_value"]
    assert one["effect"] > one["bound"] > 0.25 and one["habit"] > 0


def test_windows_judged_in_two_runs_give_the_verdicts_of_one_run():
    moved = {(3, "b"), (4, "b"), (6, "c")}
    whole = judged(metrics(range(8), moved))
    every = metrics(range(8), moved)
    cut = to_micros(FIRST + 4 * DAY)
    is_early = pc.less(every["window_start"].cast(pa.int64()), cut)
    early = judged(every.filter(is_early))
    newest = pc.equal(early["window_start"].cast(pa.int64()), to_micros(FIRST + 3 * DAY))
    late = judged(every.filter(pc.invert(is_early)), early.filter(newest))
    order = [("window_start", "ascending"), ("fingerprint", "ascending")]
    both = pa.concat_tables([early, late]).sort_by(order)
    assert both.equals(whole.sort_by(order))


def test_rows_may_come_in_any_order():
    table = metrics(range(3), {(1, "a")})
    shuffled = table.take(pa.array(np.random.default_rng(0).permutation(table.num_rows)))
    order = [("window_start", "ascending"), ("fingerprint", "ascending")]
    assert judged(shuffled).sort_by(order).equals(judged(table).sort_by(order))


def test_windows_without_a_number_or_with_few_rows_are_not_judged_and_hand_the_memory_on():
    first = judged(metrics([0]))
    for table, reason in ((metrics([1], status="undefined"), "undefined"), (metrics([1], rows=20), "too_few_rows")):
        found = judged(table, first)
        assert {row[:2] for row in said(found, "verdict", "reason")} == {("not_judged", reason)}
        assert found["memory"].to_pylist() == first["memory"].to_pylist()


def test_a_window_in_the_reference_teaches_nothing():
    span = tuple(to_micros(FIRST + day * DAY) for day in (0, 1))
    table = metrics([0, 1])
    memory = [row["memory"][2] for row in judged(table, span=span).to_pylist()]
    assert memory == [19.0] * 6 + [20.0] * 6


def test_without_anything_known_the_verdict_says_that_the_habit_is_borrowed():
    found = judged(metrics([0], moved={(0, "b")}), known=HABIT_SCHEMA.empty_table())
    assert {reason for (reason,) in said(found, "reason")} == {"habit_borrowed"}


def test_a_rule_on_some_features_judges_those_alone():
    found = judged(metrics([0]), rule=replace(DRIFT, feature=("a",), segment=("overall",)))
    assert said(found, "feature", "segment") == [("a", None)]
    assert judged(metrics([0]), rule=replace(DRIFT, feature=("z",))).num_rows == 0


@pytest.mark.parametrize("rows", [100, 1000, 10_000])
def test_of_sixty_windows_of_one_unchanging_process_hardly_more_than_one_in_twenty_has_a_breach(rows):
    found = judged(metrics(range(60), rows=rows, seed=rows)).filter(pc.field("severity").is_valid())
    assert len(set(found["window_start"].to_pylist())) <= 3 + 3 * np.sqrt(3)


def test_after_a_gap_a_feature_begins_with_the_reference_in_one_run_as_in_two():
    gap = [row for row in metrics(range(4)).to_pylist()
           if not (row["feature"] == "b" and row["window_start"] == FIRST + 2 * DAY)]
    whole = judged(pa.Table.from_pylist(gap))
    early = judged(pa.Table.from_pylist([row for row in gap if row["window_start"] < FIRST + 3 * DAY]))
    newest = pa.Table.from_pylist([row for row in early.to_pylist() if row["window_start"] == FIRST + 2 * DAY],
                                  VERDICT_SCHEMA)
    late = judged(pa.Table.from_pylist([row for row in gap if row["window_start"] == FIRST + 3 * DAY]), newest)
    last = [row for row in whole.to_pylist() if row["window_start"] == FIRST + 3 * DAY]
    assert sorted(map(str, last)) == sorted(map(str, late.to_pylist()))
    assert {row["feature"]: row["memory"][2] for row in last} == {"a": 23.0, "b": 20.0, "c": 23.0}
