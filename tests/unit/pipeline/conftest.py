"""How a run is planned over a log that is given as rows by time: what the tests of the agenda share."""

from datetime import datetime, timezone

import numpy as np
import pytest

from spark_monitor.config import load_config_text
from spark_monitor.logs.survey import QUARTER_US, Survey
from spark_monitor.pipeline.agenda import Past, Wish, make_agenda
from spark_monitor.windows import Calendar, to_datetime, to_micros

LATE = "2030-01-01"


def _at(text):
    return to_micros(datetime.fromisoformat(text).replace(tzinfo=timezone.utc))


def _config(windows="{grain: day}", references="[{name: launch, start: 2024-01-01, end: 2024-02-01}]", more=""):
    return load_config_text(f"""
model: m
predictions: {{table: log, id: i, time: t, score: p{more}}}
references: {references}
windows: {windows}
results: out
""", "m.yml", {})


def _survey(rows, fresh=()):
    """A log with `rows` of {time: rows}, all placed; the rows at the times in `fresh` are new."""
    quarters = np.array(sorted(_at(text) for text in rows), np.int64)
    held = {_at(text): count for text, count in rows.items()}
    new = {_at(text) for text in fresh}
    assert not np.any(quarters % QUARTER_US)
    counts = np.array([held[q] for q in quarters], np.int64)
    return Survey(quarters, counts, np.array([held[q] * (q in new) for q in quarters], np.int64),
                  int(quarters[0]) if rows else None, int(quarters[-1]) if rows else None)


def _agenda(log, past=Past(), wish=None, known=True, zone="UTC", **words):
    return make_agenda(_config(**words), Calendar(zone), log, past, wish or Wish(_at(LATE)), known)


def _after(found, log, **facts):
    """The past that a run of this agenda leaves behind."""
    stored = {s.start: int(log.by_slice(np.array([s.start, s.end]))[0][0]) for s in found.slices}
    return Past(done=frozenset((w.grain, w.start) for spans in found.windows.values() for w in spans),
                counted=frozenset(s.start for s in (*found.slices, *found.empty)), stored=stored,
                source_id="id", changes_through=0, **facts)


def _days(spans):
    return [to_datetime(span.start).strftime("%m-%d") for span in spans]


@pytest.fixture(scope="session")
def agenda():
    """Return the function: what a run over a survey has to do."""
    return _agenda


@pytest.fixture(scope="session")
def survey():
    """Return the function: {time: rows} -> a survey."""
    return _survey


@pytest.fixture(scope="session")
def after():
    """Return the function: an agenda and its log -> the past it leaves behind."""
    return _after


@pytest.fixture(scope="session")
def days():
    """Return the function: spans -> month and day of each."""
    return _days


@pytest.fixture(scope="session")
def at():
    """Return the function: ISO text -> microseconds."""
    return _at


@pytest.fixture(scope="session")
def config():
    """Return the function: blocks of YAML -> the configuration."""
    return _config
