"""Does a run that reads what the last one handed on know, and do, what a run does that reads all tables?"""

from dataclasses import replace

import numpy as np
import pytest
from equality import assert_equal_tables, read_table
from small_log import DAY_US, append, configure, make_rows, moment, week_rows, week_start, wish
from small_outcomes import CONFIG as WITH_OUTCOMES
from small_outcomes import deliver, outcomes_of

from spark_monitor.config.loader import load_config_text
from spark_monitor.logs.changes import changes_since
from spark_monitor.logs.names import sql_name
from spark_monitor.logs.survey import survey
from spark_monitor.pipeline import Wish, past
from spark_monitor.pipeline.agenda import make_agenda, slice_grain
from spark_monitor.pipeline.label_cells import table_of
from spark_monitor.pipeline.run import open_job, survey_changes
from spark_monitor.tables.results import RUNS

# One feature and few metrics: what is looked at here is which windows are done, not what stands in them.
LEAN = """
model: small
predictions: {{table: {log}, id: id, time: at, score: score, features: [amount]}}
windows: {{grain: week, rollups: [month]}}
references: [{{name: before, start: 2024-01-01, end: 2024-01-15}}, {{name: recent, rolling: 2}}]
segments: [region]
metrics: {{overall: [row_count, volume_ratio, psi], segments: [psi], crossings: none}}
rules:
  - {{name: amount moved, metric: psi, feature: amount, warn: 0.5, critical: 2, segment: [overall, region]}}
  - {{name: few rows, metric: volume_ratio, warn: [0.8, 1.2]}}
results: {results}
bins: {{count: 10, coarse: 5}}
"""
LATER = moment(2024, 8, 1)
FIRST_WEEKS = week_start(4)
DELETE = "DELETE FROM {log} WHERE id IN ('n2001', 'n2002', 'n3007')"
UPDATE = "UPDATE {log} SET amount = amount + 40 WHERE id LIKE 'n201%'"
MERGE = ("MERGE INTO {log} AS l USING (SELECT * FROM {log} WHERE id LIKE 'n31%') AS s ON l.id = s.id AND l.id LIKE '%7' "
         "WHEN MATCHED THEN DELETE")
OVERWRITE = "INSERT OVERWRITE {log} SELECT * FROM {log} WHERE id NOT LIKE 'n1%0'"


def both(spark, config, as_of):
    """Return job, past and survey by the short way, None where there is none, and past and survey by full reading."""
    job = open_job(spark, config, Wish(as_of=as_of), "looking", LATER)
    unit, labels = slice_grain(config), table_of(config)
    found = past.read_past(job.store, job.model, job.calendar, unit, LATER - 40 * DAY_US, labels)
    runs = job.store.read(RUNS, job.model)
    fully = past.read_fully(job.store, runs, job.model, job.calendar, unit, labels)
    short = found if found.known is not None else None
    changes = changes_since(spark, job.source, fully.source_id, fully.changes_through)
    whole = survey(job.rows(), job.layout, changes and changes.names()[0])
    return job, short, short and survey_changes(job, short, changes), fully, whole, changes


def assert_the_same(spark, config, as_of):
    """The past, the survey and the agenda are the same by both ways; say whether there was a short one."""
    job, short, seen, fully, whole, changes = both(spark, config, as_of)
    if short is None:
        return False
    unsaid = {"known": None, "alerts": None, "reviews": None, "since": {}, "setting": ""}
    assert replace(short, **unsaid) == fully
    bounds = job.calendar.bounds(week_start(-1), week_start(20), slice_grain(config))
    # Which rows are fresh the full reading can't tell of files that OPTIMIZE took away; their number it can.
    assert np.array_equal(seen.by_slice(bounds)[0], whole.by_slice(bounds)[0])
    assert (seen.first, seen.newest, seen.reasons) == (whole.first, whole.newest, whole.reasons)
    agendas = [make_agenda(config, job.calendar, one, then, Wish(as_of=as_of), changes is not None)
               for one, then in ((seen, short), (whole, fully))]
    assert agendas[0] == agendas[1]
    return True


@pytest.fixture
def started(monitor, tmp_path):
    """Return a configuration whose first four weeks are done, and its log."""
    log = tmp_path / "log"
    append(log, *[week_rows(number) for number in range(4)])
    config = configure(log, tmp_path / "results", LEAN)
    monitor(config, wish(as_of=FIRST_WEEKS))
    return config, log


def test_every_change_of_the_log_gives_the_same_agenda_by_the_short_way(spark, monitor, started):
    config, log = started

    def late(number):
        times = [week_start(number) + DAY_US + minute * 60_000_000 for minute in range(20)]
        return lambda: append(log, make_rows(times, first_id=90_000 + number, shift=50.0))

    def change(text):
        return lambda: spark.sql(text.format(log=sql_name(str(log)))).collect()

    placeless = week_rows(5).slice(0, 3)
    placeless = placeless.set_column(1, "at", placeless["at"].take(np.array([0, 0, 0])))
    steps = [lambda: append(log, week_rows(4)), late(1), change(DELETE), change(UPDATE), change("OPTIMIZE {log}"),
             change(MERGE), lambda: (late(2)(), change("OPTIMIZE {log}")()), lambda: append(log, placeless),
             change(OVERWRITE), change("DELETE FROM {log} WHERE at < '2024-01-03'")]
    short = []
    for step in steps:
        step()
        short.append(assert_the_same(spark, config, week_start(5)))
        monitor(config, wish(as_of=week_start(5)))
        assert assert_the_same(spark, config, week_start(6))
    assert all(short)


def test_runs_that_go_on_from_each_other_end_in_the_tables_of_one_run(spark, monitor, started, tmp_path):
    config, log = started
    for number in (4, 5):
        append(log, week_rows(number))
        monitor(config, wish(as_of=week_start(number + 1)))
    monitor(configure(log, tmp_path / "at once", LEAN), wish(as_of=week_start(6)))
    assert_equal_tables(tmp_path / "results", tmp_path / "at once")


def test_what_others_wrote_is_seen(spark, monitor, started):
    config, log = started
    assert assert_the_same(spark, config, FIRST_WEEKS)
    cells = sql_name(f"{config.results}/feature_cells")
    spark.sql(f"OPTIMIZE {cells}").collect()
    assert assert_the_same(spark, config, FIRST_WEEKS)
    spark.sql(f"UPDATE {cells} SET run_id = 'killed' WHERE slice = TIMESTAMP'2024-01-16T00:00:00Z'").collect()
    assert not assert_the_same(spark, config, FIRST_WEEKS)
    summary = monitor(config, wish(as_of=FIRST_WEEKS))
    assert "week/2024-01-15T00:00:00Z" in summary.run["restated"]
    assert assert_the_same(spark, config, FIRST_WEEKS)


def test_rows_that_were_too_late_to_be_true_are_found_when_their_time_comes(spark, monitor, started):
    config, log = started
    append(log, week_rows(5))
    monitor(config, wish(as_of=FIRST_WEEKS))
    assert assert_the_same(spark, config, FIRST_WEEKS)
    assert assert_the_same(spark, config, week_start(6))
    assert "week/2024-02-05T00:00:00Z" in monitor(config, wish(as_of=week_start(6))).run["windows"]


def test_outcomes_are_followed_by_the_short_way(spark, monitor, tmp_path):
    log, outcomes = tmp_path / "log", tmp_path / "outcomes"
    append(log, *[week_rows(number) for number in range(5)])
    deliver(outcomes, outcomes_of(range(4)))
    config = load_config_text(WITH_OUTCOMES.format(log=log, outcomes=outcomes, results=tmp_path / "results"))
    monitor(config, wish(as_of=week_start(4)))
    for as_of, more in ((week_start(5), outcomes_of(range(4, 5))), (week_start(6), None)):
        assert assert_the_same(spark, config, as_of)
        if more is not None:
            deliver(outcomes, more)
        monitor(config, wish(as_of=as_of))
    assert assert_the_same(spark, config, week_start(6))


def test_alerts_by_the_short_way_are_those_of_a_full_replay(spark, monitor, started, tmp_path, copied, monkeypatch):
    config, log = started
    for number in (4, 5):
        append(log, week_rows(number))
    append(log, make_rows([week_start(3) + minute * 60_000_000 for minute in range(150)], first_id=95_000))
    fully = configure(log, copied(tmp_path / "results"), LEAN)
    for as_of in (week_start(5), week_start(6)):
        monitor(config, wish(as_of=as_of))
    monkeypatch.setattr(past, "_handed_on", lambda *_: None)
    for as_of in (week_start(5), week_start(6)):
        monitor(fully, wish(as_of=as_of))
    kept = ["fingerprint", "window_start", "state", "severity", "value", "sequence"]
    ours, theirs = (read_table(one.results, "alerts").select(kept).sort_by(
        [(name, "ascending") for name in kept]) for one in (config, fully))
    assert ours.num_rows and ours.equals(theirs)
    assert_equal_tables(config.results, fully.results)
