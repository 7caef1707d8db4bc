"""Which cell of its feature each value falls into: found once, counted for every segment."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.cells.kernel import plain
from spark_monitor.cells.kernel.plain import NULL, UNSEEN
from spark_monitor.cells.kernel.values import Column, codes_of, numbers_of
from spark_monitor.cells.render import alias, escape, name_hash, text_of


@dataclass(frozen=True)
class Coded:
    """The cell of each row of one feature, and what else its rows tell.

    Parameters
    ----------
    cells : ndarray of an integer type, shape (rows,)
        Bin, or B + place in `SPECIAL_CELLS`.
    numbers : ndarray of float64 or None
        The values, for moments; only where the cell is a bin do they mean anything.
    names : list of str or None
        Of a categorical feature: the distinct texts.
    places : Column or None
        Each row's place among them.
    unseen : ndarray of bool or None
        Which of the names no bin was frozen for.
    """

    cells: np.ndarray
    numbers: np.ndarray | None = None
    names: list | None = None
    places: Column | None = None
    unseen: np.ndarray | None = None


def code_numbers(array, bins, loops=plain):
    """Return the `Coded` rows of a numeric or discrete feature.

    Parameters
    ----------
    array : pyarrow.Array or Column
        Integers, floats, decimals, booleans, dates or times.
    bins : Bins
    loops : module
        `plain` or `compiled`.

    Examples
    --------
    >>> from spark_monitor.cells.bins import Bins
    >>> bins = Bins("x", "numeric", edges=np.array([1.0, 2.0]))
    >>> code_numbers(pa.array([0.5, 1.0, 1.5, 9.0, None, float("nan")]), bins).cells.tolist()
    [0, 0, 1, 2, 3, 4]
    """
    column = array if isinstance(array, Column) else numbers_of(array)
    cells = loops.find_numbers(column, bins.edges, bins.size, bins.kind == "discrete")
    return Coded(cells, column.values)


def code_categories(array, bins, loops=plain):
    """Return the `Coded` rows of a categorical feature.

    Parameters
    ----------
    array : pyarrow.Array
        Of any type that can be written as text.
    bins : Bins
    loops : module

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
    cell_of = np.array([_cell(name, place_of, bins) for name in names], dtype=np.int64)
    places = codes_of(coded)
    cells = loops.find_categories(places, cell_of, bins.size + NULL)
    return Coded(cells, names=names, places=places, unseen=cell_of == bins.size + UNSEEN)


def _cell(name, place_of, bins):
    if name in place_of:
        return place_of[name]
    folded = bins.folded_open or name_hash(name) in bins.folded
    return bins.size - 1 if folded else bins.size + UNSEEN
