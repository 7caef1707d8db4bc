"""The Spark feed: rows of any table that Spark can read go through the kernel inside `mapInArrow`.

One pass counts, one small shuffle brings the partial cells of a key together, one more pass over those adds them up.
"""

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from spark_monitor.cells.arrow import CELL_SCHEMA, KEYS, key_columns, to_batch, to_block
from spark_monitor.cells.block import CellBlock
from spark_monitor.cells.bundles import bundled, bundles_for
from spark_monitor.cells.kernel.counter import Counter
from spark_monitor.cells.stream import FEATURE, UNIT, larger, run_numbers, run_starts, whole

ORDER = (*UNIT, "model_version", "slice")
BATCH_ROWS = 2_000


def count_cells(rows, plan, min_cell, with_totals=False):
    """Return the cells of canonical rows, one row a key.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        With the columns that `CountPlan` describes.
    plan : CountPlan
    min_cell : int
        Names of unseen categories with fewer rows than this are withheld; their hash and count stay.
    with_totals : bool
        Whether each key also gets one row over all slices, with `slice` NULL.

    Returns
    -------
    pyspark.sql.DataFrame
        Of `CELL_SCHEMA`; nothing runs before it is written.
    """
    return merge_partial(rows, _counting(plan), plan, min_cell, with_totals)


def merge_partial(rows, count, plan, min_cell, with_totals=False):
    """Return the cells of a plan, one row a key, from those that several tasks count; as for `count_cells`.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
    count : callable
        From batches of `rows` to batches of `CELL_SCHEMA`, in which a key may come several times.
    plan, min_cell, with_totals
        As for `count_cells`.
    """
    sizes = {(f.bins.family, f.bins.feature): (f.bins.kind, f.bins.size) for f in plan.features}
    cells = bundled(rows, count, merging(sizes, min_cell, with_totals), CELL_SCHEMA, ORDER, bundles_for(len(sizes)))
    return cells.withColumn("weights", F.when(F.size("weights") > 0, F.col("weights")))


def _counting(plan):
    def count(batches):
        counter = Counter(plan)
        for batch in larger(batches):
            counter.count(batch)
            if counter.full:
                yield from cell_batches(counter)
        yield from cell_batches(counter)

    return count


def cell_batches(counter):
    """Yield what a counter holds as record batches of `CELL_SCHEMA`, and empty it."""
    held, rows = [], 0
    for segment, feature, keys, places, block in counter.blocks():
        # A batch has a cost of its own: features with as many bins share one.
        if held and (held[0][-1].mass.shape[1] != block.mass.shape[1] or rows > BATCH_ROWS):
            yield _batch(held)
            held, rows = [], 0
        held.append((segment, feature, keys, places, block))
        rows += len(block)
    if held:
        yield _batch(held)


def _batch(held):
    # Features of one segment share their keys, which are written in Arrow once.
    written = {id(keys): key_columns(keys) for _, _, keys, _, _ in held}
    parts = [[column.take(pa.array(places)) for column in written[id(keys)]] for _, _, keys, places, _ in held]
    start, version, value = (pa.concat_arrays(column) for column in zip(*parts))
    of_row = pa.array(np.repeat(np.arange(len(held)), [len(block) for *_, block in held]))
    facts = [(segment.name, feature.bins.family, feature.bins.feature,
              None if feature.failure else feature.bins.bins_id, feature.failure) for segment, feature, *_ in held]
    segment, *others = (pa.array(column, pa.string()).take(of_row) for column in zip(*facts))
    return to_batch((start, version, segment, value), CellBlock.stacked([block for *_, block in held]), *others)


def merging(sizes, min_cell, with_totals):
    """Return the function that adds up equal keys of sorted batches of cells.

    Parameters
    ----------
    sizes : dict of (str, str) to (str, int)
        Family and feature -> kind and number of bins.
    min_cell : int
    with_totals : bool
        As for `count_cells`.
    """
    def merge(batches):
        for table in whole(batches):
            for alike, kind, size in _alike(table, sizes):
                yield merged(alike, KEYS, kind, size, min_cell)
                if with_totals:
                    keys = [name for name in KEYS if name != "slice"]
                    yield merged(alike, keys, kind, size, min_cell)

    return merge


def _alike(table, sizes):
    """Yield neighbouring features whose bins are of one kind and number, so that they are added up together."""
    starts = run_starts(table, FEATURE)
    first = table.select(FEATURE).take(pa.array(starts)).to_pylist()
    kinds = [sizes[row["family"], row["feature"]] for row in first]
    cuts = [place for place in range(len(kinds)) if not place or kinds[place] != kinds[place - 1]]
    ends = [*starts[cuts[1:]], table.num_rows]
    for cut, end in zip(cuts, ends):
        yield table.slice(starts[cut], end - starts[cut]).combine_chunks(), *kinds[cut]


def merged(table, keys, kind, size, min_cell):
    """Return rows of features alike, sorted by `keys`, with equal keys added up; a key left out becomes NULL."""
    numbers, starts = run_numbers(table, keys)
    block = to_block(table, kind, size).merge(numbers, len(starts))
    for names in block.unseen.values():
        for key, (name, rows) in names.items():
            names[key] = (name if rows >= min_cell else None, rows)
    first = table.select([*KEYS, "bins_id", "failure"]).take(pa.array(starts))
    others = {name: first.column(name).combine_chunks() for name in first.schema.names}
    slices = others["slice"] if "slice" in keys else pa.nulls(len(starts), others["slice"].type)
    where = slices, *(others[name] for name in ("model_version", "segment", "segment_value"))
    return to_batch(where, block, *(others[name] for name in ("family", "feature", "bins_id", "failure")))
