"""How far are a feature's windows usually from the reference? What each window teaches, in one number and its weight."""

from dataclasses import dataclass

import numpy as np
from scipy import special

NEIGHBOURS = 0.5
FURTHEST = 2.0
CUT_OFF = 1.1
LONGEST = 60.0
FAR_OUT = 4.0
RARELY, SEEN_BEFORE = 0.01, 60.0
TAILS = np.geomspace(0.3, 1000.0, 200)
# How often the square of a Student variable is four standard deviations of a normal one's above its mean.
OUT_RATES = 2 * special.stdtr(TAILS, -np.sqrt(1 + FAR_OUT * np.sqrt(2)))


@dataclass(frozen=True)
class Memory:
    """What is known of the wander of H hypotheses, each a feature in a segment.

    Parameters
    ----------
    wander : ndarray of float64, shape (H,)
        Mean chi-squared distance of windows from the reference, without the sampling in it; below 0 only by chance.
    noise : ndarray of float64, shape (H,)
        Variance, by sampling, of that distance in one window.
    windows : ndarray of float64, shape (H,)
        Windows that it rests on; 0 where none is known.
    escapes : ndarray of float64, shape (H,)
        Share of windows that were far out while the one before was not: how often there are bad days. A change that
        lasts is one escape.
    is_out : ndarray of bool, shape (H,)
        Whether the last window was far out.
    """

    wander: np.ndarray
    noise: np.ndarray
    windows: np.ndarray
    escapes: np.ndarray
    is_out: np.ndarray

    @classmethod
    def of(cls, wander, noise, windows):
        """Return the memory of hypotheses that had no bad day yet."""
        return cls(wander, noise, windows, np.zeros(len(wander)), np.zeros(len(wander), bool))

    @classmethod
    def blank(cls, count):
        """Return the memory of `count` hypotheses of which nothing is known."""
        return cls.of(np.zeros(count), np.zeros(count), np.zeros(count))

    @property
    def habit(self):
        """The wander as a number above 0: where it drowns in the noise, as much as the noise could hide."""
        hidden = np.divide(self.noise, self.windows, out=np.zeros_like(self.noise), where=self.windows > 0)
        return (self.wander + np.sqrt(self.wander**2 + 4 * hidden)) / 2

    def take(self, rows):
        """Return the memory of some hypotheses."""
        return Memory(*(part[rows] for part in (self.wander, self.noise, self.windows, self.escapes, self.is_out)))

    @property
    def tail(self):
        """Degrees of freedom of the Student variable that is far out as often as windows were.

        Of a normal variable one in a hundred is; as if that had been seen in sixty windows before.
        """
        rate = (self.escapes * self.windows + RARELY * SEEN_BEFORE) / (self.windows + SEEN_BEFORE)
        return np.interp(-rate, -OUT_RATES, TAILS)

    def learn(self, rows, distance, noise, habit):
        """Return the memory after one more window.

        Every window teaches, alarming ones too, else what was once alarming would be so for ever; but none teaches more
        than one at the edge of the usual, so that a single bad day does not make the next one look harmless.

        Parameters
        ----------
        rows : ndarray of int
            The hypotheses that the window has numbers of.
        distance, noise : ndarray of float64, shape (len(rows),)
            Chi-squared distance from the reference without the sampling in it, and its variance by sampling.
        habit : ndarray of float64, shape (len(rows),)
            What was thought usual before.

        Examples
        --------
        >>> before = Memory.of(np.array([0.01, 0.01]), np.zeros(2), np.array([9.0, 9.0]))
        >>> before.learn(np.arange(2), np.array([0.02, 5.0]), np.zeros(2), before.wander).wander.round(4)
        array([0.0112, 0.0132])
        """
        spread = np.sqrt(2 * habit**2 + noise)
        seen = np.minimum(distance, habit + FURTHEST * spread)
        # The square of a normal variable loses about a tenth of its mean where it is cut off there.
        seen = np.where(seen > 0, seen * CUT_OFF, seen)
        is_out = distance > habit + FAR_OUT * spread
        weight = 1 / (self.windows[rows] + 1)
        parts = {}
        for name, news in (("wander", seen), ("noise", noise), ("escapes", is_out & ~self.is_out[rows])):
            parts[name] = getattr(self, name).copy()
            parts[name][rows] += (news - parts[name][rows]) * weight
        windows, out = self.windows.copy(), self.is_out.copy()
        windows[rows], out[rows] = np.minimum(windows[rows] + 1, LONGEST), is_out
        return Memory(windows=windows, is_out=out, **parts)


def from_reference(distance, noise, spans):
    """Return the memory that the reference's own spans of time give.

    Parameters
    ----------
    distance, noise : ndarray of float64, shape (H,)
        Means over the spans of each one's chi-squared distance from the whole reference, and of its variance.
    spans : ndarray of float64, shape (H,)
        How many there are; below 2 nothing is known.

    Notes
    -----
    Spans are nearer to their own mean than later windows will be, the more so as neighbours are alike. With
    autocorrelation r the mean of k spans has v = (k + 2 sum (k - j) r^j) / k^2 of the variance of one, and later
    windows are (1 + v) / (1 - v) times as far from it as the spans are, on average. r is taken as 0.5.

    Examples
    --------
    >>> from_reference(np.array([0.01, 0.01]), np.zeros(2), np.array([4.0, 30.0])).wander.round(4)
    array([0.0313, 0.0121])
    """
    known = spans >= 2
    factor = np.array([_further(k) for k in spans])
    return Memory.of(np.where(known, distance * factor, 0.0), np.where(known, noise * factor**2, 0.0),
                     np.where(known, spans - 1, 0.0))


def _further(spans):
    count = int(spans)
    if count < 2:
        return 1.0
    apart = np.arange(1, count)
    share = (count + 2 * ((count - apart) * NEIGHBOURS**apart).sum()) / count**2
    return (1 + share) / (1 - share)
