"""What the newest run knows of all runs so far, packed into one text of its row in `runs`, and read from there."""

import base64
import json
import zlib
from dataclasses import astuple

import numpy as np
import pyarrow as pa

from spark_monitor.alerts.changes import LOG_SCHEMA
from spark_monitor.alerts.replay import RECENT_SCHEMA
from spark_monitor.alerts.standing import AlertState
from spark_monitor.logs.survey import Survey
from spark_monitor.logs.survey_changes import Known
from spark_monitor.pipeline.agenda import Past
from spark_monitor.rules.persistence import Persistence

FORMAT = 2
# A run that would have to hand on more hands on nothing, and the next one reads the tables.
MOST_BYTES = 1_000_000


def pack(past, stamp):
    """Return what a run hands on as one text, or None where it is too much.

    Parameters
    ----------
    past : Past
        As the next run shall find it.
    stamp : str
        What this run wrote into its commits.

    Examples
    --------
    >>> past, stamp = unpack(pack(Past(stored={0: 7}, places=1), "a"))
    >>> past.stored, past.places, stamp
    ({0: 7}, 1, 'a')
    """
    said = {"format": FORMAT, "stamp": stamp, **{name: getattr(past, name) for name in SCALARS},
            "published": _by_grain(past.published), "ripening": _by_grain(past.ripening),
            "recounted": _columns(past.recounted), "stored": _columns(past.stored),
            "labelled": [*_columns({k: v[0] for k, v in past.labelled.items()}),
                         _steps([v[1] for _, v in sorted(past.labelled.items())])],
            "known": past.known and _known(past.known), "alerts": past.alerts and _alerts(past.alerts)}
    text = base64.b64encode(zlib.compress(json.dumps(said, separators=(",", ":")).encode(), 9)).decode()
    return text if len(text) <= MOST_BYTES else None


SCALARS = ("places", "since", "setting", "source_id", "changes_through", "outcome_id", "outcomes_through",
           "outcomes_as_of", "reviews")


def unpack(text):
    """Return past and stamp as they were packed; None of another format.

    Parameters
    ----------
    text : str
    """
    said = json.loads(zlib.decompress(base64.b64decode(text)))
    if said["format"] != FORMAT:
        return None
    published, recounted = _from_grains(said["published"]), _from_columns(said["recounted"])
    starts, places, moments = map(_sums, said["labelled"])
    past = Past(done=frozenset(published), counted=frozenset(recounted), stored=_from_columns(said["stored"]),
                published=published, recounted=recounted, labelled=dict(zip(starts, zip(places, moments))),
                ripening=_from_grains(said["ripening"]),
                known=said["known"] and _from_known(said["known"]),
                alerts=said["alerts"] and _from_alerts(said["alerts"]),
                **{name: said.get(name) for name in SCALARS})
    return past, said["stamp"]


def _steps(numbers):
    """Return the first number and the steps between neighbours: a year of days is 364 times the same."""
    return np.diff(np.array(numbers, np.int64), prepend=0).tolist()


def _sums(steps):
    return np.cumsum(np.array(steps, np.int64)).tolist()


def _columns(numbers):
    keys = sorted(numbers)
    return [_steps(keys), _steps([numbers[key] for key in keys])]


def _from_columns(columns):
    return dict(zip(*map(_sums, columns)))


def _by_grain(numbers):
    grains = sorted({grain for grain, _ in numbers})
    return {grain: _columns({start: n for (own, start), n in numbers.items() if own == grain}) for grain in grains}


def _from_grains(columns):
    return {(grain, start): n for grain, own in columns.items() for start, n in _from_columns(own).items()}


def _known(known):
    seen = known.survey
    return {"key": known.key, "source_id": known.source_id, "version": known.version,
            "rows": _columns(dict(zip(seen.quarters.tolist(), seen.rows.tolist()))), "reasons": seen.reasons,
            "edges": [seen.first, seen.newest, seen.latest, seen.beyond]}


def _from_known(said):
    rows = _from_columns(said["rows"])
    first, newest, latest, beyond = said["edges"]
    survey = Survey(np.array(list(rows), np.int64), np.array(list(rows.values()), np.int64),
                    np.zeros(len(rows), np.int64), first, newest, said["reasons"], latest, beyond)
    return Known(said["key"], said["source_id"], said["version"], survey)


def _alerts(state):
    return {"starts": state.starts, "log": _table(state.log), "last": state.last, "recent": _table(state.recent),
            "persistence": {rule: astuple(one) for rule, one in state.persistence.items()}}


def _from_alerts(said):
    persistence = {rule: Persistence(*numbers) for rule, numbers in said["persistence"].items()}
    return AlertState(said["starts"], _from_table(said["log"], LOG_SCHEMA), said["last"],
                      _from_table(said["recent"], RECENT_SCHEMA), persistence)


def _table(rows):
    for field in rows.schema:
        if pa.types.is_timestamp(field.type):
            place = rows.schema.get_field_index(field.name)
            rows = rows.set_column(place, field.name, rows[field.name].cast(pa.int64()))
    return rows.to_pydict()


def _from_table(said, schema):
    columns = [pa.array(said[field.name], pa.int64() if pa.types.is_timestamp(field.type) else field.type)
               .cast(field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)
