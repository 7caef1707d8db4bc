"""How surprising a difference is, beside the wander between the reference's own slices.

A test here has Q parts, each a sum of squares that is 1 a degree of freedom on average where nothing has changed. The
factor by which slices of the reference exceed that is the wander; what a window must exceed is wander and chance.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from spark_monitor.metrics.performance.closed_forms import ratio


@dataclass(frozen=True)
class Parts:
    """The parts of a test for T targets: squares, their mean and variance where nothing has changed, each (T, Q)."""

    square: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


@dataclass(frozen=True)
class Wander:
    """How much more the slices of R references differ than chance lets them.

    Parameters
    ----------
    factor : ndarray of float64, shape (R, Q)
        Over-dispersion of each part; below 1 only by chance.
    freedom : ndarray of float64, shape (R, Q)
        Degrees of freedom that the factor rests on.
    """

    factor: np.ndarray
    freedom: np.ndarray

    def take(self, references):
        """Return the wander of the references at these places."""
        return type(self)(self.factor[references], self.freedom[references])


def wander_between(parts, of, size):
    """Return the wander from each slice's test against the other slices of its reference.

    Parameters
    ----------
    parts : Parts
        Of G slices.
    of : array_like of int, shape (G,)
        Which of the references a slice belongs to.
    size : int
        R, the number of references.

    Notes
    -----
    The quasi-likelihood estimate, Pearson's statistic over its degrees of freedom: P. McCullagh and J. Nelder (1989),
    "Generalized linear models", section 4.5.

    Examples
    --------
    >>> one = np.ones((3, 1))
    >>> wander = wander_between(Parts(np.array([[2.0], [4.0], [6.0]]), one, 2 * one), of=[0, 0, 0], size=1)
    >>> wander.factor, wander.freedom
    (array([[4.]]), array([[2.]]))
    """
    known = parts.mean > 0
    total, whole, slices = (np.zeros((size, parts.mean.shape[1])) for _ in range(3))
    np.add.at(total, np.asarray(of), np.where(known, parts.square, 0.0))
    np.add.at(whole, np.asarray(of), np.where(known, parts.mean, 0.0))
    np.add.at(slices, np.asarray(of), known)
    freedom = np.nan_to_num(ratio(whole * (slices - 1), slices))
    return Wander(np.where(freedom > 0, np.nan_to_num(ratio(total, whole)), 1.0), freedom)


def surprise(parts, wander=None):
    """Return the p-value that a change of any of the parts gives, shape (T,); NaN where no part says anything.

    Parameters
    ----------
    parts : Parts
    wander : Wander, optional
        Of each target's reference, shape (T, Q). Where it rests on no slices, chance alone counts.

    Notes
    -----
    A part is compared with the gamma distribution of its mean and variance and, where there is a wander, with the F
    that follows once its factor is an estimate; the larger p-value counts. The least of the q parts is corrected by
    Sidak's 1 - (1 - p)^q.

    Examples
    --------
    >>> parts = Parts(np.array([[3.841459]]), np.ones((1, 1)), np.full((1, 1), 2.0))
    >>> surprise(parts).round(4)
    array([0.05])
    """
    known = (parts.mean > 0) & (parts.variance > 0)
    mean, variance = np.where(known, parts.mean, 1.0), np.where(known, parts.variance, 2.0)
    freedom = 2 * mean**2 / variance
    square = np.where(known, np.maximum(parts.square, 0), 0.0) / mean
    p = scipy.special.chdtrc(freedom, freedom * square)
    if wander is not None:
        rests = wander.freedom > 0
        beyond = square / np.where(wander.factor > 0, wander.factor, 1.0)
        # No wander makes a difference surprising that chance alone explains.
        by_wander = scipy.special.fdtrc(freedom, np.where(rests, wander.freedom, 1.0), beyond)
        p = np.where(rests, np.maximum(p, by_wander), p)
    p = np.where(known, p, 1.0)
    number = known.sum(axis=1)
    return np.where(number > 0, -np.expm1(number * np.log1p(-np.minimum(p.min(axis=1), 1 - 1e-16))), np.nan)
