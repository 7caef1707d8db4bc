"""Which slices have other outcomes by now, and which windows follow them?"""

import numpy as np


def told_of(config, slices, past, as_of, newest, news):
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
    after = config.outcomes.negative_after
    if after is not None:
        # Rows without an outcome turned negative by time alone since the slice was counted.
        wait = after.total_seconds() * 1e6
        told |= {s.start for s in slices if s.start in past.labelled
                 and past.labelled[s.start][1] < s.end + wait and s.start + wait <= as_of
                 and past.labelled[s.start][1] < as_of}
    return told & past.labelled.keys()


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
