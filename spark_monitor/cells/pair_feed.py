"""The Spark feed of pair cells: the rows of each id together through the kernel, partial cells added up after."""

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from spark_monitor.cells.kernel.pairs import PairCounter
from spark_monitor.cells.kernel.plan import TIME
from spark_monitor.cells.pair_arrow import FAMILY, LISTS, PAIR_SCHEMA, Pairs, to_pair_batch
from spark_monitor.cells.score_feed import ORDER, merged_rows
from spark_monitor.cells.stream import UNIT, units
from spark_monitor.tables.arrow_types import NAMES, spark_schema

ROWS = "rows"


def count_pairs(rows, keys, plan, facts):
    """Return partial pair cells of predictions beside their outcomes.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        With the columns that `PairPlan` describes, and the key's.
    keys : sequence of str
        Columns that name a prediction, whatever the version.
    plan : PairPlan
    facts : dict of str to str
        feature, bins_id and champion.

    Returns
    -------
    pyspark.sql.DataFrame
        Of `PAIR_SCHEMA`; nothing runs before it is written. `added_up` makes whole cells of them.
    """
    others = [name for name in rows.columns if name not in (TIME, *keys)]
    # Sorted by time, then by all else, so that of rows at the same time the same one counts in every run.
    together = F.sort_array(F.collect_list(F.struct(TIME, *others))).alias(ROWS)
    by_id = rows.groupBy(*keys).agg(together).select(ROWS).where(F.size(ROWS) > 1)
    return by_id.mapInArrow(_counting(plan, facts), spark_schema(PAIR_SCHEMA))


def without_pairs(cells, facts):
    """Return cells without pairs: they say that a slice was looked at.

    Parameters
    ----------
    cells : pyspark.sql.DataFrame
        With "slice" and "model_version".
    facts : dict of str to str
    """
    said = {**facts, "family": FAMILY, "segment": None, "segment_value": None}
    columns = [F.array().cast(NAMES[LISTS[name]]) if name in LISTS else F.lit(0).cast("bigint") if name == "row_count"
               else F.lit(said[name]).cast("string") if name in said else F.col(name) for name in PAIR_SCHEMA.names]
    return cells.select(*[column.alias(name) for name, column in zip(PAIR_SCHEMA.names, columns)])


def added_up(partial, classes, facts):
    """Return pair cells, one row a key, of partial ones."""
    together = partial.repartition(*UNIT).sortWithinPartitions(*ORDER)
    return together.mapInArrow(_merging(classes, facts), spark_schema(PAIR_SCHEMA))


def _counting(plan, facts):
    def count(batches):
        counter = PairCounter(plan)
        for batch in batches:
            lists = batch.column(ROWS)
            key = np.repeat(np.arange(len(lists)), lists.value_lengths().to_numpy(zero_copy_only=False))
            counter.count(pa.RecordBatch.from_struct_array(lists.flatten()), key)
        for segment, keys, *totals in counter.groups():
            yield to_pair_batch(keys, segment.name, facts, *totals, len(plan.labels))

    return count


def _merging(classes, facts):
    def merge(batches):
        for table in units(batches):
            yield merged_pairs(table, classes, facts)

    return merge


def merged_pairs(table, classes, facts):
    """Return rows of one feature, sorted by key, with equal keys added up."""
    def add_up(numbers, size, keys, feature, bins_id):
        whole = Pairs.of(table, numbers, size, classes)
        rows = np.arange(size), whole.rows, np.empty((0, size))
        return to_pair_batch(keys, None, facts, rows, whole.cells, whole.losses, classes)

    return merged_rows(table, add_up)
