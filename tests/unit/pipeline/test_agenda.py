"""Which windows does a run publish, and which slices does it count, given what earlier runs left behind?"""

from datetime import timedelta

from spark_monitor.pipeline.agenda import Past, Wish

LATE = "2030-01-01"
THREE = {"2024-03-05T07:00": 5, "2024-03-06T00:00": 2, "2024-03-08T23:45": 1}


def test_an_empty_log_asks_for_nothing(agenda, survey):
    found = agenda(survey({}))
    assert found.windows == {"day": []} and not found.slices and found.first is None and found.complete


def test_a_first_run_publishes_every_window_and_three_empty_ones_after_the_newest_row(agenda, survey, days):
    found = agenda(survey(THREE))
    assert days(found.windows["day"]) == ["03-05", "03-06", "03-07", "03-08", "03-09", "03-10", "03-11"]
    assert days(found.slices) == ["03-05", "03-06", "03-08"]
    assert days(found.empty) == ["03-07", "03-09", "03-10", "03-11"]
    assert not found.restated and not found.kept and found.complete


def test_a_second_run_has_nothing_to_do(agenda, survey, after):
    log = survey(THREE)
    again = agenda(log, after(agenda(log), log))
    assert again.windows == {"day": []} and not again.slices and not again.empty and again.complete


def test_windows_wait_for_their_end_and_their_grace(agenda, survey, days, at):
    log, wish = survey(THREE), Wish(at("2024-03-07T00:00"))
    assert days(agenda(log, wish=wish).windows["day"]) == ["03-05", "03-06"]
    assert days(agenda(log, wish=wish, windows="{grain: day, grace: 2h}").windows["day"]) == ["03-05"]
    later = Wish(at("2024-03-07T02:00"))
    assert days(agenda(log, wish=later, windows="{grain: day, grace: 2h}").windows["day"]) == ["03-05", "03-06"]
    assert not agenda(log, wish=Wish(at("2024-03-07T00:00") - 1)).windows["day"][1:]


def test_new_windows_are_done_when_time_has_passed(agenda, survey, after, days, at):
    log = survey(THREE)
    first = agenda(log, wish=Wish(at("2024-03-07T00:00")))
    found = agenda(log, after(first, log), Wish(at("2024-03-09T12:00")))
    assert days(found.windows["day"]) == ["03-07", "03-08"] and days(found.slices) == ["03-08"]
    assert not found.restated


def test_late_rows_restate_exactly_their_window(agenda, survey, after, days):
    log = survey(THREE)
    past = after(agenda(log), log)
    late = survey({**THREE, "2024-03-06T12:00": 3}, fresh=["2024-03-06T12:00"])
    found = agenda(late, past)
    assert days(found.windows["day"]) == days(found.restated) == days(found.slices) == ["03-06"]


def test_rows_in_a_day_that_had_been_empty_restate_it(agenda, survey, after, days):
    log = survey(THREE)
    found = agenda(survey({**THREE, "2024-03-07T12:00": 3}, fresh=["2024-03-07T12:00"]), after(agenda(log), log))
    assert days(found.restated) == days(found.slices) == ["03-07"]


def test_lost_rows_restate_their_window(agenda, survey, after, days):
    log = survey(THREE)
    found = agenda(survey({**THREE, "2024-03-05T07:00": 4}), after(agenda(log), log))
    assert days(found.restated) == days(found.slices) == ["03-05"]


def test_rewritten_rows_restate_their_window_although_their_number_is_the_same(agenda, survey, after, days):
    log = survey(THREE)
    found = agenda(survey(THREE, fresh=["2024-03-05T07:00"]), after(agenda(log), log))
    assert days(found.restated) == days(found.slices) == ["03-05"]


def test_a_day_whose_rows_are_all_gone_keeps_what_is_stored(agenda, survey, after, days):
    log = survey(THREE)
    gone = {time: rows for time, rows in THREE.items() if "03-06" not in time}
    found = agenda(survey(gone), after(agenda(log), log))
    assert days(found.kept) == ["03-06"] and not found.windows["day"] and not found.slices


def test_log_retention_does_not_eat_the_first_windows(agenda, survey, after, days, at):
    log = survey(THREE)
    found = agenda(survey({"2024-03-08T23:45": 1}), after(agenda(log), log))
    assert days(found.kept) == ["03-05", "03-06"] and not found.windows["day"] and found.first == at("2024-03-05")


def test_force_follows_the_log_even_there(agenda, survey, after, days, at):
    log = survey(THREE)
    gone = {time: rows for time, rows in THREE.items() if "03-06" not in time}
    found = agenda(survey(gone), after(agenda(log), log), Wish(at(LATE), force=True))
    assert days(found.restated) == days(found.slices) == ["03-06"] and not found.kept


def test_a_span_selects_whole_windows_inside_it(agenda, survey, days, at):
    wish = Wish(at(LATE), start=at("2024-03-05T01:00"), end=at("2024-03-08T00:00"))
    found = agenda(survey(THREE), wish=wish, windows="{grain: day, rollups: [week]}")
    assert days(found.windows["day"]) == ["03-06", "03-07"] and not found.windows["week"]
    assert days(found.slices) == ["03-06"]


def test_what_a_span_leaves_out_is_not_followed_for_good(agenda, survey, after, at):
    log = survey(THREE)
    past = after(agenda(log), log)
    late = survey({**THREE, "2024-03-06T12:00": 3}, fresh=["2024-03-06T12:00"])
    elsewhere = agenda(late, past, Wish(at(LATE), start=at("2024-03-08")))
    assert not elsewhere.windows["day"] and not elsewhere.slices and not elsewhere.complete
    assert agenda(late, past, Wish(at(LATE), start=at("2024-03-06"), end=at("2024-03-07"))).complete


def test_publishing_again_counts_the_windows_own_days_again(agenda, survey, after, days, at):
    log = survey(THREE)
    found = agenda(log, after(agenda(log), log), Wish(at(LATE), at("2024-03-05"), at("2024-03-07"), again=True))
    assert days(found.windows["day"]) == days(found.restated) == days(found.slices) == ["03-05", "03-06"]


def test_cells_without_a_committed_run_are_counted_again(agenda, survey, after, days):
    log = survey(THREE)
    killed = Past(stored=after(agenda(log), log).stored)
    found = agenda(log, killed)
    assert (days(found.windows["day"]), days(found.slices)) == (
        days(agenda(log).windows["day"]), days(agenda(log).slices))
    assert not found.restated


def test_where_commits_say_nothing_the_lookback_is_counted_again(agenda, survey, after, days):
    log = survey({f"2024-03-{day:02}T12:00": 4 for day in range(1, 31)})
    past = after(agenda(log), log)
    found = agenda(log, past, known=False, windows="{grain: day, lookback: 2d}")
    assert days(found.restated) == days(found.slices) == ["03-28", "03-29", "03-30"]
    assert not agenda(log, past, known=True, windows="{grain: day, lookback: 2d}").slices


def test_beyond_the_lookback_a_change_in_number_is_still_seen(agenda, survey, after, days):
    rows = {f"2024-03-{day:02}T12:00": 4 for day in range(1, 31)}
    log = survey(rows)
    changed = survey({**rows, "2024-03-02T12:00": 5})
    found = agenda(changed, after(agenda(log), log), known=False, windows="{grain: day, lookback: 1d}")
    assert days(found.restated) == ["03-02", "03-29", "03-30"]


def test_window_by_window_or_at_once_the_same_is_done(agenda, survey, after, at):
    rows = {f"2024-03-{day:02}T12:00": day for day in range(1, 29) if day not in (9, 10, 11)}
    log, words = survey(rows), {"windows": "{grain: day, rollups: [week]}"}
    at_once, past, counted, published = agenda(log, **words), Past(), set(), set()
    for day in range(40):
        wish = Wish(at("2024-03-01") + timedelta(days=day) // timedelta(microseconds=1))
        found = agenda(log, past, wish, **words)
        assert not found.restated and not counted & {s.start for s in found.slices}
        counted |= {s.start for s in found.slices}
        published |= {w for spans in found.windows.values() for w in spans}
        mine = after(found, log)
        past = Past(past.done | mine.done, past.counted | mine.counted, past.stored | mine.stored, "id", 0)
    assert counted == {s.start for s in at_once.slices}
    assert published == {w for spans in at_once.windows.values() for w in spans if w.end <= at("2024-04-09")}
