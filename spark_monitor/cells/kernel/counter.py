"""Batches added up: for each segment and feature, one block of cells that grows with the groups met."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.block import SPECIALS, CellBlock, keep_smallest
from spark_monitor.cells.kernel.codes import UNSEEN, Coded, code_categories, code_numbers
from spark_monitor.cells.kernel.groups import group_rows, only_inside
from spark_monitor.cells.kernel.plan import QUARANTINED, TIME, WEIGHT
from spark_monitor.cells.render import name_hash


class Counter:
    """Counts batches by a plan; `blocks` hands out what was counted.

    Parameters
    ----------
    plan : CountPlan
    """

    def __init__(self, plan):
        self.plan = plan
        self.keys = [{} for _ in plan.segments]
        self._blocks = [[None] * len(plan.features) for _ in plan.segments]

    def count(self, batch):
        """Add one record batch; rows outside the plan's slices are left alone."""
        batch = only_inside(batch, self.plan)
        if not batch.num_rows:
            return
        quarantined = batch.column(QUARANTINED).to_numpy(zero_copy_only=False)
        placed = _without(batch, quarantined)
        everyone = group_rows(batch, self.plan)
        groups = group_rows(placed, self.plan) if quarantined.any() else everyone
        for number, feature in enumerate(self.plan.features):
            of_time = feature.columns == (TIME,)
            self._count_feature(number, feature, batch if of_time else placed, everyone if of_time else groups)

    def _count_feature(self, number, feature, batch, groups):
        coded = _code(feature, batch)
        weights = None
        if self.plan.weighted:
            weights = batch.column(WEIGHT).cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
        for segment, grouped in enumerate(groups):
            rows = _places(self.keys[segment], grouped.keys)
            counted = _count(coded, grouped, feature.bins, weights)
            before = self._blocks[segment][number] or CellBlock.empty(0, feature.bins.size, self.plan.weighted)
            block = before.grown(len(self.keys[segment]))
            block.add(rows, counted)
            self._blocks[segment][number] = block

    def blocks(self):
        """Yield (segment plan, feature plan, keys, block) for every group that rows were counted in."""
        for segment, keys, blocks in zip(self.plan.segments, self.keys, self._blocks):
            keys = list(keys)
            for feature, block in zip(self.plan.features, blocks):
                if block is not None:
                    filled = np.flatnonzero(block.mass.any(axis=1))
                    yield segment, feature, [keys[row] for row in filled], block.take(filled)


def _without(batch, mask):
    return batch.filter(pa.array(~mask)) if mask.any() else batch


def _places(known, keys):
    return np.array([known.setdefault(key, len(known)) for key in keys], np.int64)


def _code(feature, batch):
    """Return the coded rows of a feature; those of one that can't be counted are all null."""
    bins, columns = feature.bins, [batch.column(name) for name in feature.columns]
    if feature.failure:
        return Coded(np.full(batch.num_rows, bins.size, np.int64))
    if feature.columns == (TIME,):
        return code_numbers(pc.if_else(batch.column(QUARANTINED), None, columns[0]), bins)
    if feature.bins.feature == "confidence":
        return code_numbers(confidence(columns), bins)
    return (code_categories if bins.kind == "categorical" else code_numbers)(columns[0], bins)


def confidence(columns):
    """Return how sure a classifier was: the largest class probability, or max(s, 1 - s) of a single score.

    Examples
    --------
    >>> confidence([pa.array([0.2, 0.9, None])]).to_pylist()
    [0.8, 0.9, None]
    """
    columns = [column.cast(pa.float64()) for column in columns]
    missing = np.any([column.is_null().to_numpy(zero_copy_only=False) for column in columns], axis=0)
    scores = np.stack([column.fill_null(0.0).to_numpy(zero_copy_only=False) for column in columns])
    scores = np.concatenate([scores, 1 - scores]) if len(scores) == 1 else scores
    return pa.array(np.max(scores, axis=0), mask=missing)


def _count(coded, grouped, bins, weights):
    """Count one feature's coded rows by group."""
    size, cells, groups = len(grouped.keys), bins.size + SPECIALS, grouped.of_row
    block = CellBlock.empty(size, bins.size, weights is not None)
    flat = groups * cells + coded.cells
    block.mass = np.bincount(flat, minlength=size * cells).reshape(size, cells)
    if weights is not None:
        block.weights = np.bincount(flat, weights, size * cells).reshape(size, cells)
        block.weight_squares = np.bincount(groups, weights**2, size)
    if coded.numbers is not None:
        _count_numbers(block, coded, groups, bins)
    if coded.names is not None:
        _count_unseen(block, coded, groups, bins)
    return block


def _count_numbers(block, coded, groups, bins):
    numbers, groups, size = coded.numbers[coded.finite], groups[coded.finite], len(block)
    block.zeros = np.bincount(groups[numbers == 0], minlength=size)
    if coded.strays is not None:
        block.strays = np.bincount(groups[coded.strays[coded.finite]], minlength=size)
    outside = np.zeros(len(numbers), bool)
    if bins.low is not None:
        outside |= numbers < bins.low
    if bins.high is not None:
        outside |= numbers > bins.high
    block.out_of_range = np.bincount(groups[outside], minlength=size)
    np.fmin.at(block.minimum, groups, numbers)
    np.fmax.at(block.maximum, groups, numbers)
    counts = np.bincount(groups, minlength=size)
    shifted = numbers - bins.pivot
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        centre = np.bincount(groups, shifted, size) / counts
        block.m2 = np.bincount(groups, (shifted - centre[groups]) ** 2, size)
    constant = block.minimum == block.maximum
    block.mean = np.where(constant, block.minimum, bins.pivot + centre)
    block.m2 = np.where(constant, 0.0, np.where(counts > 0, block.m2, np.nan))


def _count_unseen(block, coded, groups, bins):
    new = coded.cells == bins.size + UNSEEN
    if not new.any():
        return
    hashes = {place: name_hash(coded.names[place]) for place in np.unique(coded.places[new]).tolist()}
    pairs, rows = np.unique(np.stack([groups[new], coded.places[new]]), axis=1, return_counts=True)
    for group, place, count in zip(*pairs.tolist(), rows.tolist()):
        block.unseen[group][hashes[place]] = (coded.names[place], count)
    for names in block.unseen:
        keep_smallest(names)
