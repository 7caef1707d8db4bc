"""Which slices have other outcomes by now, and which windows follow them?"""

from dataclasses import replace

import numpy as np


def told_of(config, slices, past, as_of, newest, news, late=frozenset()):
    """Return the slices, counted beside their outcomes, whose outcomes may be others by now, as a set of starts.

    Parameters
    ----------
    config : MonitorConfig
    slices : list of Window
        All slices of the log.
    past : Past
    as_of, newest : int
        Microseconds: this run's, and the time of the newest row.
    news : News or None
    late : set of int
        Starts of slices with predictions that came, or went, after outcomes of their time had been counted.
    """
    if config.outcomes is None:
        return set()
    told = {s.start for s in slices if s.start in past.labels_unfinished}
    if news is not None and news.quarters is None:
        since = newest - config.windows.lookback.total_seconds() * 1e6
        told |= {s.start for s in slices if s.end > since}
    elif news is not None:
        place = np.searchsorted([s.start for s in slices], news.quarters, side="right") - 1
        told |= {slices[at].start for at in place if at >= 0}
    if config.outcomes.match != "each":
        told |= _rivals(config, slices, late)
    after = config.outcomes.negative_after
    if after is not None:
        # Rows without an outcome turned negative by time alone since the slice was counted.
        wait = after.total_seconds() * 1e6
        told |= {s.start for s in slices if s.start in past.labelled
                 and past.labelled[s.start][1] < s.end + wait and s.start + wait <= as_of
                 and past.labelled[s.start][1] < as_of}
    return told & past.labelled.keys()


def came_late(slices, survey, past, touched):
    """Return the starts of slices whose predictions changed after outcomes of their time had been counted.

    Parameters
    ----------
    slices : list of Window
    survey : Survey
    past : Past
    touched : set of int
        Starts of the counted slices that changed.
    """
    if past.outcomes_as_of is None:
        return set(touched)
    bounds = np.array([s.start for s in slices] + [slices[-1].end], np.int64)
    fresh = np.where(survey.quarters < past.outcomes_as_of, survey.fresh, 0)
    return touched | {s.start for s, rows in zip(slices, replace(survey, fresh=fresh).by_slice(bounds)[1]) if rows}


def _rivals(config, slices, late):
    """Return the starts of slices whose predictions may share an outcome with those of some slices."""
    horizon = config.outcomes.horizon
    wait = np.inf if horizon is None else horizon.total_seconds() * 1e6
    moved = [s for s in slices if s.start in late]
    return {s.start for s in slices if any(s.start < m.end + wait and s.end > m.start - wait for m in moved)}


def truth_came(window, past, told, as_of):
    """Say whether outcomes of the window's own rows changed since it was published, or are all there by now.

    Parameters
    ----------
    window : Window
    past : Past
    told : set of int
        As `told_of` returns it.
    as_of : int
    """
    key = (window.grain, window.start)
    if past.ripening.get(key, np.inf) <= as_of:
        return True
    published = past.published.get(key, np.inf)
    return any(window.start <= start < window.end for start in told) or any(
        window.start <= start < window.end and place > published for start, (place, _) in past.labelled.items())
