"""How two rates are compared: as a difference or as a ratio."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.bias.intervals import katz, newcombe


@dataclass(frozen=True)
class Measure:
    """A way to compare two rates.

    Parameters
    ----------
    name : str
    point : callable
        From two rates to the comparison; NaN where it is undefined.
    limits : callable
        From (share, size, other, other_size, z) to the limits of the comparison.
    equal : float
        The comparison of equal rates.
    size_of : callable
        How far a comparison, or its limits, are from equality: |d|, or min(r, 1 / r).
    widest, narrowest : callable
        Which of several comparisons is farther from equality, and which is nearer, as `size_of` counts.
    within_all : callable
        From the comparison of a group with the rest, and its share of all rows, to that with all.
    ci_method : str
    """

    name: str
    point: Callable
    limits: Callable
    equal: float
    size_of: Callable
    widest: Callable
    narrowest: Callable
    within_all: Callable
    ci_method: str


def ratio(value, other):
    """Return value / other, NaN where `other` is 0."""
    value, other = np.broadcast_arrays(value, other)
    return np.divide(value, other, out=np.full(value.shape, np.nan), where=other > 0)


def smaller_ratio(value):
    """Return min(r, 1 / r): 0 where r is 0 or infinite."""
    with np.errstate(divide="ignore"):
        return np.minimum(value, 1 / np.asarray(value, float))


def _ratio_to_all(value, share):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isnan(value), np.nan, 1 / (share + (1 - share) / value))


MEASURES = Catalogue(
    Measure("difference", np.subtract, newcombe, 0.0, np.abs, np.fmax, np.fmin,
            lambda value, share: (1 - share) * value, "newcombe"),
    Measure("ratio", ratio, katz, 1.0, smaller_ratio, np.fmin, np.fmax, _ratio_to_all, "katz"),
)
