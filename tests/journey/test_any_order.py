"""Do the tables depend on how often, or in which order, windows were published?"""

from equality import assert_equal_tables, published, read_table
from small_log import WEEKS, append, configure, week_rows, week_start, wish


def test_run_twice_is_run_once(monitor, six_weeks, backfill, copied):
    results = copied(backfill)
    before = read_table(results, "metrics")
    summary = monitor(configure(six_weeks, results))
    assert summary.run["windows"] == [] and summary.run["rows_counted"] == 0
    assert read_table(results, "metrics").equals(before)


def test_windows_published_anew_say_the_same_and_keep_their_revision(monitor, six_weeks, backfill, copied):
    results = copied(backfill)
    monitor(configure(six_weeks, results), wish(again=True))
    assert_equal_tables(results, backfill)
    assert set(read_table(results, "metrics")["revision"].to_pylist()) == {1}
    assert read_table(results, "metrics_history").num_rows == 0


def test_shuffled_weeks_are_one_backfill(monitor, six_weeks, backfill, tmp_path):
    results = tmp_path / "results"
    config = configure(six_weeks, results)
    for first, after in ((4, 5), (1, 3)):
        monitor(config, wish(week_start(first), week_start(after)))
    monitor(config)
    assert_equal_tables(results, backfill)
    assert published(results) == published(backfill)


def test_a_log_that_grows_week_by_week_is_one_backfill(monitor, six_weeks, backfill, tmp_path):
    log, results = tmp_path / "log", tmp_path / "results"
    for number in range(WEEKS):
        append(log, week_rows(number))
        if number >= 3:
            monitor(configure(log, results), wish(as_of=week_start(number + 1)))
    assert published(results) == published(backfill)
    assert_equal_tables(results, backfill)
