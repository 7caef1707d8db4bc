"""Do outcomes that come late, twice, out of order and in pieces give the numbers of all of them at once?"""

import deltalake
import numpy as np
import pyarrow as pa
import pytest
from equality import assert_equal_tables, is_unique, read_table
from small_log import AS_OF, WEEK_US, WEEKS, append, moment, week_rows, week_start, wish
from small_outcomes import configure_with_outcomes, deliver, outcomes_of

from spark_monitor.tables.results import KEY
from spark_monitor.tables.store import TABLES
from spark_monitor.windows import to_micros

LATER = wish(as_of=AS_OF + 30 * 86_400_000_000)


@pytest.fixture(scope="module")
def at_once(monitor, six_weeks, tmp_path_factory):
    """Return the results of one run over all outcomes."""
    folder = tmp_path_factory.mktemp("at_once")
    deliver(folder / "outcomes", outcomes_of())
    monitor(configure_with_outcomes(six_weeks, folder / "outcomes", folder / "results"), LATER)
    return folder / "results"


def test_score_cells_are_read_without_spark_and_have_a_comment_on_every_column(at_once):
    found, rows = deltalake.DeltaTable(f"{at_once}/score_cells"), read_table(at_once, "score_cells")
    comments = {field.name: field.metadata.get("comment") for field in found.schema().fields}
    assert comments == {column: comment for column, _, comment in TABLES["score_cells"].columns}
    assert found.protocol().min_reader_version == 1 and is_unique(rows, TABLES["score_cells"].key)
    assert found.to_pyarrow_table().num_rows == rows.num_rows > 0


def truth():
    """Return decision, score and last known outcome (None where there is none) of every prediction, by hand."""
    rows = pa.concat_tables([week_rows(number) for number in range(WEEKS)]).to_pylist()
    last = {}
    for row in outcomes_of().to_pylist():
        if row["ref"] not in last or row["known"] > last[row["ref"]][0]:
            last[row["ref"]] = row["known"], row["said"]
    return [(row, last.get(row["id"], (None, None))[1]) for row in rows]


def contradicted():
    """Return the keys that two outcomes of different words were delivered of, by hand."""
    words = {}
    for row in outcomes_of().to_pylist():
        words.setdefault(row["ref"], set()).add(row["said"])
    return {key for key, said in words.items() if len(said) > 1}


def overall(results, metric, grain="week", family="performance"):
    """Return the rows of a metric of all rows and versions, by the beginning of the window."""
    rows = read_table(results, "metrics").to_pylist()
    return {to_micros(row["window_start"]): row for row in rows if row["metric"] == metric and row["segment"] is None
            and row["model_version"] == "*" and row["grain"] == grain and row["family"] == family}


def test_numbers_are_those_of_a_hand_count(at_once):
    pairs, torn = truth(), contradicted()
    for number in range(WEEKS):
        mine = [(row, said) for row, said in pairs
                if week_start(number) <= to_micros(row["at"]) < week_start(number + 1)]
        known = [(row, said) for row, said in mine if said is not None]
        right = [row for row, said in known if row["decision"] == said]
        found = overall(at_once, "accuracy")[week_start(number)]
        assert (found["labelled_rows"], found["sample_size"]) == (len(known), len(known))
        assert found["value"] == pytest.approx(len(right) / len(known), rel=1e-12)
        assert overall(at_once, "labelled_share")[week_start(number)]["value"] == pytest.approx(
            len(known) / len(mine), rel=1e-12)
        torn_rows = sum(row["id"] in torn for row, _ in known)
        rate = overall(at_once, "outcome_conflict_rate", family="quality")[week_start(number)]
        assert rate["value"] == pytest.approx(torn_rows / len(known), rel=1e-12) and 0 < torn_rows < len(known)
        counts = {(d, y): sum(row["decision"] == d and said == y for row, said in known)
                  for d in ("no", "yes") for y in ("no", "yes")}
        assert overall(at_once, "true_positives")[week_start(number)]["value"] == counts["yes", "yes"]
        assert overall(at_once, "false_negatives")[week_start(number)]["value"] == counts["no", "yes"]


def touched_weeks(before, after):
    """Return the windows in which a row of metrics is new or of a higher revision."""
    old, new = ({tuple(row[name] for name in KEY): row["revision"]
                 for row in rows.select([*KEY, "revision"]).to_pylist()} for rows in (before, after))
    place = [KEY.index(name) for name in ("grain", "window_start")]
    return {(key[place[0]], to_micros(key[place[1]])) for key, revision in new.items() if old.get(key) != revision}


def test_outcomes_in_pieces_restate_their_windows_and_end_in_the_same_tables(monitor, six_weeks, at_once, tmp_path):
    log, results = tmp_path / "outcomes", tmp_path / "results"
    rows = outcomes_of()
    order = np.random.default_rng(8).permutation(rows.num_rows)
    week = (rows["known"].cast(pa.int64()).to_numpy() - week_start(0)) // WEEK_US
    late = order[np.isin(order, np.flatnonzero(week == 3)[::2])]
    rest = order[~np.isin(order, late)]
    config = configure_with_outcomes(six_weeks, log, results)
    deliver(log, rows.take(pa.array(rest)))
    monitor(config, LATER)
    before = read_table(results, "metrics")
    deliver(log, rows.take(pa.array(late)))
    run = monitor(config, LATER).run
    # Outcomes known in the fourth week are of predictions of that week and of the end of the third.
    ids = {row["ref"] for row in rows.take(pa.array(late)).to_pylist()}
    made = sum(row["id"] in ids for row, _ in truth())
    assert (run["outcomes_changed"], run["predictions_touched"], run["outcomes_orphaned"]) == (len(ids), made, 0)
    weeks = {number for number in range(WEEKS) if ids & set(week_rows(number)["id"].to_pylist())}
    months = {moment(2024, 1 if number < 4 else 2, 1) for number in weeks}
    assert touched_weeks(before, read_table(results, "metrics")) == (
        {("week", week_start(number)) for number in weeks} | {("month", start) for start in months})
    assert_equal_tables(results, at_once)


def test_a_window_whose_outcomes_are_to_come_is_immature_and_ripens_by_time_alone(monitor, six_weeks, tmp_path):
    results = tmp_path / "results"
    deliver(tmp_path / "outcomes", outcomes_of())
    config = configure_with_outcomes(six_weeks, tmp_path / "outcomes", results)
    monitor(config, wish(as_of=AS_OF))
    last = week_start(WEEKS - 1)
    young = overall(results, "accuracy")[last]
    assert young["status"] == "immature" and young["reason"] == "outcomes_to_come" and young["value"] is not None
    assert young["maturity"] < 0.995 < overall(results, "accuracy")[week_start(3)]["maturity"]
    summary = monitor(config, LATER)
    assert "week/" + "2024-02-05T00:00:00Z" in summary.run["restated"]
    ripe = overall(results, "accuracy")[last]
    known = [said for row, said in truth() if said is not None and to_micros(row["at"]) >= last]
    assert (ripe["status"], ripe["labelled_rows"]) == ("ok", len(known)) and young["labelled_rows"] < len(known)


def test_positives_only_and_a_key_scored_every_day_are_counted_as_by_hand(monitor, tmp_path):
    days = 20
    at = [moment(2024, 1, 1) + day * 86_400_000_000 + hour * 3_600_000_000 for day in range(days) for hour in range(10)]
    key = [hour for _ in range(days) for hour in range(10)]
    score = np.random.default_rng(2).random(len(at))
    append(tmp_path / "log", pa.table({"id": key, "at": pa.array(at).cast(pa.timestamp("us", "UTC")), "score": score,
                                       "decision": score > 0.5}))
    # Keys 0 to 4 turn bad at noon of the 8th; 5 at noon of the 18th.
    bad = [moment(2024, 1, 8, 12)] * 5 + [moment(2024, 1, 18, 12)]
    deliver(tmp_path / "outcomes", pa.table({"id": ["0", "1", "2", "3", "4", "5"], "bad": [True] * 6,
                                             "known": pa.array(bad).cast(pa.timestamp("us", "UTC"))}))
    text = """
model: small
predictions: {{table: {log}, id: id, time: at, score: score, prediction: decision, features: [score], duplicates: off}}
outcomes: {{table: {outcomes}, id: id, outcome: bad, time: known, absent: {{negative_after: 3d}}, horizon: 3d}}
windows: {{grain: day}}
references: [{{name: before, start: 2024-01-05, end: 2024-01-09}}]
metrics: {{overall: [row_count, base_rate, labelled_share]}}
min_maturity: 0
results: {results}
"""
    config = configure_with_outcomes(tmp_path / "log", tmp_path / "outcomes", tmp_path / "results", text)
    as_of = moment(2024, 1, 21)
    monitor(config, wish(as_of=as_of))
    for day in range(days):
        mine = [(t, k) for t, k in zip(at, key) if t // 86_400_000_000 == at[day * 10] // 86_400_000_000]
        positive = [k < 6 and t <= bad[k] <= t + 3 * 86_400_000_000 for t, k in mine]
        known = [hit or t + 3 * 86_400_000_000 <= as_of for hit, (t, _) in zip(positive, mine)]
        start = moment(2024, 1, 1) + day * 86_400_000_000
        share = overall(tmp_path / "results", "labelled_share", "day")[start]["value"]
        assert share == pytest.approx(sum(known) / 10, rel=1e-12)
        found = overall(tmp_path / "results", "base_rate", "day")[start]
        expected = sum(positive) / sum(known) if any(known) else None
        assert found["value"] == (expected if expected is None else pytest.approx(expected, rel=1e-12)), found
