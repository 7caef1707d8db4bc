"""Which windows are left out of a bound, since another alert speaks for them?"""

import datetime as dt

import numpy as np

from spark_monitor.alerts.uncovered import uncovered
from spark_monitor.windows import to_micros

DAYS = [dt.datetime(2024, 5, day, tzinfo=dt.timezone.utc) for day in (1, 2, 3, 4)]
STARTS = np.array([to_micros(day) for day in DAYS])
SERIES = {"grain": "day", "feature": "age", "segment": "region", "segment_value": "north"}


def free(**alert):
    whole = {**SERIES, "rule": "other", "opened": DAYS[1], "resolved": DAYS[3], **alert}
    return uncovered(SERIES, STARTS, [whole], "mine").tolist()


def test_windows_in_which_another_rules_alert_is_open_are_left_out():
    assert free() == [True, False, False, True]
    assert free(resolved=None) == [True, False, False, False]
    assert free(segment=None, segment_value=None) == [True, False, False, True]


def test_alerts_of_the_rule_itself_or_about_something_else_leave_nothing_out():
    for alert in ({"rule": "mine"}, {"feature": "size"}, {"segment_value": "south"}, {"grain": "week"}):
        assert free(**alert) == [True] * 4
