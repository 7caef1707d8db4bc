"""Whom is a change of an alert due to, by its state, its severity, and the run that finds it?"""

import pytest

from spark_monitor.alerts.addressed import addressed
from spark_monitor.config.notify import Channel

CHANNELS = [Channel(name="all", kind="log"), Channel(name="pager", kind="log", severities=["critical"])]
NOBODY = {"delivery": "silent", "channels": None}


def told(state="opened", severity="warn", is_quiet=False, **more):
    return addressed({"state": state, "severity": severity, **more}, CHANNELS, is_quiet)


@pytest.mark.parametrize("state", ["opened", "escalated", "resolved", "withdrawn"])
def test_a_change_is_due_to_the_channels_of_its_severity(state):
    assert told(state) == {"delivery": "due", "channels": ["all"]}
    assert told(state, "critical") == {"delivery": "due", "channels": ["all", "pager"]}


@pytest.mark.parametrize("state", ["acknowledged", "muted", "accepted"])
def test_what_people_do_they_are_not_told_of(state):
    assert told(state, "critical") == NOBODY


def test_what_a_first_run_or_a_backfill_finds_is_due_to_nobody():
    assert told(severity="critical", is_quiet=True) == NOBODY


def test_what_was_said_before_stands():
    assert told(delivery="digest") == {"delivery": "digest", "channels": ["all"]}
    assert told(severity="critical", delivery="silent") == NOBODY


def test_without_channels_a_change_is_due_to_none():
    assert addressed({"state": "opened", "severity": "warn"}, ()) == {"delivery": "due", "channels": []}
