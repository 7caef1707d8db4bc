"""Which features of one window have moved beyond their habit, by how much, and how surely?"""

from dataclasses import dataclass, replace

import numpy as np

from spark_monitor.rules.habit.chance import p_values
from spark_monitor.rules.habit.discovery import calmed, q_values
from spark_monitor.rules.habit.shrink import shrunk

FALSE_DISCOVERIES = 0.05
LEAST_SHIFT, LEAST_SHARE = 0.1, 0.02
EASIER = 0.5


@dataclass(frozen=True)
class Evidence:
    """What the metrics of one window say of n hypotheses.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        Which hypotheses; each at most once.
    chi_squared, freedom, kappa, by_sampling : ndarray of float64, shape (n,)
        Pearson's chi-squared of window and reference, or what is near it; its degrees of freedom, 1/rows + 1/reference
        rows, and its p-value.
    effect : ndarray of float64, shape (n,)
        Population stability index less what sampling makes of it.
    shift, share : ndarray of float64, shape (n,)
        Shift of the mean in standard deviations, largest change of a category's share; NaN where there is none.
    """

    rows: np.ndarray
    chi_squared: np.ndarray
    freedom: np.ndarray
    kappa: np.ndarray
    by_sampling: np.ndarray
    effect: np.ndarray
    shift: np.ndarray
    share: np.ndarray

    @property
    def distance(self):
        """Chi-squared distance of the true distributions, without bias."""
        return (self.chi_squared - self.freedom) * self.kappa

    @property
    def noise(self):
        """Variance of `distance` by sampling, where the distributions are near."""
        return 2 * self.freedom * self.kappa**2


@dataclass(frozen=True)
class Found:
    """What was found of the n hypotheses of a window.

    Parameters
    ----------
    p, q : ndarray of float64, shape (n,)
        How often chance and habit go as far; the false discovery rate at which the hypothesis is a discovery, NaN for
        those that left the family since their alert is open.
    habit : ndarray of float64, shape (n,)
        How far windows usually are, as was known before.
    borrowed : ndarray of bool, shape (n,)
        Whether that is what others usually are.
    excess : ndarray of float64, shape (n,)
        The effect beyond habit.
    breached : ndarray of bool, shape (n,)
    told : ndarray of bool, shape (n,)
        Segments that would be breached, were it not that their feature is overall.
    """

    p: np.ndarray
    q: np.ndarray
    habit: np.ndarray
    borrowed: np.ndarray
    excess: np.ndarray
    breached: np.ndarray
    told: np.ndarray


def judge_window(evidence, standing, feature, group, least, whole, teaches=True, persist=(1, 1), clear=1):
    """Judge a window by what is known of earlier ones, and learn from it.

    Parameters
    ----------
    evidence : Evidence
    standing : Standing
        Of all H hypotheses, after the windows before.
    feature, group : ndarray of int, shape (H,)
        Hypotheses of one feature are one family; those of one segment value may resemble each other.
    least : ndarray of float64, shape (H,)
        The population stability index beyond habit from which on an effect matters. A shift of the mean by 0.1 standard
        deviations or of a category's share by 2 points matters as well. For an open alert half of each is enough, so
        that it does not come and go.
    whole : ndarray of int, shape (H,)
        Of a feature in a segment, the hypothesis of the same feature overall; -1 where there is none. What is found
        overall is one alert, and not another one for each segment.
    teaches : bool
        Whether the window tells of later ones: not where it is a part of the reference.
    persist, clear
        As for `Standing.after`; arrays are of shape (n,).

    Returns
    -------
    Found
    Standing

    Examples
    --------
    >>> from spark_monitor.rules.habit.memory import Memory
    >>> from spark_monitor.rules.habit.standing import Standing
    >>> known = Standing.first(Memory.of(np.full(2, 0.002), np.zeros(2), np.full(2, 20.0)))
    >>> some = Evidence(np.arange(2), np.array([12.0, 90.0]), np.full(2, 9.0), np.full(2, 0.002),
    ...                 np.array([0.21, 1e-14]), np.array([0.006, 0.16]), np.array([0.05, 0.4]), np.full(2, np.nan))
    >>> found, after = judge_window(some, known, np.arange(2), np.zeros(2, int), np.full(2, 0.02), np.full(2, -1))
    >>> found.breached, after.is_open, after.memory.windows
    (array([False,  True]), array([False,  True]), array([21., 21.]))
    """
    rows = evidence.rows
    # Of this window's hypotheses alone, so that it does not matter which windows are judged in the same run.
    habit, tail, borrowed = shrunk(standing.memory.take(rows), group[rows])
    raw = p_values(evidence.chi_squared, evidence.freedom, evidence.kappa, evidence.by_sampling, habit, tail)
    is_open = standing.is_open[rows]
    p = calmed(raw, ~is_open, np.median(standing.memory.windows[rows]) if len(rows) else 0.0)
    q = np.full(len(p), np.nan)
    q[~is_open] = q_values(p[~is_open], feature[rows][~is_open])
    is_far = _matters(evidence, habit, least[rows] * np.where(is_open, EASIER, 1.0), np.where(is_open, EASIER, 1.0))
    breached = (np.where(is_open, p, q) <= FALSE_DISCOVERIES) & is_far
    overall = np.append(standing.is_open, False)
    overall[rows] |= breached
    told = breached & ~is_open & overall[whole[rows]]
    breached &= ~told
    found = Found(p, q, habit, borrowed, evidence.effect - habit, breached, told)
    after = standing.after(rows, breached, persist, clear)
    if teaches:
        memory = standing.memory.learn(rows, evidence.distance, evidence.noise, habit)
        after = replace(after, memory=memory)
    return found, after


def _matters(evidence, habit, least, ease):
    # A habit of h moves the mean by up to sqrt(h) standard deviations, and a share of a half by half of that.
    usual = np.sqrt(habit)
    is_shifted = np.abs(evidence.shift) - usual >= LEAST_SHIFT * ease
    is_moved = evidence.share - usual / 2 >= LEAST_SHARE * ease
    return (evidence.effect - habit >= least) | is_shifted | is_moved
