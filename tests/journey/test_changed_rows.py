"""Do late, deleted and rewritten rows of the log restate exactly the windows that rest on them?"""

import pytest
from equality import assert_equal_tables, is_unique, read_table
from small_log import DAY_US, append, configure, make_rows, week_start, wish

from spark_monitor.logs.names import sql_name
from spark_monitor.tables.results import HISTORY, KEY
from spark_monitor.windows import to_micros

LATE = [week_start(2) + 2 * DAY_US + minute * 60_000_000 for minute in range(20)]
# A week, the two weeks whose rolling reference it is in, and its month.
WITH_LATE = {("week", week_start(2)), ("week", week_start(3)), ("week", week_start(4)), ("month", week_start(0))}
LAST_WEEK = {("week", week_start(5))}


@pytest.fixture
def log(copied, six_weeks):
    """Return a copy of the log that a test may change."""
    return copied(six_weeks)


@pytest.fixture
def results(copied, backfill):
    """Return a copy of the results of the log as it was."""
    return copied(backfill)


@pytest.fixture
def change(spark, log):
    """Return a function that runs SQL on the log, which it knows as {log}."""
    return lambda text: spark.sql(text.format(log=sql_name(str(log)))).collect()


def restated(before, after):
    """Return the windows in which a row is new, gone, or of a higher revision."""
    old, new = ({(*key, row["revision"]): (row["grain"], to_micros(row["window_start"]))
                 for row in table.select([*KEY, "revision"]).to_pylist()
                 for key in [[row[name] for name in KEY]]} for table in (before, after))
    return {window for rows, others in ((old, new), (new, old)) for key, window in rows.items() if key not in others}


def assert_nothing_is_lost(results, before):
    """Every row that was published is as it was, or superseded, and then it stands in the history once, unchanged."""
    now, history = read_table(results, "metrics"), read_table(results, "metrics_history")
    assert is_unique(history, HISTORY.key) and is_unique(now, KEY)
    rows = [*now.to_pylist(), *history.drop(["superseded_at"]).to_pylist()]
    kept = {tuple(row[name] for name in HISTORY.key): row for row in rows}
    assert len(kept) == len(rows)
    for row in before.to_pylist():
        assert kept[tuple(row[name] for name in HISTORY.key)] == row


def test_late_rows_restate_their_windows_and_their_deletion_restores_them(monitor, log, results, backfill, change):
    config, first = configure(log, results), read_table(results, "metrics")
    append(log, make_rows(LATE, first_id=90_000, shift=50.0))
    monitor(config)
    late = read_table(results, "metrics")
    assert restated(first, late) == WITH_LATE
    assert_nothing_is_lost(results, first)
    change("DELETE FROM {log} WHERE at >= '2024-01-17T00:00:00Z' AND at < '2024-01-17T00:20:00Z' AND amount > 50 "
           "AND id LIKE 'n900%'")
    change("DELETE FROM {log} WHERE id LIKE 'n900%'")
    monitor(config)
    assert restated(late, read_table(results, "metrics")) == WITH_LATE
    assert_nothing_is_lost(results, first)
    assert_equal_tables(results, backfill)


def test_rewritten_rows_restate_their_windows_and_optimize_touches_nothing(monitor, log, results, change):
    config, first = configure(log, results), read_table(results, "metrics")
    change("UPDATE {log} SET amount = amount + 7 WHERE at >= '2024-02-07' AND at < '2024-02-08'")
    monitor(config)
    updated = read_table(results, "metrics")
    assert restated(first, updated) == LAST_WEEK
    assert_nothing_is_lost(results, first)
    assert change("OPTIMIZE {log}")[0]["metrics"]["numFilesRemoved"] > 1
    summary = monitor(config)
    assert summary.run["windows"] == [] and summary.run["restated"] == []
    assert read_table(results, "metrics").equals(updated)


def test_a_day_whose_rows_are_all_gone_keeps_what_is_stored_unless_forced(monitor, log, results, change):
    config, first = configure(log, results), read_table(results, "metrics")
    change("DELETE FROM {log} WHERE at >= '2024-02-07' AND at < '2024-02-08'")
    summary = monitor(config)
    assert restated(first, read_table(results, "metrics")) == set()
    assert [note for note in summary.run["notes"] if "1 slices have no rows in the log any more" in note]
    monitor(config, wish(force=True))
    now = read_table(results, "metrics")
    assert restated(first, now) == LAST_WEEK
    assert row_count(now, week_start(5)) == 300 - 43
    assert_nothing_is_lost(results, first)


def row_count(metrics, start):
    """Return the rows of one week."""
    return next(row["value"] for row in metrics.to_pylist() if row["metric"] == "row_count" and row["segment"] is None
                and row["grain"] == "week" and row["model_version"] == "*" and to_micros(row["window_start"]) == start)
