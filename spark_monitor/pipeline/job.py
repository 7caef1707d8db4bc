"""What the steps of one run share: the session, the configuration, the pinned log, and how progress is told."""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from spark_monitor.logs.layout import Layout
from spark_monitor.logs.source import Source
from spark_monitor.pipeline.shared import Shared
from spark_monitor.tables.local import with_column
from spark_monitor.tables.store import Store
from spark_monitor.windows import Calendar


@dataclass
class Job:
    """One run of one model.

    Parameters
    ----------
    spark : SparkSession
    config : MonitorConfig
    store : Store
    calendar : Calendar
    source, layout : Source, Layout
        The prediction log, pinned.
    run_id : str
    started_at : int
        Microseconds; the only "now" that any row of this run carries.
    say : callable
        Told (step, seconds, detail) when a step has finished.
    labels : Labels or None
        The outcome log, where there is one.
    feed : Feed or None
        What counted the log; None where there was nothing to count.
    shared : Shared
        What was found out of logs, by this model or by others of the run.
    is_quiet : bool
        Whether nobody is told of what this run finds: a backfill, and the first run of a model.
    """

    spark: object
    config: object
    store: Store
    calendar: Calendar
    source: Source
    layout: Layout
    run_id: str
    started_at: int
    say: object
    labels: object = None
    feed: object = None
    shared: Shared = field(default_factory=Shared)
    is_quiet: bool = False
    seconds: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    @property
    def model(self):
        """Name of the model."""
        return self.config.model

    @property
    def is_in_company(self):
        """Whether other models that write together with this one are of the same log."""
        return self.store.meeting is not None and self.config.predictions.table in self.shared.crowded

    def rows(self):
        """Return the model's rows of the pinned prediction log."""
        return self.layout.own(self.source.read(self.spark))

    def stamped(self, cells):
        """Return cells, a DataFrame or in Arrow, with the model and the run that they are of."""
        return with_column(with_column(cells, "model", self.model), "run_id", self.run_id)

    @contextmanager
    def step(self, name):
        """Time a step and tell of it when it is done; the caller fills in the detail."""
        began, detail = time.monotonic(), {}
        yield detail
        self.seconds[name] = round(time.monotonic() - began, 3)
        self.say(name, self.seconds[name], detail.get("text", ""))
