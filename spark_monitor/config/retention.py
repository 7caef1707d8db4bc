"""How long do result tables keep their rows, and what must never be let go?"""

from datetime import timedelta

from spark_monitor.config.fields import Duration, Section
from spark_monitor.config.mistakes import mistake

LONGEST_WINDOW = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1),
                  "month": timedelta(days=31)}


class Retention(Section):
    """What `spark-monitor maintain` lets go of. Without a word everything is kept; references, bins, runs and alerts
    are kept in any case.

    Examples
    --------
    >>> Retention(cells="400d").oldest.days
    400
    """

    cells: Duration | None = None
    """Counts of days and hours: how old they become. Windows that rest on older ones are no longer restated."""
    metrics: Duration | None = None
    """Metrics and verdicts: how old their windows become; at least as old as cells. Windows that began before are no
    longer restated, and their alerts stay as they were."""
    history: Duration | None = None
    """Metrics that later runs replaced: how long after that they are kept. `sql --known-at` looks no further back."""

    @property
    def oldest(self):
        """How far back windows are restated; None: without end."""
        return min((length for length in (self.cells, self.metrics) if length is not None), default=None)


def find_retention_mistakes(retention, windows, references, outcomes):
    """Yield where and why rows would be let go of that restatements and references need.

    Parameters
    ----------
    retention : Retention
    windows : Windows
    references : tuple of Reference
    outcomes : Outcomes or None
    """
    longest = max(LONGEST_WINDOW[grain] for grain in (windows.grain, *windows.rollups))
    rolling = max((reference.rolling or 0 for reference in references), default=0)
    waits = (outcomes and outcomes.negative_after) or timedelta()
    least = longest * (rolling + 1) + max(windows.lookback, waits) + windows.grace
    for name in ("cells", "metrics"):
        length = getattr(retention, name)
        if length is not None and length < least:
            days = -(-least // timedelta(days=1))
            yield (name,), mistake(f"at least {days}d: the longest window, the {rolling} that rolling references "
                                   "compare it with, and windows.lookback or outcomes.absent", found=_text(length))
    if retention.cells is not None and retention.metrics is not None and retention.metrics < retention.cells:
        yield ("metrics",), mistake("at least retention.cells", found=_text(retention.metrics))


def _text(length):
    return f"{length / timedelta(days=1):g}d"
