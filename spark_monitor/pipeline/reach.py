"""Which slices does a window rest on: its own, and those of the windows that rolling references compare it with."""

import numpy as np


def reach_back(config, calendar, window, first):
    """Return the windows before it that rolling references ask for and the log reaches back to, oldest first."""
    longest = max([reference.rolling or 0 for reference in config.references])
    found, start = [], window.start
    while len(found) < longest and start > first:
        earlier = calendar.window(start - 1, window.grain)
        found.append(earlier)
        start = earlier.start
    return found[::-1]


def depends(config, calendar, window, first, touched):
    """Say whether a window rests on one of the slices that begin at `touched`."""
    low = reach_start(config, calendar, window, first)
    return any(low <= start < window.end for start in touched)


def reach_start(config, calendar, window, first):
    """Return where the oldest of the windows begins that the window's numbers are made of."""
    return next((span.start for span in reach_back(config, calendar, window, first)), window.start)


def counted_since(config, calendar, window, first, past, counted):
    """Say whether a slice that the window rests on was counted after the window was last published."""
    starts, places = counted
    low, high = np.searchsorted(starts, [reach_start(config, calendar, window, first), window.end])
    return bool((places[low:high] > past.published.get((window.grain, window.start), np.inf)).any())
