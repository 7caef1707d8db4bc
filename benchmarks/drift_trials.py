"""The default drift rule run over the windows of a world: verdicts and alerts, by the product's own functions."""

from dataclasses import dataclass

import numpy as np

from benchmarks.drift_worlds import CELLS, MIDDLES, NULL, NUMERIC, UNSEEN
from spark_monitor.metrics.drift.l_infinity import largest_difference
from spark_monitor.metrics.drift.psi import population_stability_index
from spark_monitor.metrics.histogram import Histograms
from spark_monitor.rules.defaults import DRIFT
from spark_monitor.rules.habit.memory import from_reference
from spark_monitor.rules.habit.reference import span_distances
from spark_monitor.rules.habit.standing import Standing
from spark_monitor.rules.habit.window import Evidence, judge_window


@dataclass(frozen=True)
class Trial:
    """What was said of a world: breaches of shape (windows, features, 1 + segments), and openings alike."""

    breached: np.ndarray
    opened: np.ndarray


def histograms(counts):
    """Return the histograms of cells of shape (..., CELLS + 2)."""
    flat = counts.reshape(-1, CELLS + 2)
    return Histograms.of_counts(flat[:, :CELLS], kind="categorical", nulls=flat[:, NULL], unseen=flat[:, UNSEEN])


def run(counts, kind, spans, history, rule=DRIFT):
    """Judge every window after the reference, which is the last `spans` windows of the first `history` ones.

    Parameters
    ----------
    counts : ndarray of int64, shape (windows, features, 1 + segments, CELLS + 2)
    kind : ndarray of int, shape (features,)
    spans, history : int
    rule : Rule
    """
    features, parts = counts.shape[1:3]
    slices = counts[history - spans : history].reshape(spans, -1, CELLS + 2)
    reference = histograms(slices.sum(axis=0))
    distance, noise = span_distances(np.stack([histograms(part).cells() for part in slices]))
    memory = from_reference(distance, noise, np.full(len(distance), float(spans)))
    standing = Standing.first(memory)
    feature, group = (place.ravel() for place in np.mgrid[:features, :parts])
    least = np.full(len(feature), rule.warn)
    whole = np.where(group == 0, -1, feature * parts)
    is_number = np.repeat(kind == NUMERIC, parts)
    breached, opened = [], []
    for window in counts[history:]:
        found, rows, after = _judge(window, reference, standing, feature, group, least, whole, is_number, rule)
        breached.append(np.zeros(len(feature), bool))
        breached[-1][rows] = found.breached
        opened.append(after.is_open & ~standing.is_open)
        standing = after
    shape = (len(breached), features, parts)
    return Trial(np.reshape(breached, shape), np.reshape(opened, shape))


def _judge(window, reference, standing, feature, group, least, whole, is_number, rule):
    current = histograms(window)
    rows = np.flatnonzero(current.rows >= rule.min_rows)
    now, before = current.take(rows), reference.take(rows)
    index, moved = population_stability_index(now, before), largest_difference(now, before).value
    scale = 1 / now.rows + 1 / before.rows
    evidence = Evidence(rows, index.value / scale, index.expected / scale, scale, index.p_value,
                        index.value - index.expected,
                        np.where(is_number[rows], _level(now) - _level(before), np.nan),
                        np.where(is_number[rows], np.nan, moved))
    found, after = judge_window(evidence, standing, feature, group, least, whole, persist=rule.persist, clear=rule.clear)
    return found, rows, after


def _level(block):
    """Return the mean of numbers, as well as their cells tell it."""
    return block.counts @ MIDDLES / np.maximum(block.counts.sum(axis=-1), 1)
