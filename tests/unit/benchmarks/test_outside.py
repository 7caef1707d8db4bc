"""A peer is measured from outside: what it says, what each piece of work takes, and how it fails."""

import sys

import pytest

from benchmarks.peers.outside import HERE, run_peer

BUSY = """
import sys, time
sys.path.insert(0, {here!r})
from telling import about, repeat
about("numpy")
def work():
    end = time.process_time() + 0.4
    while time.process_time() < end: pass
    return "nothing"
time.sleep(0.1)
repeat("burning", work, 2)
{after}
"""


def peer(after="", limit=30):
    return run_peer([sys.executable, "-c", BUSY.format(here=str(HERE), after=after)], limit)


@pytest.fixture(autouse=True)
def java(monkeypatch, tmp_path):
    # These scripts need none, and there may be none.
    monkeypatch.setattr("benchmarks.peers.outside.find_java", lambda: type("Java", (), {"home": str(tmp_path)}))


def test_each_piece_of_work_is_measured_cold_and_warm():
    told = peer()
    assert told.error is None
    assert told.about.startswith("numpy ")
    assert [0.3 < cost.cpu_s < 0.7 for cost in told.costs["burning"]] == [True] * 3
    assert told.found == {"burning": "nothing"}


def test_a_peer_that_fails_keeps_what_it_had_done_and_says_why():
    told = peer("raise ValueError('no more')")
    assert len(told.costs["burning"]) == 3
    assert told.error == "ValueError: no more"


def test_a_peer_that_never_begins_is_known():
    told = run_peer([sys.executable, "-c", "raise OSError('no jar')"], 30)
    assert (told.began, told.costs, told.error) == (False, {}, "OSError: no jar")


def test_a_peer_that_takes_too_long_is_ended_with_all_it_started():
    told = peer("print('begin sleeping', flush=True); import subprocess; subprocess.run(['sleep', '60'])", limit=3)
    assert told.error == "gave up after 3 s"
    assert list(told.costs) == ["burning"]
