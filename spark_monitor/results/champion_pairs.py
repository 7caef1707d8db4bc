"""Which targets have pairs: those of challengers, the champion beside them, and the pair cells that belong to each."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.pair_arrow import Pairs
from spark_monitor.cells.render import escape
from spark_monitor.results.targets import Cells, find_targets, place_in_windows

NOT_COUNTED, NO_CHAMPION, NO_COMMON_IDS = "pairs_not_counted", "no_champion_rows", "no_common_ids"


@dataclass(frozen=True)
class Rivals:
    """The K targets of an evaluation as rivals of the champion.

    Parameters
    ----------
    pairs : Pairs
    champion : ndarray of int64, shape (K,)
        Target of the champion in the same window and unit; -1 where it has no rows there.
    challengers : ndarray of int64
        The targets of single versions other than the champion.
    obstacle : ndarray of object, shape (K,)
        Why there are no pairs, or none that tell of the whole window; None where there are.
    """

    pairs: Pairs
    champion: np.ndarray
    challengers: np.ndarray
    obstacle: np.ndarray

    @classmethod
    def of(cls, labelled, scores, table):
        """Find them.

        Parameters
        ----------
        labelled : Labelled
        scores, table : pyarrow.Table
            The rows of `score_cells` or `error_cells`, and of `pair_cells`, both sorted by unit.
        """
        context = labelled.context
        request, targets = context.request, context.targets
        mine = pc.and_(pc.and_(pc.equal(table.column("champion"), escape(request.scores.champion)),
                               pc.equal(table.column("bins_id"), request.scores.bins_id)),
                       pc.equal(table.column("feature"), request.scores.loss))
        cells = Cells.of(table.filter(mine))
        names = [*context.version_names, None]
        own = names.index(escape(request.scores.champion)) if escape(request.scores.champion) in names else len(names)
        champion = _target_at(context, targets.unit, targets.grain, targets.window, np.full(len(targets), own))
        pairs = _pairs_of(cells, context)
        uncounted = _uncounted(_overall_slices(scores), _overall_slices(cells.table), context)
        obstacle = np.where(pairs.rows > 0, None, np.where(champion < 0, NO_CHAMPION, NO_COMMON_IDS))
        single = (targets.version < len(context.version_names)) & (targets.version != own)
        return cls(pairs, champion, np.flatnonzero(single), np.where(uncounted, NOT_COUNTED, obstacle))


def _target_at(context, unit, grain, window, version):
    """Return the target of each unit, grain, window and version; -1 where there is none."""
    targets, request = context.targets, context.request
    widths = (len(request.windows), max(map(len, request.windows.values()), default=0), len(context.version_names) + 1)

    def code(*numbers):
        return np.ravel_multi_index(numbers, (len(context.unit_keys), *widths))

    known = (unit >= 0) & (version >= 0) & (version < widths[2])
    if not known.any():
        return np.full(len(unit), -1)
    there = code(targets.unit, targets.grain, targets.window, targets.version)
    wanted = code(*(np.where(known, numbers, 0) for numbers in (unit, grain, window, version)))
    place = np.minimum(np.searchsorted(there, wanted), len(there) - 1)
    return np.where(known & (there[place] == wanted), place, -1)


def _pairs_of(cells, context):
    """Return the pairs of all targets."""
    found = find_targets(cells, context.request)
    units = _places_of(cells.unit_keys, context.unit_keys)
    # The last number is all versions together, which has no pairs.
    versions = np.append(_places_of(cells.version_names, context.version_names), -1)
    target = _target_at(context, units[found.unit], found.grain, found.window, versions[found.version])
    groups = target[found.groups]
    kept = groups >= 0
    classes = len(context.request.scores.classes) or (0 if context.request.scores.loss == "squared_error" else 2)
    return Pairs.of(cells.table.take(pa.array(found.rows[kept])), groups[kept], len(context.targets), classes)


def _places_of(names, among):
    place = {name: number for number, name in enumerate(among)}
    return np.array([place.get(name, -1) for name in names], np.int64)


def _overall_slices(table):
    """Return slice and version of each row of all rows together that is of no reference."""
    kept = pc.is_null(table.column("segment"))
    if "reference" in table.column_names:
        kept = pc.and_(kept, pc.is_null(table.column("reference")))
    some = table.filter(kept)
    return list(zip(some.column("slice").cast(pa.int64()).to_pylist(), some.column("model_version").to_pylist()))


def _uncounted(scored, paired, context):
    """Return the targets of whose slices some were counted when there was no champion, or another one, boolean (K,)."""
    request, targets = context.request, context.targets
    versions = {name: number for number, name in enumerate(context.version_names)}
    missing = sorted(one for one in set(scored) - set(paired) if one[1] in versions)
    slices, numbers = (np.array(part, np.int64) for part in
                       (([s for s, _ in missing], [versions[name] for _, name in missing])))
    most = max(map(len, request.windows.values()), default=0)
    flags = np.zeros((len(request.windows), most, len(versions) + 1), bool)
    for grain, windows in enumerate(request.windows.values()):
        if windows:
            inside, place = place_in_windows(slices, windows)
            flags[grain, place, numbers[inside]] = True
    return flags[targets.grain, targets.window, targets.version]
