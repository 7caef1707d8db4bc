"""What chance of a positive outcome a score stands for, as a reference with mature outcomes has it."""

from dataclasses import dataclass, field

import numpy as np
import scipy

from spark_monitor.metrics.estimation.isotonic import isotonic_curve
from spark_monitor.metrics.estimation.wander import wander_variance

FEWEST = 5


@dataclass(frozen=True)
class Calibrator:
    """A curve from score bins to chances, with what is needed to know how unsure it is.

    Parameters
    ----------
    chance : ndarray of float64, shape (B + 1,)
        Chance of a positive outcome by score bin, in (0, 1); the last is that of rows without a usable score.
    deviation : ndarray of float64, shape (B + 1,)
        Standard deviation of the chance.
    block : ndarray of int64, shape (B + 1,)
        Bins of one block were pooled: their chances err together, those of different blocks independently.
    centre : float
        The logit of the chance at which the slopes of segments' curves turn.
    wander : float
        Variance, on the logit scale, of how far calibration is off in one slice beyond chance.
    gaps : dict of str to float
        By metric, what it really was in the reference less what the curve says of the reference; see `calibrate`.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> score, outcome = np.repeat([0.2, 0.8], 19), np.repeat([0, 1, 0, 1], [14, 5, 5, 14])
    >>> curve = Calibrator.of(ScoreCells.of_rows(score, None, outcome, edges=[0.5]))
    >>> curve.chance
    array([0.275, 0.725, 0.5  ])
    >>> bool(np.all(Calibrator.from_state(curve.to_state()).chance == curve.chance))
    True
    """

    chance: np.ndarray
    deviation: np.ndarray
    block: np.ndarray
    centre: float
    wander: float = 0.0
    gaps: dict = field(default_factory=dict)

    @classmethod
    def of(cls, reference, slices=None):
        """Fit the curve to a reference, without `gaps`.

        Parameters
        ----------
        reference : ScoreCells
            One target; its labelled rows count, which should not be those that the model was trained on.
        slices : ScoreCells, optional
            The same rows, one target a span of time as long as the windows to be estimated; at least two tell how
            far calibration wanders.

        Raises
        ------
        ValueError
            If fewer than five labelled rows with a score are positive, or fewer than five negative.
        """
        rows, weight, squares = (reference.by_bin(name)[0] for name in ("rows", "weight", "weight_sq"))
        if rows.sum(axis=1).min() < FEWEST or weight.sum(axis=1).min() <= 0:
            raise ValueError(f"a calibrator needs at least {FEWEST} positive and {FEWEST} negative outcomes with a "
                             f"score and a weight, and the reference has {rows[1].sum():.0f} and {rows[0].sum():.0f}")
        held = np.flatnonzero(weight.sum(axis=0) > 0)
        size = weight.sum(axis=0)[held] ** 2 / squares.sum(axis=0)[held]
        curve, block = isotonic_curve(weight[1, held] / weight.sum(axis=0)[held] * size, size)
        every = np.arange(reference.bins)
        nearest = np.clip(np.searchsorted(held, every), 0, len(held) - 1)
        chance = np.append(np.interp(every, held, curve), 0.0)
        blocks = np.append(block[nearest], block[-1] + 1)
        sizes = np.append(np.bincount(block, size), 0.0)
        chance[-1], sizes[-1] = _unscored(reference, weight[1].sum() / weight.sum())
        deviation = np.sqrt(chance * (1 - chance) / sizes[blocks])
        information = size * curve * (1 - curve)
        centre = float((information * scipy.special.logit(curve)).sum() / information.sum())
        wander = 0.0 if slices is None else wander_variance(slices, chance[slices.bin])
        return cls(chance, deviation, blocks, centre, wander)

    @classmethod
    def flat(cls, reference):
        """Return the curve that is the same for all scores: k positives of n rows count as (k + 1/2) / (n + 1).

        Parameters
        ----------
        reference : ScoreCells
            One target; its labelled rows count.

        Examples
        --------
        >>> from spark_monitor.metrics.score_cells import ScoreCells
        >>> Calibrator.flat(ScoreCells.of_rows([0.2, 0.7, 0.9], None, [0, 0, 1], edges=[0.5])).chance
        array([0.375, 0.375, 0.375])
        """
        size = reference.effective_size(reference.labelled)[0]
        weight, positive = (reference.total("weight", keep)[0]
                            for keep in (reference.labelled, reference.outcome == 1))
        chance = ((positive / weight * size if weight > 0 else 0.0) + 0.5) / (size + 1)
        every = np.ones(reference.bins + 1)
        return cls(chance * every, np.sqrt(chance * (1 - chance) / (size + 1)) * every, np.zeros(len(every), np.int64),
                   float(scipy.special.logit(chance)))

    def to_state(self):
        """Return the curve as plain lists and numbers, for a row of a table."""
        return {"chance": self.chance.tolist(), "deviation": self.deviation.tolist(), "block": self.block.tolist(),
                "centre": self.centre, "wander": self.wander, "gaps": dict(self.gaps)}

    @classmethod
    def from_state(cls, state):
        """Return the curve that `to_state` was asked of; equal to the bit."""
        return cls(np.array(state["chance"], float), np.array(state["deviation"], float),
                   np.array(state["block"], np.int64), float(state["centre"]), float(state["wander"]),
                   dict(state["gaps"]))

    def chances(self, cells, curves=None, segment=None):
        """Return the chance of a positive outcome in each cell.

        Parameters
        ----------
        cells : ScoreCells
            On the same score bins.
        curves : SegmentCurves, optional
            Of the segments; all targets have the global curve where not given.
        segment : array_like of int, shape (K,), optional
            The segment of `curves` that each target is of; -1 for the global curve.

        Raises
        ------
        ValueError
            If the cells have other score bins than the curve.

        Returns
        -------
        Chances
        """
        if cells.bins + 1 != len(self.chance):
            raise ValueError(f"the cells have {cells.bins} score bins, and the curve {len(self.chance) - 1}")
        chance, deviation = self.chance[cells.bin], self.deviation[cells.bin]
        place = np.where(cells.scored, scipy.special.logit(chance) - self.centre, 0.0)
        tilt = np.zeros((cells.size, 2, 2))
        if curves is not None:
            segment = np.asarray(segment, np.int64)
            own = (segment >= 0)[:, None]
            shift = np.where(own, curves.shift[segment], 0.0)[cells.target]
            tilt = np.where(own[:, :, None], curves.covariance[segment], 0.0)
            bent = scipy.special.expit(scipy.special.logit(chance) + shift[:, 0] + shift[:, 1] * place)
            deviation = deviation * np.abs(1 + shift[:, 1]) * bent * (1 - bent) / (chance * (1 - chance))
            chance = bent
        return Chances(chance, deviation, self.block[cells.bin], place, tilt, self.wander, self.gaps)


@dataclass(frozen=True)
class Chances:
    """The chance of a positive outcome in each of N cells of K targets, and how unsure it is.

    Parameters
    ----------
    chance, deviation : ndarray of float64, shape (N,)
        Chance, and its standard deviation from the noise of the reference's curve.
    block : ndarray of int64, shape (N,)
        Cells of one target and block err together.
    place : ndarray of float64, shape (N,)
        Where the cell lies on the logit scale, relative to where slopes turn.
    tilt : ndarray of float64, shape (K, 2, 2)
        Covariance of intercept and slope of the target's own curve; 0 for the global one.
    wander : float
        Variance of the intercept from one slice to the next.
    gaps : dict of str to float
        What is added to an estimate, by metric.
    """

    chance: np.ndarray
    deviation: np.ndarray
    block: np.ndarray
    place: np.ndarray
    tilt: np.ndarray
    wander: float = 0.0
    gaps: dict = field(default_factory=dict)


def _unscored(reference, base):
    """Return the chance of rows without a usable score, and the rows it rests on: one more, at the base rate."""
    keep = reference.labelled & ~reference.scored
    rows, weight = reference.effective_size(keep)[0], reference.total("weight", keep)[0]
    positive = reference.total("weight", keep & (reference.outcome == 1))[0] / weight if weight > 0 else 0.0
    return (positive * rows + base) / (rows + 1), rows + 1
