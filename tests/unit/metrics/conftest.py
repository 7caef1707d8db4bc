"""Histograms counted from raw rows the slow and plain way, for tests that know the rows."""

from dataclasses import replace

import numpy as np
import pytest

from spark_monitor.metrics.histogram import Histograms


def count_rows(*columns, kind="numeric", bins=(), has_other=False, limits=None, weights=None):
    """Return the block of one histogram a column; a column is a list of numbers or texts, None where null.

    `bins` are the edges, values or categories; a text "other…" is folded where `has_other`; `weights` are one list a
    column.
    """
    counters = [_count(column, kind, bins, has_other, limits, weights and weights[k])
                for k, column in enumerate(columns)]
    first = counters[0]
    stacked = {name: np.stack([one[name] for one in counters]) for name in first}
    names, edges = (tuple(bins), None) if kind == "categorical" else (None, np.asarray(bins, float))
    return Histograms(kind=kind, coarse=np.arange(stacked["counts"].shape[1]), edges=edges, categories=names,
                      has_other=has_other, has_range=limits is not None, **stacked)


def _count(column, kind, bins, has_other, limits, weights):
    present = [value for value in column if value is not None]
    if kind == "categorical":
        finite = np.empty(0)
        size = len(bins) + has_other
        places = [bins.index(text) if text in bins else (size - 1 if has_other and text.startswith("other") else size)
                  for text in present]
        cell = {"nan": [], "pos": [], "neg": [], "unseen": [place == size for place in places]}
    else:
        numbers = np.array(present, float)
        finite = numbers[np.isfinite(numbers)]
        inner = bins[:-1] if kind == "discrete" else bins
        size = len(inner) + 1
        places = np.searchsorted(np.asarray(inner, float), finite, side="left")
        cell = {"nan": np.isnan(numbers), "pos": numbers == np.inf, "neg": numbers == -np.inf,
                "unseen": ~np.isin(finite, bins) if kind == "discrete" else []}
    held = np.bincount(np.asarray(places, int), minlength=size + 1)[:size]
    low, high = limits or (-np.inf, np.inf)
    counted = {
        "counts": held, "nulls": len(column) - len(present), "nans": sum(cell["nan"]), "pos_inf": sum(cell["pos"]),
        "neg_inf": sum(cell["neg"]), "zeros": (finite == 0).sum(), "unseen": sum(cell["unseen"]),
        "out_of_range": ((finite < low) | (finite > high)).sum(),
    }
    counted = {name: np.asarray(value, np.int64) for name, value in counted.items()}
    empty = not len(finite)
    counted["minimum"], counted["maximum"] = (np.nan, np.nan) if empty else (finite.min(), finite.max())
    with np.errstate(over="ignore", invalid="ignore"):  # rows near the largest float have no finite moments
        counted["mean"], counted["m2"] = (np.nan, np.nan) if empty else (finite.mean(), finite.var() * len(finite))
    if weights is not None:
        counted["weights"] = _weigh(column, kind, bins, has_other, weights)
        counted["weight_squares"] = np.square(weights).sum()
    return counted


def _weigh(column, kind, bins, has_other, weights):
    """Return the sum of weights of each cell, one row at a time."""
    total = 0
    for value, weight in zip(column, weights):
        one = _count([value], kind, bins, has_other, None, None)
        outside = one["unseen"] if kind == "categorical" else 0
        specials = [one["nulls"], one["nans"], one["pos_inf"], one["neg_inf"], outside]
        total = total + weight * np.concatenate([one["counts"], specials])
    return total


def merge_blocks(left, right):
    """Return the histograms of the rows of both blocks together, from their counts alone."""
    added = {name: getattr(left, name) + getattr(right, name)
             for name in ("counts", "nulls", "nans", "pos_inf", "neg_inf", "zeros", "unseen", "out_of_range")}
    if left.weights is not None:
        added |= {name: getattr(left, name) + getattr(right, name) for name in ("weights", "weight_squares")}
    n, m = left.finite, right.finite
    share, gap = m / np.maximum(n + m, 1), right.mean - left.mean
    mean = np.where(n == 0, right.mean, np.where(m == 0, left.mean, left.mean + share * gap))
    m2 = np.where(n == 0, right.m2, np.where(m == 0, left.m2, left.m2 + right.m2 + gap**2 * n * share))
    return replace(left, minimum=np.fmin(left.minimum, right.minimum), maximum=np.fmax(left.maximum, right.maximum),
                   mean=mean, m2=m2, **added)


@pytest.fixture
def of_rows():
    """Return the function that counts raw rows into a block of histograms."""
    return count_rows


@pytest.fixture
def merged():
    """Return the function that merges two blocks."""
    return merge_blocks
