"""What a log holds, from what it held at the last run and the files that came and went since: history is not read."""

import hashlib
from dataclasses import dataclass, replace
from functools import partial as bound

import numpy as np
from pyspark.sql.types import StructType

from spark_monitor.logs.changes import is_gone
from spark_monitor.logs.survey import Survey, survey


NOTHING = Survey(*[np.empty(0, np.int64)] * 3, None, None)


@dataclass(frozen=True)
class Known:
    """What a run saw in the log, by slice.

    Parameters
    ----------
    key : str
        Of everything that decides how a row is placed; of another key nothing is known.
    source_id : str
    version : int
        The log's version that was seen.
    survey : Survey
        Its `quarters` are beginnings of slices.
    """

    key: str
    source_id: str
    version: int
    survey: Survey


def key_of(layout, zone, unit):
    """Return the hash of everything that decides how a row is placed, but for the last time that is not absurd.

    Parameters
    ----------
    layout : Layout
    zone : str
    unit : {"day", "hour"}
    """
    reason = layout.reason.replace(str(layout.roles.last), "last")
    said = (layout.time, reason, sorted(layout.where.items()), layout.roles.first, layout.weight, zone, unit)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def by_slices(seen, calendar, unit):
    """Return a survey with its rows at the beginnings of slices, none of them fresh.

    Parameters
    ----------
    seen : Survey
    calendar : Calendar
    unit : {"day", "hour"}
    """
    if not len(seen.quarters):
        return seen
    bounds = calendar.bounds(int(seen.quarters.min()), int(seen.quarters.max()) + 1, unit)
    rows = seen.by_slice(bounds)[0]
    held = np.flatnonzero(rows)
    return replace(seen, quarters=bounds[held], rows=rows[held], fresh=np.zeros(len(held), np.int64))


def survey_since(spark, source, layout, calendar, unit, known, changes, survey_paths=None):
    """Survey a log by its changed files only.

    Parameters
    ----------
    spark : SparkSession
    source : Source
        Pinned.
    layout : Layout
    calendar : Calendar
    unit : {"day", "hour"}
    known : Known or None
    changes : Changes or None
        Since `known.version`.
    survey_paths : callable, optional
        Given paths of files of the log; returns the `Survey` of their rows. By a job of Spark's where not given.

    Returns
    -------
    Survey or None
        The same as of the whole log; None where that must be read: nothing is known, rows are placed otherwise by
        now, the changed files can't be read by themselves, or are as large as the log.
    """
    if known is None or changes is None or known.source_id != source.id or not _still_placed(known.survey, layout):
        return None
    if not changes.added and not changes.removed:
        return replace(known.survey, fresh=np.zeros(len(known.survey.rows), np.int64))
    paths = changes.paths(source.location)
    needed = {*layout.roles.identity, *layout.where, *(name for name in (layout.roles.time, layout.roles.weight) if name)}
    if (paths is None or changes.has_vectors or changes.size >= source.size or not source.has_plain_files
            or needed & set(source.partitioned_by)):
        return None
    try:
        survey_side = survey_paths or bound(survey_files, spark, source, layout)
        came, went = (survey_side(side) if side else NOTHING for side in paths)
    except Exception as error:
        if is_gone(error):
            return None
        raise
    return combine(known.survey, came, went, calendar, unit)


def _still_placed(seen, layout):
    """Say whether no row has become absurd, or ceased to be, since `last` has moved."""
    last = layout.roles.last
    return (seen.latest is None or seen.latest <= last) and (seen.beyond is None or seen.beyond > last)


def survey_files(spark, source, layout, paths):
    """Return the `Survey` of some files of a log, read by Spark."""
    schema = StructType([field for field in source.read(spark).schema if field.name not in source.partitioned_by])
    return survey(layout.own(spark.read.schema(schema).parquet(*paths)), layout)


def combine(seen, came, went, calendar, unit):
    """Return the survey of a log from what it held, and the surveys of the files that came and went.

    Parameters
    ----------
    seen, came, went : Survey
    calendar : Calendar
    unit : {"day", "hour"}

    Returns
    -------
    Survey or None
        None where the first or the newest row went and none like it came: which is the first now, nobody has counted.
    """
    first = _edge(seen.first, came.first, went.first, min)
    newest = _edge(seen.newest, came.newest, went.newest, max)
    if first is _LOST or newest is _LOST:
        return None
    totals = {}
    for side, sign in ((seen, 1), (by_slices(came, calendar, unit), 1), (by_slices(went, calendar, unit), -1)):
        for start, rows in zip(side.quarters.tolist(), side.rows.tolist()):
            totals[start] = totals.get(start, 0) + sign * rows
    fresh = dict(zip(came.quarters.tolist(), came.rows.tolist()))
    places = sorted(place for place in {*totals, *fresh} if totals.get(place) or fresh.get(place))
    reasons = {name: sum(sign * side.reasons.get(name, 0) for side, sign in ((seen, 1), (came, 1), (went, -1)))
               for name in {*seen.reasons, *came.reasons}}
    # Of these two a bound is enough: it only decides when the whole log is read again.
    latest = max((t for t in (seen.latest, came.latest) if t is not None), default=None)
    beyond = min((t for t in (seen.beyond, came.beyond) if t is not None), default=None)
    return Survey(np.array(places, np.int64), *(np.array([counts.get(place, 0) for place in places], np.int64)
                                                for counts in (totals, fresh)),
                  first, newest, {name: rows for name, rows in reasons.items() if rows}, latest, beyond)


_LOST = object()


def _edge(seen, came, went, pick):
    """Return the first or newest time, or `_LOST` where it went and nothing at least as extreme came."""
    if seen is None or came is None:
        known = came if seen is None else seen
    else:
        known = pick(seen, came)
    if went is not None and went == seen and (came is None or pick(came, went) != came):
        return _LOST
    return known
