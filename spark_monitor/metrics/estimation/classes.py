"""What is expected of decisions among several classes: hits by calibrated scores, and how misses spread."""

from dataclasses import dataclass, fields

import numpy as np

from spark_monitor.metrics.estimation.bands import calibration_noise
from spark_monitor.metrics.estimation.calibrator import Calibrator
from spark_monitor.metrics.estimation.expected import ExpectedRatio

FITTINGS = 30


@dataclass(frozen=True)
class ClassSums:
    """Sums over the rows of K targets by class, all of shape (K, C); c is the chance that a row is of the class.

    Parameters
    ----------
    decided, decided_sq, rows : ndarray of float64
        Sums of w and w^2, and rows, of those decided for the class.
    hits, hits_sq, hits_squared : ndarray of float64
        Sums of w c, w^2 c and w^2 c^2 over the same rows: expected hits.
    hits_noise : ndarray of float64
        Variance of `hits` that comes from the reference's noise.
    hits_level : ndarray of float64
        Sum of w c (1 - c): what a common shift of all logits does to `hits`.
    misses, misses_noise : ndarray of float64
        Sum of w c over the rows decided for other classes, and its variance from the reference's noise.
    """

    decided: np.ndarray
    decided_sq: np.ndarray
    rows: np.ndarray
    hits: np.ndarray
    hits_sq: np.ndarray
    hits_squared: np.ndarray
    hits_noise: np.ndarray
    hits_level: np.ndarray
    misses: np.ndarray
    misses_noise: np.ndarray

    @classmethod
    def of_class(cls, own, own_chances, rest, rest_chances):
        """Add up one class, shape (K,).

        Parameters
        ----------
        own, rest : ScoreCells
            Rows decided for the class, and for others.
        own_chances, rest_chances : Chances
            That they are of the class.
        """
        c = own_chances.chance
        decided = (own.total(name) for name in ("weight", "weight_sq", "rows"))
        sums = (own.weight * c, own.weight_sq * c, own.weight_sq * c**2)
        hits = (np.bincount(own.target, values, own.size) for values in sums)
        level = np.bincount(own.target, own.weight * c * (1 - c), own.size)
        misses = np.bincount(rest.target, rest.weight * rest_chances.chance, rest.size)
        return cls(*decided, *hits, _noise(own, own_chances), level, misses, _noise(rest, rest_chances))

    @classmethod
    def of_classes(cls, each):
        """Put the sums of single classes, in their order, side by side."""
        return cls(*(np.stack([getattr(one, field.name) for one in each], axis=-1) for field in fields(cls)))

    def take(self, targets):
        """Return the sums of some targets."""
        return type(self)(*(getattr(self, field.name)[targets] for field in fields(self)))


def _noise(cells, chances):
    """Return the variance of the sum of w c that comes from the reference's noise, shape (K,)."""
    each = np.stack([np.zeros(len(cells.target)), np.ones(len(cells.target))])
    nothing = np.zeros(cells.size)
    return calibration_noise(cells, chances, ExpectedRatio(nothing, nothing, each, 0 * each, None))[0]


def fit_side(reference):
    """Return the calibrator of the rows decided for a class, or of those decided for others.

    Rows decided for a class are those whose score for it is high among their scores: what the score means is another
    thing for them than for the rest. Where outcomes are too few for a curve it is flat.

    Parameters
    ----------
    reference : ScoreCells
        One target of one class against the rest.
    """
    try:
        return Calibrator.of(reference)
    except ValueError:
        return Calibrator.flat(reference)


def expected_tables(sums, spread):
    """Return the tables by decision and outcome that are expected of K targets.

    Parameters
    ----------
    sums : ClassSums
    spread : ndarray of float64, shape (C, C)
        The reference's table of decision and outcome, from which misses are known to spread over classes.

    Returns
    -------
    weight, squares, rows : ndarray of float64, shape (K, C, C)
        Decision first. Hits and decisions are those of `sums`; misses by outcome in proportion to `sums.misses`, so
        that all rows have a class; which decision misses which class as in `spread`, fitted to both margins.

    Examples
    --------
    >>> one, none = np.array([[10.0, 10.0]]), np.zeros((1, 2))
    >>> sums = ClassSums(one, one, one, one - 2, one - 2, none, none, none, one - 8, none)
    >>> expected_tables(sums, np.ones((2, 2)))[0]
    array([[[8., 2.],
            [2., 8.]]])
    """
    missed = np.maximum(sums.decided - sums.hits, 0.0)
    everything, held = missed.sum(axis=1, keepdims=True), sums.misses.sum(axis=1, keepdims=True)
    by_outcome = sums.misses * np.divide(everything, held, out=np.zeros(held.shape), where=held > 0)
    off = fitted(spread, missed, by_outcome)
    eye = np.eye(off.shape[-1])
    share = _over(off, missed[:, :, None])
    weight = off + sums.hits[:, :, None] * eye
    squares = share * (sums.decided_sq - sums.hits_sq)[:, :, None] + sums.hits_sq[:, :, None] * eye
    return weight, squares, weight * _over(sums.rows, sums.decided)[:, :, None]


def fitted(spread, by_decision, by_outcome):
    """Return tables without hits whose margins are given, and otherwise as like `spread` as can be.

    Parameters
    ----------
    spread : ndarray of float64, shape (C, C)
        Half a row is added to every pair.
    by_decision, by_outcome : ndarray of float64, shape (K, C)
        Of the same total. Where both can't be had, those by decision are.

    Notes
    -----
    Iterative proportional fitting: W. E. Deming, F. F. Stephan (1940), Annals of Mathematical Statistics 11, 427-444.

    Examples
    --------
    >>> fitted(np.zeros((3, 3)), np.array([[2.0, 2.0, 2.0]]), np.array([[2.0, 2.0, 2.0]]))[0]
    array([[0., 1., 1.],
           [1., 0., 1.],
           [1., 1., 0.]])
    """
    off = np.broadcast_to((spread + 0.5) * (1 - np.eye(len(spread))), (len(by_decision), *spread.shape))
    for _ in range(FITTINGS):
        off = off * _over(by_outcome, off.sum(axis=1))[:, None, :]
        off = off * _over(by_decision, off.sum(axis=2))[:, :, None]
    return off


def _over(part, whole):
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
