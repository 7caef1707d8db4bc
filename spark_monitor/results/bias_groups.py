"""Which groups are compared with each other: the values of each protected segment, window by window."""

from dataclasses import dataclass, replace

import numpy as np

from spark_monitor.cells.render import CROSSING, NULL, OTHER, in_crossing, parts_of
from spark_monitor.results.context import Context
from spark_monitor.results.rows import Truth
from spark_monitor.results.targets import SCOPES, Targets, scope


@dataclass(frozen=True)
class Groups:
    """The G values of one protected segment in K windows and versions, and the rows to be made of them.

    The first K targets of `context` are all groups together, one for each window and version; the others are single
    groups, `of_group[i]` in `of_window[i]`.

    Parameters
    ----------
    segment : str
    names : list of str
        Values of the segment.
    units : ndarray of int64, shape (G,)
        Their places in the reference; -1 for a value that neither it nor a window has.
    at : ndarray of int64, shape (G, K)
        Where each group's cells are among the evaluation's targets; -1 where it has none.
    of_group, of_window : ndarray of int64
    context : Context
    truth : Truth
        A group is as mature as the whole window or as itself, whichever is less; all groups together are as mature as
        the whole window.
    """

    segment: str
    names: list
    units: np.ndarray
    at: np.ndarray
    of_group: np.ndarray
    of_window: np.ndarray
    context: Context
    truth: Truth

    @property
    def selection(self):
        """The metrics that the configuration gives to this segment."""
        return self.context.request.selections[SCOPES[self.context.scopes[0]]]


def protected_groups(labelled, truth):
    """Yield the `Groups` of each protected segment with a group, and of each crossing whose columns are all protected.

    Rows whose value is missing, and those of values that the reference did not freeze, are of no group: the one is
    not known, the other a mixture. They are in no comparison, nor in what groups are compared with.

    Parameters
    ----------
    labelled : Labelled
    truth : Truth
        Of its targets.
    """
    context = labelled.context
    protected = set(context.request.scores.protected)
    segments = dict.fromkeys(segment for segment, _ in context.unit_keys if segment is not None)
    for segment in segments:
        if protected.issuperset(segment.split(CROSSING)):
            names = sorted(value for value in _values(context, segment) if is_group(segment, value))
            if names:
                yield _groups(context, segment, names, truth)


def is_group(segment, value):
    r"""Say whether a value of a segment names a group: all of its columns are known, and none is a mixture.

    Examples
    --------
    >>> is_group("carrier", "UA"), is_group("carrier", "(other)"), is_group("origin × carrier", "JFK × (null)")
    (True, False, False)
    """
    return not {NULL, OTHER} & set(parts_of(value) if CROSSING in segment else [value])


def strata(labelled, groups, control):
    """Return where the cells of groups are within each value of a control column.

    Parameters
    ----------
    labelled : Labelled
    groups : Groups
        Of a single column.
    control : str

    Returns
    -------
    list of (ndarray of int64, ndarray of int64)
        As `Groups.units` and `Groups.at`, for each value that is known and no mixture, in order.
    """
    context = labelled.context
    found = []
    for segment, own in ((f"{groups.segment}{CROSSING}{control}", 0), (f"{control}{CROSSING}{groups.segment}", 1)):
        values = [value for value in _values(context, segment) if is_group(segment, value)]
        for other in sorted({parts_of(value)[1 - own] for value in values}):
            pairs = [(other, in_crossing(name)) if own else (in_crossing(name), other) for name in groups.names]
            found.append(_places(context, segment, [CROSSING.join(pair) for pair in pairs])[:2])
    return found


def _values(context, segment):
    # Frozen values are all there, whatever the windows: what is expected by chance is drawn for each in turn.
    values = {value for name, value in context.unit_keys if name == segment}
    return values.union(context.request.frozen_values.get(segment, ()))


def _places(context, segment, names):
    """Return `units` and `at` of the values of a segment, and the targets of all rows together."""
    targets, places = context.targets, {key: place for place, key in enumerate(context.unit_keys)}
    units = np.array([places.get((segment, name), -1) for name in names], np.int64)
    group_of = np.full(len(places), -1)
    group_of[units[units >= 0]] = np.flatnonzero(units >= 0)
    whole = np.flatnonzero(targets.unit == places[None, None])
    at = np.full((len(units), len(whole)), -1)
    mine = np.flatnonzero(group_of[targets.unit] >= 0)
    window = np.searchsorted(_window_codes(targets, whole), _window_codes(targets, mine))
    at[group_of[targets.unit[mine]], window] = mine
    return units, at, whole


def _groups(context, segment, names, truth):
    units, at, whole = _places(context, segment, names)
    of_group, of_window = np.nonzero(at >= 0)
    own = at[of_group, of_window]
    made = _context(context, segment, names, whole, own, of_group)
    labelled = np.bincount(of_window, truth.labelled[own], len(whole))
    maturity = np.fmin(truth.maturity[own], truth.maturity[whole[of_window]])
    mature = truth.mature[own] & truth.mature[whole[of_window]]
    return Groups(segment, names, units, at, of_group, of_window, made,
                  replace(truth, labelled=np.concatenate([labelled, truth.labelled[own]]),
                          maturity=np.concatenate([truth.maturity[whole], maturity]),
                          mature=np.concatenate([truth.mature[whole], mature])))


def _window_codes(targets, places):
    """Return a number for grain, window and version; those of one unit's targets are sorted, as targets are."""
    widths = [int(numbers.max(initial=0)) + 1 for numbers in (targets.window, targets.version)]
    return (targets.grain[places] * widths[0] + targets.window[places]) * widths[1] + targets.version[places]


def _context(context, segment, names, whole, own, of_group):
    """Return the context of rows of all groups together, and of single groups after them."""
    targets, picked = context.targets, np.concatenate([whole, own])
    unit = np.concatenate([np.zeros(len(whole), np.int64), of_group + 1])
    none = np.empty(0, np.int64)
    keys = [(segment, None), *[(segment, name) for name in names]]
    return replace(context, targets=Targets(unit, targets.grain[picked], targets.window[picked],
                                            targets.version[picked], none, none),
                   unit_keys=keys, rows=context.rows[picked], effective=context.effective[picked],
                   failure=context.failure[picked], scopes=np.full(len(picked), scope(segment)))
