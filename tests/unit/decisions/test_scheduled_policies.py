"""Is a version's age, and what was labelled since, counted from the right moment?"""

from history import lifetimes

from spark_monitor.decisions import POLICIES
from spark_monitor.decisions.lifetimes import merge_windows
from spark_monitor.decisions.spec import DAY_US, Facts, Policy

FULL = (5, 5)


def grounds(policy, versions, **more):
    return [found.ground for found in POLICIES[policy.when].judge(policy, Facts(versions, **more))]


def test_a_version_is_due_at_the_end_of_the_day_on_which_it_is_old_enough():
    versions = lifetimes(v1=dict.fromkeys(range(5), FULL))
    assert grounds(Policy("p", "age", after=3 * DAY_US), versions) == [False, False, True, True, True]


def test_a_new_version_begins_anew_once_most_rows_are_its_own():
    versions = lifetimes(v1=dict.fromkeys(range(4), (5, 5)), v2={2: (1, 1), 3: (9, 9), 4: (9, 9), 5: (9, 9)})
    # The canary of day 2 has begun then, and is at work from day 3 on, two days old.
    assert grounds(Policy("p", "age", after=3 * DAY_US), versions) == [False, False, True, False, True, True]


def test_age_is_counted_from_the_last_retraining_where_there_is_no_other_version():
    versions = lifetimes(v1=dict.fromkeys(range(6), FULL))
    done = {None: (3 * DAY_US,)}
    assert grounds(Policy("p", "age", after=3 * DAY_US), versions, resets=done) == [
        False, False, True, False, False, True]


def test_labels_are_enough_when_all_versions_together_have_them():
    versions = lifetimes(v1=dict.fromkeys(range(4), (5, 4)), v2={2: (1, 1), 3: (1, 1)})
    # 4, 8, 13, 18
    assert grounds(Policy("p", "new_labels", rows=13), versions) == [False, False, True, True]


def test_windows_that_wait_for_outcomes_neither_count_nor_decide():
    versions = lifetimes(v1={0: FULL, 1: (5, -1), 2: FULL})
    assert grounds(Policy("p", "new_labels", rows=10), versions) == [False, None, True]


def test_a_window_published_anew_replaces_what_was_known_of_it():
    stored = [{"model_version": "1", "window_starts": [0, DAY_US], "window_rows": [5, 5], "window_labels": [5, -1]},
              {"model_version": "2", "window_starts": [DAY_US], "window_rows": [2], "window_labels": [2]}]
    found = merge_windows(stored, [("1", DAY_US, 7, 7)], {DAY_US})
    assert found == {"1": {0: (5, 5), DAY_US: (7, 7)}}
    assert merge_windows([], [("1", DAY_US, 7, 7), ("1", 0, 5, 5)], {0, DAY_US}) == found
