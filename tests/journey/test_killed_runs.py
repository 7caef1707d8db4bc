"""Does a run that was killed between two table writes, and done again, leave the tables of an undisturbed run?"""

import shutil

import pytest
from equality import assert_equal_tables, is_unique, read_table
from small_log import append, configure, make_rows, week_start

from spark_monitor.logs.names import sql_name
from spark_monitor.tables.results import HISTORY, KEY
from spark_monitor.tables.store import Store

# So many rows in a minute each that the volume of their week is an alert.
LATE = [week_start(2) + minute * 60_000_000 for minute in range(100)]


class Killed(BaseException):
    """What no handler of ordinary errors catches, as none catches a kill."""


@pytest.fixture
def dies_before(monkeypatch):
    """Make the next run die just before its first write of a table."""
    write = Store._write

    def arm(name):
        def write_or_die(store, table, rows, how):
            if table.name == name:
                monkeypatch.setattr(Store, "_write", write)
                raise Killed(name)
            write(store, table, rows, how)

        monkeypatch.setattr(Store, "_write", write_or_die)

    return arm


def test_a_first_run_killed_again_and_again_is_an_undisturbed_run(monitor, dies_before, six_weeks, backfill, tmp_path):
    # benchmarks/kill_runs.py kills before every single write, and with SIGKILL.
    config = configure(six_weeks, tmp_path / "results")
    for name in ("references", "metrics", "runs"):
        dies_before(name)
        with pytest.raises(Killed, match=name):
            monitor(config)
    monitor(config)
    assert_equal_tables(tmp_path / "results", backfill)


@pytest.fixture
def states(monitor, six_weeks, backfill, copied, tmp_path, spark, monkeypatch):
    """Return a log that late rows came to and left again, and the results as a kill before each write left them."""
    log, results = copied(six_weeks), copied(backfill)
    append(log, make_rows(LATE, first_id=90_000, shift=50.0))
    monitor(configure(log, results))
    spark.sql(f"DELETE FROM {sql_name(str(log))} WHERE id LIKE 'n900%'")
    write, found = Store._write, {}

    def write_and_keep(store, table, rows, how):
        found[table.name] = shutil.copytree(results, tmp_path / f"before {table.name}")
        write(store, table, rows, how)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "_write", write_and_keep)
        monitor(configure(log, results))
    assert_equal_tables(results, backfill)
    return log, found


def test_a_restating_run_killed_half_way_is_an_undisturbed_run(monitor, states, backfill):
    log, found = states
    assert list(found) == ["feature_cells", "metrics_history", "metrics", "verdicts", "alerts", "models", "runs"]
    for results in (found["metrics"], found["alerts"]):
        monitor(configure(log, results))
        assert_equal_tables(results, backfill)
        history = read_table(results, "metrics_history")
        assert is_unique(history, HISTORY.key) and is_unique(read_table(results, "metrics"), KEY)
