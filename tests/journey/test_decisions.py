"""Does a model that becomes worse for good get a proposal to retrain it, and what becomes of it? Six rows a day."""

import json
import shutil

import deltalake
import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from equality import is_unique, read_table
from small_log import DAY_US, append, moment, wish
from small_outcomes import configure_with_outcomes, deliver

from spark_monitor.cli import main
from spark_monitor.tables.store import TABLES
from spark_monitor.windows import to_micros

START, DAYS, PER_DAY = moment(2024, 1, 1), 10, 6
# Days on which every decision is wrong. Right are all others, those of the reference (three days) among them.
WRONG = (7, 8, 9)
CONFIG = """
model: tiny
predictions: {{table: {log}, id: id, time: at, version: version, prediction: decision, features: [size]}}
outcomes: {{table: {outcomes}, id: id, outcome: bad, time: known}}
references: [{{name: launch, start: 2024-01-01, end: 2024-01-04}}]
metrics: {{overall: [row_count, accuracy], segments: none, crossings: none}}
min_maturity: 0
rules: [{{name: wrong, metric: accuracy, critical: 0.5}}]
policies:
  - {{name: worse, when: performance_loss, metric: accuracy, margin: 0.3, windows: 2, of: 3, training: 5d}}
  - {{name: old, when: age, after: 30d}}
reviews: {{due: 3d}}
results: {results}
"""
AS_OF = START + DAYS * DAY_US


def predictions(days=range(DAYS), version="1"):
    rows = [(f"{day}-{number}", START + day * DAY_US + number * 3_600_000_000, number % 2 == 1)
            for day in days for number in range(PER_DAY)]
    ids, times, decisions = zip(*rows)
    return pa.table({"id": ids, "at": pa.array(times).cast(pa.timestamp("us", "UTC")), "version": [version] * len(ids),
                     "decision": decisions, "size": np.arange(len(ids), dtype=float)})


def outcomes(rows, wrong=WRONG, hours=1):
    """Return an outcome for each prediction, known hours after it, against its decision on some days."""
    at = rows["at"].cast(pa.int64()).to_numpy()
    is_wrong = np.isin((at - START) // DAY_US, wrong)
    known = pa.array(at + hours * 3_600_000_000).cast(pa.timestamp("us", "UTC"))
    return pa.table({"id": rows["id"], "bad": rows["decision"].to_numpy() ^ is_wrong, "known": known})


def configured(folder):
    return configure_with_outcomes(folder / "log", folder / "outcomes", folder / "results", CONFIG)


@pytest.fixture(scope="module")
def undisturbed(monitor, tmp_path_factory):
    """Return the folder of a log of ten days, with all outcomes, and of the results of one run; and its summary."""
    folder = tmp_path_factory.mktemp("tiny")
    append(folder / "log", predictions())
    deliver(folder / "outcomes", outcomes(predictions()))
    return folder, monitor(configured(folder), as_of(DAYS))


@pytest.fixture
def tiny(undisturbed, tmp_path):
    """Return the configuration of a copy of that folder, which the test may change."""
    shutil.copytree(undisturbed[0], tmp_path, dirs_exist_ok=True)
    return configured(tmp_path)


def day_of(moment):
    return None if moment is None else (to_micros(moment) - START) // DAY_US


def story(results, policy="worse"):
    rows = read_table(results, "decisions").sort_by("sequence").to_pylist()
    return [(day_of(row["window_start"]), row["decision"], row["status"]) for row in rows if row["policy"] == policy]


def said(results, without=("run_id", "recorded_at")):
    rows = read_table(results, "decisions").drop_columns(list(without))
    return sorted(rows.to_pylist(), key=lambda row: (row["decision_id"], row["sequence"]))


def as_of(days, **more):
    return wish(as_of=START + days * DAY_US, **more)


def test_a_proposal_rests_on_the_windows_and_alerts_that_it_names(undisturbed):
    folder, summary = undisturbed
    results = folder / "results"
    assert story(results) == [(0, "keep", "done"), (8, "retrain", "proposed")]
    assert story(results, "old") == [(0, "keep", "done")]
    [row] = [row for row in summary.decisions if row["decision"] == "retrain"]
    found = json.loads(row["evidence"])
    assert [(one["start"], one["speaks"], one["value"]) for one in found["windows"]] == [
        ("2024-01-07T00:00:00Z", False, 1.0), ("2024-01-08T00:00:00Z", True, 0.0), ("2024-01-09T00:00:00Z", True, 0.0)]
    opened = {alert["fingerprint"] for alert in summary.alerts}
    assert found["alerts"] == sorted(opened) and len(opened) == 1
    assert (row["training_start"], row["training_end"], row["training_rows"]) == (
        START + 4 * DAY_US, START + 9 * DAY_US, 5 * PER_DAY)
    assert (row["model_version_before"], row["grain"]) == ("1", "day")
    assert {(one["kind"], one["subject"]) for one in summary.reviews} == {
        ("retrain", row["decision_id"]), ("no_owner", "tiny")}


def test_run_twice_is_run_once_and_a_second_backfill_says_the_same(monitor, tiny):
    before = said(tiny.results), read_table(tiny.results, "reviews").num_rows
    monitor(tiny, as_of(DAYS))
    monitor(tiny, as_of(DAYS, again=True))
    assert (said(tiny.results), read_table(tiny.results, "reviews").num_rows) == before


def standing_words(results):
    """Return what the log says in the end of each decision and window that isn't withdrawn."""
    last = {(row["decision_id"], row["window_start"]): row for row in said(results)}
    return {key: {name: value for name, value in row.items() if name != "sequence"} for key, row in last.items()
            if row["status"] != "withdrawn"}


def test_days_run_shuffled_say_what_days_in_order_say(monitor, tiny, tmp_path):
    shuffled = tiny.model_copy(update={"results": str(tmp_path / "shuffled")})
    for first, after in ((8, 9), (2, 5)):
        monitor(shuffled, as_of(DAYS, start=START + first * DAY_US, end=START + after * DAY_US))
    monitor(shuffled, as_of(DAYS))
    assert standing_words(shuffled.results) == standing_words(tiny.results)
    grown = tiny.model_copy(update={"results": str(tmp_path / "grown")})
    for days in (8, DAYS):
        monitor(grown, as_of(days))
    assert standing_words(grown.results) == standing_words(tiny.results)
    models = [read_table(results, "models").drop_columns(["run_id", "recorded_at"]).to_pylist()
              for results in (tiny.results, shuffled.results, grown.results)]
    assert models[0] == models[1] == models[2]
    [row] = models[0]
    assert (row["row_count"], row["labelled_rows"], row["window_rows"]) == (60, 60, [PER_DAY] * DAYS)
    assert (day_of(row["first_window_start"]), day_of(row["last_window_start"]), row["task"]) == (0, 9, "binary")


def test_a_table_of_models_that_is_not_there_is_made_of_all_windows(monitor, tiny):
    before = read_table(tiny.results, "models").drop_columns(["run_id", "recorded_at"])
    shutil.rmtree(f"{tiny.results}/models")
    monitor(tiny, as_of(DAYS, start=START, end=START + DAY_US, again=True))
    assert read_table(tiny.results, "models").drop_columns(["run_id", "recorded_at"]).equals(before)


def test_a_restated_window_takes_the_ground_away_and_its_review_with_it(monitor, tiny, tmp_path):
    # Outcomes known later count: the days were right after all.
    right = predictions((8, 9))
    deliver(tmp_path / "outcomes", outcomes(right, wrong=(), hours=2))
    summary = monitor(tiny, as_of(DAYS))
    assert story(tiny.results)[2:] == [(8, "retrain", "withdrawn")]
    assert [row["decision"] for row in summary.decisions] == ["keep", "keep"]
    states = {row["kind"]: row["state"] for row in read_table(tiny.results, "reviews").sort_by("sequence").to_pylist()}
    assert states == {"no_owner": "waiting", "retrain": "withdrawn"}


def ask(*arguments):
    told = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told.stdout


def test_what_people_say_stands_in_order_and_the_next_windows_begin_anew(monitor, tiny, tmp_path):
    file = tmp_path / "tiny.yml"
    file.write_text(CONFIG.format(log=tmp_path / "log", outcomes=tmp_path / "outcomes", results=tiny.results))
    [name] = {row["decision_id"] for row in said(tiny.results) if row["decision"] == "retrain"}
    spoken = ("-c", str(file), "--who", "eve", "--why", "it is worse")
    assert f"{name[:12]}  proposed  retrain of version 1 by policy worse" in ask("decisions", "list", "-c", str(file))
    ask("decisions", "approve", name[:8], *spoken)
    ask("decisions", "done", name[:8], "--version", "2", *spoken)
    review = [row for row in read_table(tiny.results, "reviews").to_pylist() if row["state"] == "waiting"
              and row["kind"] == "no_owner"]
    ask("reviews", "decide", review[0]["review_id"], "--decision", "only a test", *spoken)
    assert ask("reviews", "list", "-c", str(file)) == "no reviews of tiny\n"
    append(tmp_path / "log", predictions((10, 11), version="2"))
    deliver(tmp_path / "outcomes", outcomes(predictions((10, 11)), wrong=(11,)))
    summary = monitor(tiny, as_of(DAYS + 2))
    assert story(tiny.results) == [(0, "keep", "done"), (8, "retrain", "proposed"), (9, "retrain", "approved"),
                                   (9, "retrain", "done"), (10, "keep", "done")]
    rows = read_table(tiny.results, "decisions")
    assert is_unique(rows, TABLES["decisions"].key)
    assert [row["model_version_after"] for row in said(tiny.results) if row["who"]] == [None, "2"]
    assert summary.reviews == []
    versions = read_table(tiny.results, "models").sort_by("model_version").to_pylist()
    assert [(row["model_version"], row["row_count"], day_of(row["first_window_start"])) for row in versions] == [
        ("1", 60, 0), ("2", 12, 10)]


def test_what_nobody_judges_ages_even_where_no_window_is_due(monitor, tiny):
    assert monitor(tiny, as_of(DAYS, start=START, end=START + DAY_US)).run["windows"] == []
    late = monitor(tiny, wish(as_of=AS_OF + 4 * DAY_US, start=START, end=START + DAY_US))
    assert late.run["windows"] == [] and {row["state"] for row in late.reviews} == {"aged"}
    assert {row["decision"] for row in late.decisions} == {"keep", "retrain"}


def test_without_policies_nothing_is_decided(monitor, tiny):
    shutil.rmtree(f"{tiny.results}/decisions")
    plain = tiny.model_copy(update={"policies": ()})
    assert monitor(plain, as_of(DAYS, start=START, end=START + DAY_US, again=True)).decisions == []
    assert not deltalake.DeltaTable.is_deltatable(f"{tiny.results}/decisions")


def test_a_table_of_decisions_is_read_without_spark_and_has_a_comment_on_every_column(undisturbed):
    found = deltalake.DeltaTable(f"{undisturbed[0]}/results/decisions")
    comments = {field.name: field.metadata.get("comment") for field in found.schema().fields}
    assert comments == {column: comment for column, _, comment in TABLES["decisions"].columns}
    assert found.protocol().min_reader_version == 1
