"""Where people look at alerts and say what they do about them: rows are read, and others appended."""

from dataclasses import dataclass, field
from hashlib import sha256

import pyarrow as pa

from spark_monitor.alerts.actions import action, newest_judged
from spark_monitor.alerts.changes import LOG_SCHEMA, numbered, open_alerts
from spark_monitor.alerts.mutes import GLOBS, mute_changes, standing_mutes
from spark_monitor.pipeline.alerting import append_changes, verdicts_of
from spark_monitor.tables.results import ALERTS, MUTES, RUNS
from spark_monitor.tables.store import of_model
from spark_monitor.tables.table import literal
from spark_monitor.windows import to_datetime, to_micros


@dataclass(frozen=True)
class Desk:
    """The alerts of one model as they stand, and the command that somebody gives.

    Parameters
    ----------
    store : Store
    config : MonitorConfig
    run_id : str
        Name of the command that is given.
    given_at : int
        Microseconds.
    log : pyarrow.Table
        The model's rows of the alerts table, by `LOG_SCHEMA`.
    mutes : list of dict
        Its rows of the table `mutes`.
    as_of : int
        Microseconds; as of when its newest run was: what mutes are measured by.
    """

    store: object
    config: object
    run_id: str
    given_at: int
    log: pa.Table
    mutes: list = field(default_factory=list)
    as_of: int = 0

    @property
    def opened(self):
        """The alerts that are open, as dicts of `OPEN_SCHEMA`."""
        return open_alerts(self.log).to_pylist()

    @property
    def standing(self):
        """The mutes that are in force."""
        return standing_mutes(self.mutes, to_datetime(self.as_of))

    def history(self, fingerprint):
        """Return all rows of one alert in the alerts table as dicts, in order; those written twice once."""
        rows = self.store.fetch(ALERTS, of_model(self.config.model, f"fingerprint = {literal(fingerprint)}"))
        once = {}
        for row in rows.sort_by([("sequence", "ascending"), ("recorded_at", "ascending")]).to_pylist():
            once.setdefault(tuple(row[name] for name in LOG_SCHEMA.names), row)
        return list(once.values())

    def verdicts(self, fingerprints):
        """Return the newest verdict of each alert that says how its window is, as dicts by fingerprint."""
        return newest_judged(verdicts_of(self.store, self.config.model, fingerprints), fingerprints)

    def act(self, alert, state, who, why):
        """Append what a person did about an open alert, and return the row.

        Parameters
        ----------
        alert : dict
            Of `opened`.
        state : {"acknowledged", "resolved"}
        who, why : str, str or None
        """
        verdict = self.verdicts([alert["fingerprint"]]).get(alert["fingerprint"])
        return self._append([action(alert, verdict, state, who, why)])[0]

    def mute(self, about, until, who, why):
        """Mute what is about something until a moment, now and whenever it opens before; returns mute and rows.

        Parameters
        ----------
        about : dict of str to str
            The alert's fingerprint, or globs.
        until : int
            Microseconds.
        who, why : str
        """
        mute_id = sha256(f"{self.config.model}\n{self.run_id}".encode()).hexdigest()[:12]
        mute = {"model": self.config.model, "mute_id": mute_id, "state": "muted", "until": to_datetime(until), "who": who,
                "why": why, **{name: about.get(name) for name in ("fingerprint", *GLOBS)}}
        return mute, self._let_mutes_be([mute])

    def lift(self, mutes, who, why):
        """Lift mutes that are in force; returns the rows appended."""
        return self._let_mutes_be([{**mute, "state": "lifted", "who": who, "why": why} for mute in mutes])

    def _let_mutes_be(self, fresh):
        """Append rows of mutes first: should the second commit fail, the next run does what it was to do."""
        fresh = [{**row, "run_id": self.run_id, "recorded_at": to_datetime(self.given_at)} for row in fresh]
        self.store.append(MUTES, MUTES.rows(fresh))
        rows, opened = [*self.mutes, *fresh], self.opened
        hit = mute_changes(opened, rows, {}, to_datetime(self.as_of))
        verdicts = self.verdicts({row["fingerprint"] for row in hit})
        return self._append(mute_changes(opened, rows, verdicts, to_datetime(self.as_of)))

    def _append(self, rows):
        news = numbered(rows, self.log)
        append_changes(self.store, self.config, news, self.run_id, self.given_at)
        return news.to_pylist()


def open_desk(store, config, run_id, given_at):
    """Return the desk of a model; arguments as `Desk` has them."""
    model = config.model
    log = store.fetch(ALERTS, of_model(model), tuple(LOG_SCHEMA.names)).cast(LOG_SCHEMA)
    moments = [row["as_of"] for row in store.fetch(RUNS, of_model(model), ("as_of",)).to_pylist()]
    as_of = to_micros(max(moments)) if moments else given_at
    return Desk(store, config, run_id, given_at, log, store.fetch(MUTES, of_model(model)).to_pylist(), as_of)
