"""What each target is compared with: for every reference, a block of cells and the row of it that a target meets."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.cells.block import CellBlock

NO_ROWS, INCOMPLETE = "no_reference_rows", "reference_incomplete"


@dataclass(frozen=True)
class Compared:
    """The reference side of K targets.

    Parameters
    ----------
    block : CellBlock
        Its last row is empty: what a target without a reference meets.
    row : ndarray of int64, shape (K,)
    reason : ndarray of object, shape (K,)
        Why there is nothing to compare with; None where there is.
    slices : ndarray of float64, shape (K,)
        Slices that the reference spans; NaN where unknown.
    """

    block: CellBlock
    row: np.ndarray
    reason: np.ndarray
    slices: np.ndarray


def compare(reference, current, stored, targets, request, blocks):
    """Return the `Compared` side of every target for one reference.

    Parameters
    ----------
    reference : ReferenceRequest
    current, stored : Cells
        Current cells, and the reference's own merged cells.
    targets : Targets
    request : EvaluationRequest
    blocks : (CellBlock, CellBlock)
        Of `current` and `stored`.
    """
    if reference.kind in ("rolling", "same_window"):
        return _of_current(reference, current, targets, request, blocks[0])
    return _of_stored(reference, stored, targets, blocks[1])


def _of_stored(reference, stored, targets, block):
    units, star = len(stored.unit_keys), len(stored.version_names)
    groups = stored.units
    if reference.by_version:
        groups = np.concatenate([groups * (star + 1) + star, groups * (star + 1) + stored.versions])
        take, width = np.tile(np.arange(len(block)), 2), star + 1
        row = targets.unit * width + targets.version
    else:
        take, width, row = np.arange(len(block)), 1, targets.unit
    merged = block.merge(groups, units * width + 1, take)
    missing = merged.mass[row].sum(axis=1) == 0
    reason = np.where(missing, NO_ROWS, None)
    slices = np.full(len(targets), np.nan if reference.slices is None else reference.slices)
    return Compared(merged, np.where(missing, units * width, row), reason, slices)


def _of_current(reference, current, targets, request, block):
    """Merge current cells over the windows before each target, or over the target's own window of one version."""
    grains = list(request.windows.values())
    names = current.version_names
    if reference.kind == "same_window":
        version = names.index(reference.version) if reference.version in names else -1
    else:
        version = targets.version if reference.by_version else len(names)
    against = np.broadcast_to(version, len(targets))
    met, row = np.unique(np.stack([targets.unit, targets.grain, targets.window, against]), axis=1, return_inverse=True)
    take, groups, complete, slices = [], [], [], []
    for number, (unit, grain, window, version) in enumerate(met.T.tolist()):
        rows, whole, span = _span_rows(reference, current, unit, grains[grain][window], version)
        take.append(rows)
        groups.append(np.full(len(rows), number))
        complete.append(whole)
        slices.append(span)
    size = met.shape[1]
    joined = [np.concatenate(part) if part else np.empty(0, np.int64) for part in (take, groups)]
    merged = block.merge(joined[1], size + 1, joined[0])
    row = row.ravel()
    whole = np.array(complete, bool)[row]
    empty = merged.mass[row].sum(axis=1) == 0
    reason = np.where(~whole, INCOMPLETE, np.where(empty, NO_ROWS, None))
    return Compared(merged, np.where(reason.astype(bool), size, row), reason, np.array(slices, float)[row])


def _span_rows(reference, current, unit, window, version):
    """Return the rows of the span, whether the log reaches back over all of it, and how many slices it spans."""
    every = version == len(current.version_names)
    own = (current.units == unit) & (every | (current.versions == version))
    if reference.kind == "same_window":
        inside = own & (current.slices >= window.start) & (current.slices < window.end)
        return np.flatnonzero(inside), True, window.slices
    starts = window.before[-reference.rolling:]
    if len(starts) < reference.rolling:
        return np.empty(0, np.int64), False, np.nan
    inside = own & (current.slices >= starts[0]) & (current.slices < window.start)
    return np.flatnonzero(inside), True, sum(window.before_slices[-reference.rolling:])
