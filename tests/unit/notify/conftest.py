"""What delivery is tested with: rows of alerts, tables in memory, a receiver, and a clock that only sleeping moves."""

import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from receiver import Receiver

from spark_monitor.config import MonitorConfig
from spark_monitor.notify.deliver import deliver
from spark_monitor.notify.wire import Outside
from spark_monitor.tables.results import ALERTS, DELIVERIES

START = datetime(2024, 5, 6, tzinfo=timezone.utc)
NOW = 1_717_000_000_000_000


@pytest.fixture
def alert():
    """Return a function that makes a row of `alerts`, due to the channel "desk"."""

    def make(fingerprint="f", sequence=1, state="opened", severity="warn", week=0, **more):
        window = {"window_start": START + timedelta(weeks=week), "window_end": START + timedelta(weeks=week + 1)}
        row = {"model": "m", "model_version": "*", "grain": "week", **window, "metric": "psi", "family": "drift",
               "feature": fingerprint, "rule": "drift", "fingerprint": fingerprint, "sequence": sequence,
               "state": state, "severity": severity, "value": 0.31, "bound": 0.2, "sample_size": 5321, "run_id": "r1",
               "recorded_at": START + timedelta(days=14), "delivery": "due", "channels": ["desk"], **more}
        return {name: row.get(name) for name in ALERTS.names}

    return make


class Tables:
    """Tables in memory, as `Store` has them on disk."""

    def __init__(self, rows):
        self.rows = {"alerts": ALERTS.rows(rows), "deliveries": DELIVERIES.rows([])}

    def read(self, table):
        return SimpleNamespace(columns=self.rows[table.name].column_names)

    def fetch_all(self, table, columns, slices):
        rows = self.rows[table.name].select(list(columns))
        return [rows.filter(pc.equal(rows["model"], model)) if table is ALERTS else self._delivered(model, columns)
                for model, _ in slices]

    def _delivered(self, model, columns):
        rows = self.rows["deliveries"]
        wanted = pc.and_(pc.equal(rows["model"], model), pc.equal(rows["status"], "delivered"))
        return rows.filter(wanted).select(list(columns))

    def append(self, table, rows):
        self.rows[table.name] = pa.concat_tables([self.rows[table.name], rows])

    def add(self, *alerts):
        self.append(ALERTS, ALERTS.rows(alerts))

    def deliveries(self, *names):
        return [tuple(row[name] for name in names) for row in self.rows["deliveries"].to_pylist()]


@pytest.fixture
def tables():
    """Return a function: rows of `alerts` -> tables that hold them."""
    return lambda *rows: Tables(list(rows))


@pytest.fixture
def receiver():
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def config(receiver):
    """Return a function that makes a configuration whose channel "desk" is the receiver."""

    def make(model="m", channels=None, **more):
        desk = {"name": "desk", "kind": "webhook", "url": {"env": "DESK_URL"}, "allow_private": True}
        notify = {"allow_hosts": ["http://localhost", "http://127.0.0.1"], "channels": channels or [desk], **more}
        return MonitorConfig(model=model, results="r", references=[{"start": "2024-01-01", "end": "2024-02-01"}],
                             predictions={"table": "t", "id": "i", "time": "at", "score": "p"}, notify=notify)

    return make


@pytest.fixture
def world(receiver):
    """Return the outside: the receiver's URL in the environment, and a clock that only sleeping moves."""
    time = SimpleNamespace(now=0.0, pauses=[])

    def sleep(seconds):
        time.pauses.append(seconds)
        time.now += seconds

    outside = Outside({"DESK_URL": f"http://localhost:{receiver.port}/hook"}, timeout=5.0, clock=lambda: time.now,
                      sleep=sleep)
    return SimpleNamespace(outside=outside, time=time)


@pytest.fixture
def run(world):
    """Return a function that delivers after a run, and returns status, attempts and reason of each message."""
    count = iter(range(1000))

    def start(tables, *configs, outside=None):
        sent = deliver(tables, list(configs), f"run-{next(count)}", NOW, outside or world.outside)
        return [(one.outcome.status, one.outcome.attempts, one.outcome.reason) for one in sent]

    return start


@pytest.fixture
def certificate(tmp_path):
    """Return the files of a certificate for hooks.example.org and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    files = [str(tmp_path / name) for name in ("certificate.pem", "key.pem")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-out", files[0],
                    "-keyout", files[1], "-subj", "/CN=hooks.example.org", "-addext",
                    "subjectAltName=DNS:hooks.example.org"], check=True, capture_output=True)
    return files
