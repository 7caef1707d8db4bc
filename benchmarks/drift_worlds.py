"""Worlds in which nothing changes but by habit, and changes planted in them: cell counts of features, window by window.

A world has features in five segments of 2, 8, 20, 30 and 40 % of the rows, half of them numbers in ten cells, half
categories, each with cells for null and for values never seen. What wanders:

ar1
    Level, missing share and, for categories, one direction of all shares: 0.7 times yesterday's deviation plus noise of
    Student's t with 5 degrees of freedom, part of it common to the segments, part their own, and a weekday's own level.
    The size differs from feature to feature.
flights
    Each window of a feature has the shares of one day of 2013, drawn at random, of one feature of New York's flights.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

SEGMENTS = np.array([0.02, 0.08, 0.2, 0.3, 0.4])
CELLS = 10
NULL, UNSEEN = CELLS, CELLS + 1
EDGES = special.ndtri(np.arange(1, CELLS) / CELLS)
MIDDLES = special.ndtri((np.arange(CELLS) + 0.5) / CELLS)
NUMERIC, CATEGORICAL = 0, 1
MISSING, PERSISTENCE, WEEKDAY = 0.01, 0.7, 0.7
BURN_IN = 50


@dataclass(frozen=True)
class World:
    """T windows of F features in the segments, as what the cells' shares are made of; arrays of shape (T, F, S).

    Parameters
    ----------
    level, spread : ndarray
        Mean and standard deviation of a number, in those of the reference; of a category the weight of a direction.
    missing, unseen, stuck : ndarray
        Shares of rows that are null, of a value never seen, or stuck at the middle.
    kind : ndarray of int, shape (F,)
    direction : ndarray, shape (F, CELLS)
        Of categories: the logarithms of the shares, and how they go up and down together.
    base : ndarray, shape (F, CELLS)
    given : ndarray or None
        Shares of the cells, shape (T, F, S, CELLS + 2), where the world is drawn from data.
    """

    level: np.ndarray
    spread: np.ndarray
    missing: np.ndarray
    unseen: np.ndarray
    stuck: np.ndarray
    kind: np.ndarray
    direction: np.ndarray
    base: np.ndarray
    given: np.ndarray | None = None

    def shares(self):
        """Return the true share of each cell, shape (T, F, S, CELLS + 2)."""
        if self.given is not None:
            return self.given
        cut = special.ndtr((EDGES - self.level[..., None]) / self.spread[..., None])
        ends = np.zeros((*cut.shape[:-1], 1))
        of_number = np.diff(np.concatenate([ends, cut, ends + 1], axis=-1), axis=-1)
        logits = self.base[:, None] + self.level[..., None] * self.direction[:, None]
        of_category = special.softmax(logits, axis=-1)
        inner = np.where((self.kind == NUMERIC)[:, None, None], of_number, of_category)
        inner *= (1 - self.stuck)[..., None]
        inner[..., CELLS // 2] += self.stuck
        inner *= (1 - self.missing - self.unseen)[..., None]
        return np.concatenate([inner, self.missing[..., None], self.unseen[..., None]], axis=-1)

    def counts(self, random, rows):
        """Draw the rows of each cell, overall first, shape (T, F, 1 + S, CELLS + 2)."""
        shares = self.shares()
        sizes = np.maximum(np.round(rows * SEGMENTS), 1).astype(np.int64)
        drawn = random.multinomial(np.broadcast_to(sizes, shares.shape[:-1]), shares / shares.sum(-1, keepdims=True))
        return np.concatenate([drawn.sum(axis=2, keepdims=True), drawn], axis=2)


def ar1(random, windows, features, size=0.02):
    """Return a world that wanders by itself; `size` is the median feature's, in standard deviations."""
    shape = (windows, features, len(SEGMENTS))
    own = size * np.exp(0.5 * random.standard_normal(features))
    kind = np.arange(features) % 2
    direction = random.standard_normal((features, CELLS))
    base = np.log(np.sort(random.dirichlet(np.full(CELLS, 3.0), features)))
    direction -= (special.softmax(base, axis=-1) * direction).sum(-1, keepdims=True)
    level = own[:, None] * _wander(random, shape)
    missing = MISSING * np.exp(0.1 * _wander(random, shape))
    zero = np.zeros(shape)
    return World(level, zero + 1, missing, zero, zero, kind, direction, base)


def _wander(random, shape):
    windows, features, segments = shape
    common, own = (_series(random, (windows, *rest)) for rest in ((features, 1), (features, segments)))
    weekday = WEEKDAY * random.standard_normal((7, features, 1))
    return 0.8 * common + 0.6 * own + weekday[np.arange(windows) % 7]


def _series(random, shape):
    noise = random.standard_t(5, (shape[0] + BURN_IN, *shape[1:])) * np.sqrt((1 - PERSISTENCE**2) * 3 / 5)
    for before, now in zip(noise, noise[1:]):
        now += PERSISTENCE * before
    return noise[BURN_IN:]


def flights(random, windows, features, days):
    """Return a world of days drawn from data.

    Parameters
    ----------
    days : ndarray, shape (columns, days, CELLS + 2)
        Shares of each real feature on each day, as `flight_days` makes them.
    """
    column = np.arange(features) % len(days)
    day = random.integers(0, days.shape[1], (windows, features))
    given = np.repeat(days[column, day][:, :, None], len(SEGMENTS), axis=2)
    zero = np.zeros(given.shape[:3])
    return World(zero, zero, zero, zero, zero, np.full(features, CATEGORICAL), np.zeros((features, CELLS)),
                 np.zeros((features, CELLS)), given)


def flight_days():
    """Return the shares of the cells of each feature of the flights on each day of 2013."""
    from spark_monitor.demo.flights import FEATURES, load_flights

    frame = load_flights()
    day = frame["predicted_at"].dt.floor("D").rank(method="dense").astype(int).to_numpy() - 1
    out = np.zeros((len(FEATURES), day.max() + 1, CELLS + 2))
    for place, name in enumerate(FEATURES):
        column, null = frame[name], frame[name].isna().to_numpy()
        if column.dtype.kind in "fi":
            edges = np.unique(np.nanquantile(column, np.arange(1, CELLS) / CELLS))
            cell = np.searchsorted(edges, column.to_numpy(float))
        else:
            top = list(column.value_counts().index[: CELLS - 1])
            cell = column.map({value: at for at, value in enumerate(top)}).fillna(CELLS - 1).to_numpy(int)
        np.add.at(out[place], (day, np.where(null, NULL, cell)), 1)
    return out / out.sum(axis=-1, keepdims=True)


def _from(world, name, at, features, change, segments=slice(None)):
    """Return a world in which one part is changed from a window on, in some features."""
    part = getattr(world, name).copy()
    for feature in features:
        part[at:, feature, segments] = change(part[at:, feature, segments])
    return replace(world, **{name: part})


def _lose_a_category(world, at, features):
    changed = world.shares()
    for feature in features:
        lost = np.argsort(special.softmax(world.base[feature]))[CELLS // 2]
        changed[at:, feature, :, -3] += changed[at:, feature, :, lost]
        changed[at:, feature, :, lost] = 0
    return replace(world, given=changed)


def _change_unit(world, at, features):
    world = _from(world, "level", at, features, lambda old: 1.8 * old + 3)
    return _from(world, "spread", at, features, lambda old: 1.8 * old)


def _along(curve):
    return lambda old: old + curve(np.arange(len(old)))[:, None]


CHANGES = {
    "mean shift by 0.2 sd": (NUMERIC, lambda w, at, f: _from(w, "level", at, f, lambda old: old + 0.2)),
    "standard deviation x 1.3": (NUMERIC, lambda w, at, f: _from(w, "spread", at, f, lambda old: 1.3 * old)),
    "a category lost": (CATEGORICAL, _lose_a_category),
    "a new category of 3 %": (CATEGORICAL, lambda w, at, f: _from(w, "unseen", at, f, lambda old: old + 0.03)),
    "missing 1 -> 4 %": (NUMERIC, lambda w, at, f: _from(w, "missing", at, f, lambda old: 4 * old)),
    "unit change": (NUMERIC, _change_unit),
    "a fifth stuck at one value": (NUMERIC, lambda w, at, f: _from(w, "stuck", at, f, lambda old: old + 0.2)),
    "slow trend, 0.01 sd a window": (NUMERIC, lambda w, at, f: _from(w, "level", at, f, _along(lambda t: 0.01 * t))),
    "1 sd in a 2 % segment only": (NUMERIC, lambda w, at, f: _from(w, "level", at, f, lambda old: old + 1, slice(1))),
    "seasonal, 0.2 sd over 28 windows": (
        NUMERIC, lambda w, at, f: _from(w, "level", at, f, _along(lambda t: 0.2 * np.sin(2 * np.pi * t / 28)))),
}
