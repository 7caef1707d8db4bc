"""Is a window published again where its slices were counted after it, by a run for other windows or one that died?"""

from dataclasses import replace

from spark_monitor.pipeline.agenda import Wish

THREE = {"2024-03-05T07:00": 5, "2024-03-06T00:00": 2, "2024-03-08T23:45": 1}


def committed(past, *, counted=()):
    """Return the past with places: all published by the first run, and some slices counted again by the second."""
    return replace(past, published={window: 0 for window in past.done},
                   recounted={start: int(start in counted) for start in past.counted})


def test_a_window_whose_slice_was_counted_by_the_run_that_published_it_is_left_alone(agenda, survey, after):
    log = survey(THREE)
    assert not agenda(log, committed(after(agenda(log), log))).windows["day"]


def test_a_window_whose_slice_a_later_run_counted_is_published_again(agenda, survey, after, days, at):
    log = survey(THREE)
    past = committed(after(agenda(log), log), counted={at("2024-03-06T00:00")})
    found = agenda(log, past)
    assert days(found.restated) == days(found.windows["day"]) == ["03-06"]
    assert not found.slices
    outside = agenda(log, past, Wish(at("2030-01-01"), start=at("2024-03-07T00:00")))
    assert not outside.restated and not outside.complete


def test_a_slice_that_a_run_counted_which_never_committed_is_counted_again(agenda, survey, after, days, at):
    log = survey(THREE)
    past = replace(committed(after(agenda(log), log)), unfinished=frozenset({at("2024-03-05T00:00")}))
    found = agenda(log, past)
    assert days(found.slices) == days(found.restated) == ["03-05"]


def test_a_slice_that_a_killed_run_emptied_is_not_kept_but_written_again(agenda, survey, after, days, at):
    log, start = survey(THREE), at("2024-03-06T00:00")
    past = committed(after(agenda(log), log))
    stored = {slice_: rows for slice_, rows in past.stored.items() if slice_ != start}
    gone = survey({time: rows for time, rows in THREE.items() if "03-06" not in time})
    found = agenda(gone, replace(past, stored=stored, unfinished=frozenset({start})))
    assert days(found.slices) == days(found.restated) == ["03-06"] and not found.kept
