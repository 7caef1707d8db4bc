"""Which results a table of cells gives: one target for each unit, window and version, and the cells that make it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.cells.stream import run_numbers

ALL_VERSIONS = "*"
OVERALL, SEGMENTS, CROSSINGS = "overall", "segments", "crossings"
SCOPES = (OVERALL, SEGMENTS, CROSSINGS)


@dataclass(frozen=True)
class Cells:
    """Rows of one feature as plain arrays, beside the table they came from.

    Parameters
    ----------
    table : pyarrow.Table
    units : ndarray of int64
        Number of the (segment, segment_value) that each row is of.
    unit_keys : list of (str or None, str or None)
    slices : ndarray of int64
        Microseconds; -1 where NULL.
    versions : ndarray of int64
        Place of each row's version in `version_names`.
    """

    table: pa.Table
    units: np.ndarray
    unit_keys: list
    slices: np.ndarray
    versions: np.ndarray
    version_names: list

    @classmethod
    def of(cls, table):
        """Read the keys of a table that is sorted by unit."""
        units, starts = run_numbers(table, ("segment", "segment_value"))
        first = table.select(["segment", "segment_value"]).take(pa.array(starts))
        keys = list(zip(*(first.column(name).to_pylist() for name in first.column_names)))
        coded = table.column("model_version").combine_chunks().dictionary_encode()
        slices = table.column("slice").cast(pa.int64()).combine_chunks().fill_null(-1)
        return cls(table, units, keys, slices.to_numpy(), coded.indices.to_numpy().astype(np.int64),
                   coded.dictionary.to_pylist())

    def where(self, mask):
        """Return the rows of the mask; unit and version numbers keep their meaning."""
        return Cells(self.table.filter(pa.array(mask)), self.units[mask], self.unit_keys, self.slices[mask],
                     self.versions[mask], self.version_names)


@dataclass(frozen=True)
class Targets:
    """K results to be made, in a fixed order, and which cell rows go into which.

    Parameters
    ----------
    unit, grain, window, version : ndarray of int64, shape (K,)
        Numbers of the unit, of the grain in the request, of the window in its grain, of the version (the last number
        is `*`).
    rows, groups : ndarray of int64, shape (P,)
        Cell row `rows[i]` belongs to target `groups[i]`.
    """

    unit: np.ndarray
    grain: np.ndarray
    window: np.ndarray
    version: np.ndarray
    rows: np.ndarray
    groups: np.ndarray

    def __len__(self):
        return len(self.unit)


def find_targets(cells, request, grains=None):
    """Return the targets that cells give for the windows of a request.

    Every window has a `*` target in the overall unit and in every frozen segment value, rows or not, so that a gap is
    a row; a single version, and a value that was not frozen, have one only where there are rows.

    Parameters
    ----------
    cells : Cells
        Current rows only.
    request : EvaluationRequest
    grains : sequence of str or None
        Only these grains; None for all of the request.
    """
    star = len(cells.version_names)
    codes, rows, always = [], [], _always_wanted(cells, request)
    widths = (max((len(w) for w in request.windows.values()), default=0) + 1, star + 1)
    for number, (grain, windows) in enumerate(request.windows.items()):
        if not windows or (grains is not None and grain not in grains):
            continue
        inside, place = place_in_windows(cells.slices, windows)
        for version in (cells.versions[inside], np.full(len(inside), star)):
            codes.append(_encode(cells.units[inside], number, place, version, len(request.windows), widths))
            rows.append(inside)
        unit, window = np.repeat(always, len(windows)), np.tile(np.arange(len(windows)), len(always))
        codes.append(_encode(unit, number, window, np.full(len(unit), star), len(request.windows), widths))
        rows.append(np.full(len(unit), -1))
    codes, rows = _joined(codes), _joined(rows)
    present, groups = np.unique(codes, return_inverse=True)
    rest, version = np.divmod(present, widths[1])
    rest, window = np.divmod(rest, widths[0])
    unit, grain = np.divmod(rest, max(len(request.windows), 1))
    real = rows >= 0
    return Targets(unit, grain, window, version, rows[real], groups[real])


def place_in_windows(slices, windows):
    """Return the rows whose slice lies in one of the windows, and which window that is."""
    starts = np.array([window.start for window in windows], np.int64)
    ends = np.array([window.end for window in windows], np.int64)
    place = np.searchsorted(starts, slices, side="right") - 1
    inside = np.flatnonzero((place >= 0) & (slices < ends[place]) & (slices >= 0))
    return inside, place[inside]


def scope(segment):
    """Return the number, in `SCOPES`, of the scope that a segment belongs to."""
    return 0 if segment is None else 2 if " × " in segment else 1


def _always_wanted(cells, request):
    return np.array([number for number, (segment, value) in enumerate(cells.unit_keys)
                     if segment is None or value in request.frozen_values.get(segment, ())], np.int64)


def _encode(unit, grain, window, version, grains, widths):
    return ((unit * grains + grain) * widths[0] + window) * widths[1] + version


def _joined(parts):
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
