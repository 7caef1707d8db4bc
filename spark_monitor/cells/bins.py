"""Which bins a feature is counted in: frozen once from the reference, and named by a hash ever after."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from spark_monitor.cells.render import alias, escape, name_hash

ROWS = "(rows)"
COLUMNS = "(columns)"
DUPLICATES = "(duplicates:{grain})"
MOST_FOLDED = 10_000


@dataclass(frozen=True)
class Bins:
    """The frozen bins of one feature.

    Parameters
    ----------
    feature : str
    family : {"drift", "prediction"}
        Whose metrics it gets: a feature of the model, or what the model said.
    kind : {"numeric", "discrete", "categorical"}
    edges : ndarray of float64
        Right-closed upper ends: B - 1 of them for numeric (both ends are open), the B values for discrete.
    categories : tuple of str
        Named categories, most frequent first; aliases where the feature is sensitive.
    folded : frozenset of int
        Hashes of the reference's categories that have no bin of their own; their rows are in the last bin.
    folded_open : bool
        More were folded than are remembered, so that an unknown category can't be told from a folded one.
    coarse : ndarray of int64, shape (B,)
        The coarser bin of each bin.
    pivot : float
        A typical value; moments are summed around it, so that large offsets cost no digits.
    low, high : float or None
        The configured range.
    sensitive : bool
    data_type : str
        "number", "text" or "boolean" when frozen.
    """

    feature: str
    kind: str
    family: str = "drift"
    edges: np.ndarray = field(default_factory=lambda: np.empty(0))
    categories: tuple = ()
    folded: frozenset = frozenset()
    folded_open: bool = False
    coarse: np.ndarray = field(default_factory=lambda: np.zeros(1, np.int64))
    pivot: float = 0.0
    low: float | None = None
    high: float | None = None
    sensitive: bool = False
    data_type: str = "number"

    @property
    def has_other(self):
        """Whether the last bin holds folded categories."""
        return self.folded_open or bool(self.folded)

    @property
    def size(self):
        """Number of bins."""
        if self.kind == "categorical":
            return len(self.categories) + self.has_other
        return len(self.edges) + (self.kind == "numeric")

    @cached_property
    def bins_id(self):
        """Hash of everything that decides which row falls into which bin."""
        facts = [self.kind, [float(e).hex() for e in self.edges], list(self.categories), sorted(self.folded),
                 self.folded_open, [int(c) for c in self.coarse], float(self.pivot).hex(), self.low, self.high]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def freeze_numbers(values, count, coarse):
    """Return kind, edges, coarse merge and pivot for a sample of numbers.

    Parameters
    ----------
    values : ndarray of float64
        The sample; what is not finite is left out.
    count : int
        The most bins. Where the sample has no more distinct values than that, and each is there twice on average,
        every value gets a bin of its own.
    coarse : int
        About how many coarse bins to merge them into.

    Returns
    -------
    kind : {"numeric", "discrete"}
    edges, coarse : ndarray
    pivot : float

    Examples
    --------
    >>> kind, edges, merged, pivot = freeze_numbers(np.arange(1000.0), 100, 10)
    >>> kind, len(edges), int(merged.max()) + 1
    ('numeric', 99, 10)
    """
    values = np.sort(values[np.isfinite(values)]) + 0.0
    if not len(values):
        return "numeric", np.empty(0), np.zeros(1, np.int64), 0.0
    distinct, repeats = np.unique(values, return_counts=True)
    pivot = float(values[len(values) // 2])
    if len(distinct) <= count and 2 * len(distinct) <= len(values):
        return "discrete", distinct, merge_evenly(repeats, coarse, 2 * coarse), pivot
    ranks = np.linspace(0, 1, count + 1)[1:-1]
    edges = np.unique(np.quantile(values, ranks, method="inverted_cdf"))
    edges = edges[edges < values[-1]]
    held = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return "numeric", edges, merge_evenly(held, coarse, coarse), pivot


def merge_evenly(held, wanted, enough):
    """Return the coarser bin of each bin: neighbours merged until about `wanted` bins hold equal shares.

    Where there are no more than `enough` bins they stay as they are. Where nothing is held all bins count alike.

    Examples
    --------
    >>> merge_evenly(np.array([5, 5, 5, 5]), 2, 2).tolist(), merge_evenly(np.zeros(4), 2, 2).tolist()
    ([0, 0, 1, 1], [0, 0, 1, 1])
    """
    if len(held) <= enough:
        return np.arange(len(held))
    held = held if held.any() else np.ones(len(held))
    middle = (np.cumsum(held) - held / 2) / held.sum()
    merged = np.minimum((middle * wanted).astype(np.int64), wanted - 1)
    return np.unique(merged, return_inverse=True)[1].astype(np.int64)


def freeze_categories(texts, counts, most, min_cell, sensitive=False):
    """Return named categories, folded hashes and whether more were folded than are remembered.

    Parameters
    ----------
    texts : sequence of str
        Distinct values of the sample, as text.
    counts : sequence of int
        Rows of each.
    most : int
        The most categories that get a bin of their own; ties go by name.
    min_cell : int
        Categories with fewer rows than this are never stored by name.

    Examples
    --------
    >>> freeze_categories(["b", "a", "rare"], [50, 50, 3], 10, 10)[0]
    ('a', 'b')
    """
    names = [alias(text) if sensitive else escape(text) for text in texts]
    ranked = sorted(zip(names, counts), key=lambda pair: (-pair[1], pair[0]))
    kept = [name for name, rows in ranked[:most] if rows >= min_cell]
    left = sorted(name_hash(name) for name, _ in ranked[len(kept):])
    return tuple(kept), frozenset(left[:MOST_FOLDED]), len(left) > MOST_FOLDED
