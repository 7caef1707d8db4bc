"""What a run has to do: which windows to publish and which slices to count, decided from counts alone."""

from dataclasses import dataclass, field

import numpy as np

from spark_monitor.pipeline.new_outcomes import came_late, told_of, truth_came
from spark_monitor.pipeline.reach import counted_since, depends, reach_start
from spark_monitor.windows import GRAINS

MOST_EMPTY = 3


@dataclass(frozen=True)
class Past:
    """What earlier runs left behind.

    Parameters
    ----------
    done : frozenset of (str, int)
        Grain and start of every window that a committed run published.
    counted : frozenset of int
        Starts of the slices that committed runs counted.
    stored : dict of int to int
        Slice to rows in its stored cells.
    source_id : str or None
    changes_through : int or None
        Version of the log up to which its changes have been followed.
    published, recounted : dict of (str, int) to int, dict of int to int
        Place, among the committed runs, of the last one that published a window or counted a slice.
    unfinished : frozenset of int
        Slices whose stored cells were counted by a run that never committed.
    outcome_id, outcomes_through, outcomes_as_of : str or None, int or None, int or None
        The outcome log, the version up to which its changes have been followed, and as of when (microseconds).
    labelled : dict of int to (int, int)
        Slice counted beside its outcomes -> place of the last run that did, and as of when it did.
    labels_unfinished : frozenset of int
        As `unfinished`, of score cells.
    ripening : dict of (str, int) to int
        Window published before its outcomes were all there -> when they will be, by the delay curves alone.
    places : int
        How many runs are committed.
    known, alerts : Known or None, AlertState or None
        What the newest run saw in the log, and how it left the alerts; None where all is to be read.
    reviews : int or None
        How many reviews wait for an answer, at the most; None where it is to be read.
    since : dict of str to int
        Result table -> version at which this was read; -1 where there was none.
    setting : str
        What slices are, and where those with outcomes are counted.
    """

    done: frozenset = frozenset()
    counted: frozenset = frozenset()
    stored: dict = field(default_factory=dict)
    source_id: str | None = None
    changes_through: int | None = None
    published: dict = field(default_factory=dict)
    recounted: dict = field(default_factory=dict)
    unfinished: frozenset = frozenset()
    outcome_id: str | None = None
    outcomes_through: int | None = None
    outcomes_as_of: int | None = None
    labelled: dict = field(default_factory=dict)
    labels_unfinished: frozenset = frozenset()
    ripening: dict = field(default_factory=dict)
    places: int = 0
    known: object = None
    alerts: object = None
    reviews: int | None = None
    since: dict = field(default_factory=dict)
    setting: str = ""


@dataclass(frozen=True)
class Wish:
    """What the caller asks for.

    Parameters
    ----------
    as_of : int
        Windows that end, with their grace, after this instant are not complete.
    start, end : int or None
        Only whole windows inside.
    again : bool
        Publish windows that were published before, too.
    force : bool
        Follow the log even where all rows of a slice are gone.
    """

    as_of: int
    start: int | None = None
    end: int | None = None
    again: bool = False
    force: bool = False

    def selects(self, window):
        """Say whether the window lies in the span asked for."""
        return (self.start is None or window.start >= self.start) and (self.end is None or window.end <= self.end)


@dataclass(frozen=True)
class Agenda:
    """What is to be done.

    Parameters
    ----------
    windows : dict of str to list of Window
        Grain to windows to publish, in order of time.
    restated : list of Window
        Those of them that had been published and changed.
    slices : list of Window
        Slices to count and replace; all have rows, unless forced.
    empty : list of Window
        Slices looked at that hold no rows.
    kept : list of Window
        Slices whose rows are all gone from the log: what is stored stays.
    first : int or None
        The first instant that windows reach back to.
    complete : bool
        Every change of the log was followed, none left for a later run.
    label_slices : list of Window
        Slices to count beside their outcomes.
    """

    windows: dict
    restated: list
    slices: list
    empty: list
    kept: list
    first: int | None
    complete: bool
    label_slices: list = field(default_factory=list)


def slice_grain(config):
    """Return what cells are stored by: hours where a grain asks for them, else days."""
    return "hour" if "hour" in (config.windows.grain, *config.windows.rollups) else "day"


def grains_of(config):
    """Return the grains that get results, the base grain first."""
    return [config.windows.grain, *sorted(config.windows.rollups, key=GRAINS.index)]


def make_agenda(config, calendar, survey, past, wish, fresh_known, news=None, moved=False):
    """Decide what a run has to do.

    Parameters
    ----------
    config : MonitorConfig
    calendar : Calendar
    survey : Survey
    past : Past
    wish : Wish
    fresh_known : bool
        Whether the survey's fresh rows are all there are; if not, `windows.lookback` is counted again.
    news : News, optional
        What the outcome log says since the last run.
    moved : bool
        A reference's outcomes changed, and with them what every window is compared with.
    """
    unit = slice_grain(config)
    first = min([t for t in (survey.first, min(past.stored, default=None)) if t is not None], default=None)
    if first is None:
        return Agenda({grain: [] for grain in grains_of(config)}, [], [], [], [], None, True)
    newest = max(survey.newest or first, max(past.stored, default=first))
    windows = {grain: _complete(config, calendar, grain, first, newest, wish.as_of) for grain in grains_of(config)}
    reach = max([newest + 1, *[window.end for spans in windows.values() for window in spans]])
    slices = calendar.windows(calendar.start(first, "month"), reach, unit)
    rows, fresh = survey.by_slice(np.array([s.start for s in slices] + [slices[-1].end], np.int64))
    has_rows = {s.start: n for s, n in zip(slices, rows)}
    horizon = _horizon(config, wish.as_of)
    touched = {start for start in _touched(config, slices, rows, fresh, past, newest, fresh_known) if start >= horizon}
    expired = {s.start for s in slices if s.start in past.counted and s.start < horizon
               and has_rows[s.start] and s.start not in past.stored}
    kept = {s.start for s in slices if s.start in touched and past.stored.get(s.start) and not has_rows[s.start]
            and not wish.force}
    touched -= kept
    if config.predictions.deduplicate:
        touched = _whole_windows(touched, slices, windows[config.windows.grain])
    told = told_of(config, slices, past, wish.as_of, newest, news, came_late(slices, survey, past, touched))
    counted = tuple(np.array(sorted(past.recounted.items()), np.int64).reshape(-1, 2).T)
    changed = [w for w in _all(windows) if (w.grain, w.start) in past.done
               and reach_start(config, calendar, w, first) >= horizon
               and (moved or depends(config, calendar, w, first, touched)
                    or counted_since(config, calendar, w, first, past, counted)
                    or truth_came(w, past, told, wish.as_of))]
    due = [w for w in _all(windows) if wish.selects(w)
           and (wish.again or w in changed or (w.grain, w.start) not in past.done)]
    wanted = _wanted_slices(config, calendar, due, first, slices, past, touched | expired, wish)
    picked = [s for s in slices if s.start in wanted and s.start not in kept]
    inside = {s.start for w in due for s in slices if w.start <= s.start < w.end} - kept if config.outcomes else set()
    return Agenda(
        windows={grain: [w for w in due if w.grain == grain] for grain in windows},
        restated=[w for w in due if (w.grain, w.start) in past.done],
        slices=[s for s in picked if has_rows[s.start] or (wish.force and past.stored.get(s.start))
                or s.start in past.unfinished],
        empty=[s for s in picked if not has_rows[s.start]], kept=[s for s in slices if s.start in kept], first=first,
        complete=all(w in due for w in changed),
        label_slices=[s for s in slices if s.start in inside
                      and (has_rows[s.start] or s.start in past.labels_unfinished)
                      and (s.start not in past.labelled or s.start in told or s.start in wanted)])


def _horizon(config, as_of):
    """Return the moment up to which cells or metrics may have been let go of: nothing older is restated."""
    oldest = config.retention.oldest
    return -np.inf if oldest is None else as_of - oldest.total_seconds() * 1e6


def _all(windows):
    return [window for spans in windows.values() for window in spans]


def _complete(config, calendar, grain, first, newest, as_of):
    """Return the windows of a grain that have ended: from the first row to at most three after the newest."""
    spans = calendar.windows(first, newest + 1, grain)
    for _ in range(MOST_EMPTY):
        spans.append(calendar.window(spans[-1].end, grain))
    grace = config.windows.grace.total_seconds() * 1e6
    return [window for window in spans if window.end + grace <= as_of]


def _touched(config, slices, rows, fresh, past, newest, fresh_known):
    """Return the counted slices that gained, lost or may have rewritten rows since they were counted."""
    since = newest - config.windows.lookback.total_seconds() * 1e6
    touched = set()
    for s, n, new in zip(slices, rows, fresh):
        if s.start in past.counted:
            stored = past.stored.get(s.start, 0)
            differs = n < stored if config.predictions.deduplicate else n != stored
            if differs or new or s.start in past.unfinished or (not fresh_known and s.end > since and n):
                touched.add(s.start)
    return touched


def _whole_windows(touched, slices, windows):
    """Return all slices of the windows that hold a touched one: which copy of an id is kept may change in any."""
    spans = [(w.start, w.end) for w in windows if any(w.start <= start < w.end for start in touched)]
    return touched | {s.start for s in slices if any(low <= s.start < high for low, high in spans)}


def _wanted_slices(config, calendar, due, first, slices, past, touched, wish):
    wanted, starts = set(), np.array([s.start for s in slices], np.int64)
    for window in due:
        low = reach_start(config, calendar, window, first)
        for start in starts[(starts >= low) & (starts < window.end)].tolist():
            own = start >= window.start
            if start not in past.counted or start in touched or (wish.again and own):
                wanted.add(start)
    return wanted
