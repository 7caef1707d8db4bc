"""How far each feature's spans of the reference are from the whole of it, as rows of `habits`."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from spark_monitor.cells.arrow import to_block
from spark_monitor.cells.here import in_order
from spark_monitor.cells.stream import units
from spark_monitor.metrics.drift.shares import shares_of
from spark_monitor.results.first_reference import span_numbers
from spark_monitor.results.plan import CELL_NAMES, ORDER
from spark_monitor.results.targets import CROSSINGS, SCOPES, Cells, scope
from spark_monitor.rules.habit.reference import span_distances
from spark_monitor.tables.arrow_types import spark_schema

HABIT_SCHEMA = pa.schema([("segment", pa.string()), ("segment_value", pa.string()), ("family", pa.string()),
                          ("feature", pa.string()), ("spans", pa.int64()), ("distance", pa.float64()),
                          ("noise", pa.float64())])
SLICES = [name for name in ORDER if name != "reference"]


def habits_of(cells, bins, unit, grain):
    """Return the rows of one reference, as a DataFrame by `HABIT_SCHEMA`.

    Parameters
    ----------
    cells : pyspark.sql.DataFrame
        Its cells by slice.
    bins : dict of (str, str) to Bins
    unit, grain : str
        What slices and windows are.
    """
    chosen = cells.select(*CELL_NAMES).withColumn("weights", F.coalesce("weights", F.array().cast("array<double>")))
    chosen = chosen.repartition("family", "feature").sortWithinPartitions(*SLICES)
    return chosen.mapInArrow(_each(bins, unit, grain), spark_schema(HABIT_SCHEMA))


def habits_here(cells, bins, unit, grain):
    """Return what `habits_of` does of few cells in Arrow, found by this process."""
    found = _each(bins, unit, grain)(in_order(cells.select(CELL_NAMES), SLICES).to_batches())
    return pa.Table.from_batches(found, HABIT_SCHEMA)


def _each(bins, unit, grain):
    def run(batches):
        for table in units(batches):
            key = table.column("family")[0].as_py(), table.column("feature")[0].as_py()
            # Cells in bins of another freezing are not comparable, as everywhere.
            own = table.filter(pc.equal(table.column("bins_id"), bins[key].bins_id)) if key in bins else table[:0]
            if own.num_rows:
                yield _habits(own.combine_chunks(), bins[key], unit, grain)

    return run


def _habits(table, bins, unit, grain):
    cells = Cells.of(table)
    numbers, spans = span_numbers(cells.slices, unit, grain)
    wanted = np.array([scope(segment) != SCOPES.index(CROSSINGS) for segment, _ in cells.unit_keys])
    mine = np.flatnonzero((numbers >= 0) & wanted[cells.units])
    count = len(cells.unit_keys)
    block = to_block(table.take(pa.array(mine)), bins.kind, bins.size)
    merged = block.merge(numbers[mine] * count + cells.units[mine], spans * count, np.arange(len(mine)))
    histograms = merged.histograms(bins)
    rows = shares_of(histograms, histograms).current_rows.reshape(spans, count, -1)
    distance, noise = span_distances(rows)
    known = np.flatnonzero(wanted & np.isfinite(distance))
    there = (rows.sum(axis=-1) > 0).sum(axis=0)
    keys = [cells.unit_keys[at] for at in known]
    return pa.record_batch([pa.array([key[0] for key in keys], pa.string()),
                            pa.array([key[1] for key in keys], pa.string()),
                            pa.repeat(pa.scalar(bins.family), len(known)), pa.repeat(pa.scalar(bins.feature), len(known)),
                            pa.array(there[known]), pa.array(distance[known]), pa.array(noise[known])], schema=HABIT_SCHEMA)
