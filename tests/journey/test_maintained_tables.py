"""Do result tables that were put in order say what they said, and does the next run do what it would have done?"""

import shutil

import pytest
from equality import assert_equal_tables, read_table
from small_log import DAY_US, append, configure, make_rows, moment, week_rows, week_start, wish
from test_handed_on import LEAN, assert_the_same

from spark_monitor.config.loader import load_config_text
from spark_monitor.logs.names import sql_name
from spark_monitor.tables.maintain import maintain
from spark_monitor.tables.store import TABLES, Store
from spark_monitor.windows import to_micros

NOW = moment(2024, 7, 1)
# All that a run of a week compares with lies within these days.
KEPT = "{{cells: 125d, metrics: 130d, history: 1d}}"


@pytest.fixture(scope="module")
def weekly(monitor, tmp_path_factory):
    """Return a log of five weeks and the results of a run a week; no test changes them."""
    folder = tmp_path_factory.mktemp("weekly")
    append(folder / "log", week_rows(0))
    for number in range(1, 5):
        append(folder / "log", week_rows(number))
        monitor(configure(folder / "log", folder / "results", LEAN), wish(as_of=week_start(number + 1)))
    return folder


@pytest.fixture
def two(weekly, tmp_path, spark):
    """Return two configurations of copies of the log and the results; VACUUM deletes at once in the second's."""
    found = []
    for name in ("as it was", "in order"):
        shutil.copytree(weekly, tmp_path / name)
        found.append(configure(tmp_path / name / "log", tmp_path / name / "results", LEAN))
    for name in TABLES:
        if (tmp_path / "in order" / "results" / name).exists():
            spark.sql(f"ALTER TABLE {sql_name(f'{found[1].results}/{name}')} SET TBLPROPERTIES "
                      "('delta.deletedFileRetentionDuration' = 'interval 0 hours')")
    return found


def test_maintenance_changes_no_result_and_no_run_after_it(spark, monitor, two):
    plain, ordered = two
    store = Store(spark, ordered.results)
    planned = {one.table: one for one in maintain(store, ordered, NOW, dry_run=True)}
    done = {one.table: one for one in maintain(store, ordered, NOW)}
    assert_equal_tables(plain.results, ordered.results)
    for name in ("metrics", "feature_cells", "verdicts"):
        before, after = done[name].files
        assert planned[name].files == (before, before) and planned[name].compacts
        assert after == 1 < before and done[name].vacuumed
    assert assert_the_same(spark, ordered, week_start(6))
    for config in two:
        append(config.predictions.table, week_rows(5),
               make_rows([week_start(3) + minute * 60_000_000 for minute in range(120)], first_id=91_000))
        summary = monitor(config, wish(as_of=week_start(6)))
        # Its own week, the week that is compared with it, and the month.
        assert len(summary.run["restated"]) == 3
    assert_equal_tables(plain.results, ordered.results)
    assert not any(one.compacts and one.files[1] > 1 for one in maintain(Store(spark, ordered.results), ordered, NOW))


def test_what_is_old_goes_and_stays_away(spark, monitor, weekly, two):
    plain, ordered = two
    text = f"{LEAN}retention: {KEPT}\n".replace("rollups: [month]", "rollups: [month], lookback: 1d")
    keeping = load_config_text(text.format(log=ordered.predictions.table, results=ordered.results))
    horizon = week_start(2)
    maintain(Store(spark, keeping.results), keeping, horizon + 130 * DAY_US)
    starts = [to_micros(start) for start in read_table(keeping.results, "metrics")["window_start"].to_pylist()]
    assert min(starts) == horizon
    slices = read_table(keeping.results, "feature_cells")["slice"].to_pylist()
    assert min(map(to_micros, slices)) == horizon + 5 * DAY_US
    before = read_table(keeping.results, "alerts").num_rows
    append(keeping.predictions.table, week_rows(5),
           make_rows([week_start(1) + minute * 60_000_000 for minute in range(20)], first_id=92_000))
    summary = monitor(keeping, wish(as_of=horizon + 130 * DAY_US))
    assert not summary.run["restated"]
    after = read_table(keeping.results, "alerts")
    assert not [row for row in after.to_pylist()[before:] if to_micros(row["window_start"]) < horizon]
    assert not monitor(keeping, wish(as_of=horizon + 130 * DAY_US)).run["windows"]
