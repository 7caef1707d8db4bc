"""How a segment's calibration differs from the global curve, as far as its outcomes support a difference."""

from dataclasses import dataclass

import numpy as np
import scipy

STEPS = 50
TOLERANCE = 1e-10


@dataclass(frozen=True)
class SegmentCurves:
    """Curves of S segments: logit c = logit c0 + a + b (logit c0 - centre), where c0 is the global curve.

    Parameters
    ----------
    shift : ndarray of float64, shape (S, 2)
        a and b; 0 for a segment that is like the whole, or that has no outcomes.
    covariance : ndarray of float64, shape (S, 2, 2)
        Of what is not known about a and b after shrinking.
    between : ndarray of float64, shape (2,)
        Variance of a and of b between segments; 0 where they differ no more than by chance.
    """

    shift: np.ndarray
    covariance: np.ndarray
    between: np.ndarray

    @classmethod
    def of(cls, calibrator, reference):
        """Fit the curves of the targets of a reference.

        Parameters
        ----------
        calibrator : Calibrator
            Fitted to the whole of the reference.
        reference : ScoreCells
            One target a segment; labelled rows count.

        Notes
        -----
        Logistic recalibration (D. R. Cox, 1958, "Two further applications of a model for binary regression",
        Biometrika 45, 562-565) with a normal prior around the global curve. The prior's variances are those at which
        the squared scores of the segments are as large as seen (method of moments). Rows are counted by their
        effective number.

        Examples
        --------
        >>> from spark_monitor.metrics.estimation.calibrator import Calibrator
        >>> from spark_monitor.metrics.score_cells import ScoreCells
        >>> rows = (np.tile([0.2, 0.2, 0.8, 0.8], 100), None, np.tile([0, 1, 0, 1], 100), [0.5])
        >>> whole = Calibrator.of(ScoreCells.of_rows(*rows))
        >>> SegmentCurves.of(whole, ScoreCells.of_rows(*rows, target=np.repeat([0, 1], 200))).shift
        array([[0., 0.],
               [0., 0.]])
        """
        cells = reference.where(reference.labelled)
        chance = calibrator.chance[cells.bin]
        place = np.where(cells.scored, scipy.special.logit(chance) - calibrator.centre, 0.0)
        design = np.stack([np.ones(len(place)), place], axis=-1)
        weight, squares = cells.total("weight"), cells.total("weight_sq")
        # Rows of weight 10 say as much as single ones.
        scale = np.divide(weight, squares, out=np.zeros(cells.size), where=squares > 0)
        size = cells.weight * scale[cells.target]
        score, information = _scores(cells, size, chance, design)
        between = _between(score, information)
        shift = np.zeros((cells.size, 2))
        spread = np.diag(np.sqrt(between))
        free = np.zeros((cells.size, 2))
        for _ in range(STEPS):
            bent = scipy.special.expit(scipy.special.logit(chance) + (shift[cells.target] * design).sum(axis=1))
            score, information = _scores(cells, size, bent, design)
            curvature = spread @ information @ spread + np.eye(2)
            step = np.linalg.solve(curvature, (score @ spread - free)[..., None])[..., 0]
            # A step of at most one prior deviation can't overshoot far.
            step /= np.maximum(1, np.abs(step).max(axis=1, keepdims=True))
            free = free + step
            shift = free @ spread
            if np.abs(step).max(initial=0) < TOLERANCE:
                break
        return cls(shift, spread @ np.linalg.inv(curvature) @ spread, between)


def _scores(cells, size, chance, design):
    """Return the score (S, 2) and the information (S, 2, 2) of intercept and slope at these chances."""
    surprise, spread = size * ((cells.outcome == 1) - chance), size * chance * (1 - chance)
    score = [np.bincount(cells.target, surprise * column, cells.size) for column in design.T]
    information = [np.bincount(cells.target, spread * a * b, cells.size) for a in design.T for b in design.T]
    return np.stack(score, axis=-1), np.stack(information, axis=-1).reshape(cells.size, 2, 2)


def _between(score, information):
    """Return the variances of intercept and slope between segments, shape (2,), by moments of the scores."""
    own = np.diagonal(information, axis1=1, axis2=2)
    held = own > 0
    safe = np.where(held, own, 1.0)
    total = own.sum(axis=0)
    total = np.where(total > 0, total, 1.0)
    excess = np.where(held, score**2 / safe - (1 - own / total), 0.0).sum(axis=0)
    lever = np.where(held[:, :, None], information**2 / safe[:, :, None], 0.0).sum(axis=0)
    alone = np.divide(excess, np.diagonal(lever), out=np.zeros(2), where=np.diagonal(lever) > 0)
    determinant = np.linalg.det(lever)
    if determinant > 1e-9 * lever[0, 0] * lever[1, 1]:
        both = np.linalg.solve(lever, excess)
        if (both >= 0).all():
            return both
    # One of them is none: the other explains what it can alone.
    best = np.argmax(alone * np.maximum(excess, 0.0))
    return np.where(np.arange(2) == best, np.maximum(alone, 0.0), 0.0)
