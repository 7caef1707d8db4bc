"""Which cell of its feature each value falls into: found once, counted for every segment."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.render import alias, escape, name_hash, text_of
from spark_monitor.metrics.histogram import SPECIAL_CELLS

NULL, NAN, POS_INF, NEG_INF, UNSEEN = range(len(SPECIAL_CELLS))


@dataclass(frozen=True)
class Coded:
    """The cell of each row of one feature, and what else its rows tell.

    Parameters
    ----------
    cells : ndarray of int64, shape (rows,)
        Bin, or B + place in `SPECIAL_CELLS`.
    numbers : ndarray of float64 or None
        The values, for moments; only rows with `finite` mean anything.
    finite : ndarray of bool or None
    strays : ndarray of bool or None
        Rows of a discrete feature that are none of its values.
    names : list of str, places : ndarray of int64
        Of a categorical feature: the distinct texts and each row's place among them (-1 for null).
    """

    cells: np.ndarray
    numbers: np.ndarray | None = None
    finite: np.ndarray | None = None
    strays: np.ndarray | None = None
    names: list | None = None
    places: np.ndarray | None = None


def code_numbers(array, bins):
    """Return the `Coded` rows of a numeric or discrete feature.

    Parameters
    ----------
    array : pyarrow.Array
        Integers, floats, decimals or booleans.
    bins : Bins

    Examples
    --------
    >>> from spark_monitor.cells.bins import Bins
    >>> bins = Bins("x", "numeric", edges=np.array([1.0, 2.0]))
    >>> code_numbers(pa.array([0.5, 1.0, 1.5, 9.0, None, float("nan")]), bins).cells.tolist()
    [0, 0, 1, 2, 3, 4]
    """
    array = countable(array)
    missing = np.zeros(len(array), bool)
    if array.null_count:
        missing = array.is_null().to_numpy(zero_copy_only=False)
        array = array.fill_null(False if pa.types.is_boolean(array.type) else 0)
    # -0.0 and 0.0 are one number: adding 0.0 leaves one of them, so that a minimum is the same in any order.
    numbers = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False) + 0.0
    finite = np.isfinite(numbers) & ~missing
    cells = np.searchsorted(bins.edges, numbers, side="left")
    strays = None
    if bins.kind == "discrete":
        cells = np.minimum(cells, bins.size - 1)
        strays = finite & (bins.edges[cells] != numbers)
    if not finite.all():
        cells[np.isnan(numbers)] = bins.size + NAN
        cells[np.isposinf(numbers)] = bins.size + POS_INF
        cells[np.isneginf(numbers)] = bins.size + NEG_INF
        cells[missing] = bins.size + NULL
    return Coded(cells, numbers, finite, strays)


def countable(array):
    """Return dates as days and times as microseconds since 1970, anything else as it is.

    Examples
    --------
    >>> from datetime import date
    >>> countable(pa.array([date(1970, 1, 3)])).to_pylist()
    [2]
    """
    if pa.types.is_date(array.type):
        return array.cast(pa.date32()).cast(pa.int32())
    if pa.types.is_timestamp(array.type):
        return array.cast(pa.timestamp("us", array.type.tz)).cast(pa.int64())
    return array


def code_categories(array, bins):
    """Return the `Coded` rows of a categorical feature.

    Parameters
    ----------
    array : pyarrow.Array
        Of any type that can be written as text.
    bins : Bins

    Examples
    --------
    >>> from spark_monitor.cells.bins import Bins
    >>> bins = Bins("x", "categorical", categories=("a", "b"))
    >>> code_categories(pa.array(["b", "a", "new", None]), bins).cells.tolist()
    [1, 0, 6, 2]
    """
    coded = array if pa.types.is_dictionary(array.type) else text_of(array).dictionary_encode()
    names = [alias(text) if bins.sensitive else escape(text) for text in text_of(coded.dictionary).to_pylist()]
    place_of = {name: place for place, name in enumerate(bins.categories)}
    cell_of = np.array([_cell(name, place_of, bins) for name in names] + [bins.size + NULL], dtype=np.int64)
    places = pc.fill_null(coded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return Coded(cell_of[places], names=names, places=places)


def _cell(name, place_of, bins):
    if name in place_of:
        return place_of[name]
    folded = bins.folded_open or name_hash(name) in bins.folded
    return bins.size - 1 if folded else bins.size + UNSEEN
