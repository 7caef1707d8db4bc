"""How late outcomes come: the share of each class that has arrived by a delay, and the share that ever arrives."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spark_monitor.metrics.maturity.delay_bins import EDGES

# Ages are never negative: the bin of outcomes known before their prediction ends at 0.
KNOTS = np.maximum(EDGES, 0)


@dataclass(frozen=True)
class DelayCurves:
    """Delay curves of K targets, at the E finite edges of the delay bins.

    Parameters
    ----------
    arrived : ndarray of float64, shape (K, C, E)
        P(delay <= edge | an outcome of this class that arrives at some time); never falls. NaN where
        fewer than five outcomes of the class are known.
    ever : ndarray of float64, shape (K, C)
        Share of all predictions whose outcome is of this class and arrives at some time; the classes' sum is at most
        1, and what is missing to 1 never arrives.
    support : ndarray of float64, shape (K, C, E)
        Outcomes that `arrived` rests on.
    observed : ndarray of float64, shape (K, E)
        Predictions that were watched for at least this long.
    dispersion : ndarray of float64, shape (K,)
        Variance of the outcomes that slices have by now over the binomial one; at least 1. It is more where arrival
        wanders from slice to slice.
    """

    arrived: np.ndarray
    ever: np.ndarray
    support: np.ndarray
    observed: np.ndarray
    dispersion: np.ndarray

    def take(self, targets):
        """Return the curves of these targets, repeats allowed: one for each window that is judged by them."""
        taken = DelayCurves(self.arrived[targets], self.ever[targets], self.support[targets], self.observed[targets],
                            self.dispersion[targets])
        # Far more windows than curves: what is known of a curve is not computed once more for each of its windows.
        taken.__dict__["_area"] = self._area[targets]
        return taken

    def or_else(self, other):
        """Return these curves, with those of `other` (same shape) wherever a class of a target has too few outcomes.

        Only the shape and its support are taken over; `ever` stays the target's own.
        """
        few = np.isnan(self.arrived[:, :, :1])
        return DelayCurves(np.where(few, other.arrived, self.arrived), self.ever,
                           np.where(few, other.support, self.support), self.observed, self.dispersion)

    @cached_property
    def _area(self):
        steps = np.diff(KNOTS) * (self.arrived[..., 1:] + self.arrived[..., :-1]) / 2
        return np.concatenate([np.zeros((*steps.shape[:2], 1)), np.cumsum(steps, axis=-1)], axis=-1)

    def _share_and_area(self, target, age):
        at = np.clip(np.searchsorted(KNOTS, age, side="right") - 1, 0, len(KNOTS) - 2)
        past, width = (age - KNOTS[at])[:, None], (KNOTS[at + 1] - KNOTS[at])[:, None]
        before, after = self.arrived[target, :, at], self.arrived[target, :, at + 1]
        share = before + (after - before) * (past / width)
        return share, self._area[target, :, at] + past * (before + share) / 2

    def share_over(self, target, low, high):
        """Return the share of each class that has arrived among predictions of ages spread evenly over a span.

        Parameters
        ----------
        target : ndarray of int64, shape (P,)
        low, high : ndarray of int64, shape (P,)
            Youngest and oldest age, microseconds; negative ages count as 0.

        Returns
        -------
        ndarray of float64, shape (P, C)
        """
        low, high = (np.clip(age, 0, KNOTS[-1]) for age in (low, high))
        (_, before), (share, area) = self._share_and_area(target, low), self._share_and_area(target, high)
        width = (high - low)[:, None]
        return np.where(width > 0, (area - before) / np.maximum(width, 1), share)
