"""Does the next run find alerts as the last one left them?"""

import datetime as dt

import pyarrow as pa

from spark_monitor.alerts.changes import LOG_SCHEMA
from spark_monitor.alerts.replay import RECENT_SCHEMA
from spark_monitor.alerts.standing import AlertState
from spark_monitor.pipeline.agenda import Past
from spark_monitor.pipeline.carried import pack, unpack
from spark_monitor.rules.persistence import Persistence

DAY = dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)


def test_alerts_are_unpacked_as_they_were_packed():
    about = {"fingerprint": "f", "rule": "r", "grain": "day", "window_start": DAY}
    log = pa.Table.from_pylist([{**about, "state": "muted", "who": "ann", "why": "known", "value": 0.1, "sequence": 3,
                                 "until": DAY + dt.timedelta(9)}], LOG_SCHEMA)
    recent = pa.Table.from_pylist([{**about, "verdict": "warn"}], RECENT_SCHEMA)
    state = AlertState({"day": 7}, log, {"f": 3}, recent, {"r": Persistence(2, 3), "s": Persistence()})
    found = unpack(pack(Past(alerts=state), "stamp"))[0].alerts
    assert found.log.equals(log) and found.recent.equals(recent)
    assert (found.starts, found.last, found.persistence) == (state.starts, state.last, state.persistence)
