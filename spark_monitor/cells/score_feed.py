"""The Spark feed of score cells: joined rows through the kernel inside `mapInArrow`, partial cells added up after."""

import pyarrow as pa

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.bundles import bundled
from spark_monitor.cells.kernel.packed import code_packed
from spark_monitor.cells.kernel.scores import ScoreCounter, code_rows, of_bin
from spark_monitor.cells.score_arrow import (
    SCORE_SCHEMA, read_cells, read_conflicts, read_delays, read_folds, to_score_batch,
)
from spark_monitor.cells.stream import UNIT, larger, run_numbers, units

ORDER = (*UNIT, "model_version", "slice")


def count_scores(rows, plan, feature, bins_id, packed=False):
    """Return the score cells of predictions beside their outcomes, one row a key.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        With the columns that `ScorePlan` describes.
    plan : ScorePlan
    feature : str
        What the cells are about: "score", or "prediction" where there is none.
    bins_id : str
    packed : bool
        Whether rows have "p", as `code_packed` reads it.

    Returns
    -------
    pyspark.sql.DataFrame
        Of `SCORE_SCHEMA`; nothing runs before it is written.
    """
    count = _counting(plan, feature, bins_id, code_packed if packed else code_rows)
    return bundled(rows, count, _merging(len(plan.edges)), SCORE_SCHEMA, ORDER, by=UNIT)


def _counting(plan, feature, bins_id, code=code_rows):
    def count(batches):
        counter = ScoreCounter(plan, code)
        for batch in larger(batches):
            counter.count(batch)
        for segment, keys, *totals in counter.groups():
            yield to_score_batch(keys, segment.name, feature, bins_id, *totals, plan.cells)

    return count


def _merging(edges):
    def merge(batches):
        for table in units(batches):
            yield merged_scores(table, edges)

    return merge


def merged_scores(table, edges, classes=2):
    """Return rows of one feature, sorted by key, with equal keys added up."""
    def add_up(numbers, size, keys, feature, bins_id):
        totals = (read_cells(table, numbers, edges, classes), read_folds(table, numbers, classes),
                  read_delays(table, numbers, classes), read_conflicts(table, numbers, size))
        return to_score_batch(keys, None, feature, bins_id, *totals, (edges + 2) * of_bin(classes), classes)

    return merged_rows(table, add_up)


def merged_rows(table, add_up):
    """Return rows of state of one feature, sorted by key, with equal keys added up.

    Parameters
    ----------
    table : pyarrow.Table
    add_up : callable
        From the number of each row's key, how many keys there are, (slice, version, segment value) of each, the feature
        and its `bins_id` to a record batch of one row a key, whose segment is filled in here.
    """
    numbers, starts = run_numbers(table, KEYS)
    if len(starts) == table.num_rows:
        return table.to_batches()[0]
    first = table.take(pa.array(starts))
    segments, names, ids = (first.column(name).to_pylist() for name in ("segment", "feature", "bins_id"))
    keys = list(zip(first.column("slice").cast(pa.int64()).to_pylist(), first.column("model_version").to_pylist(),
                    first.column("segment_value").to_pylist()))
    batch = add_up(numbers, len(starts), keys, names[0], ids[0])
    return batch.set_column(batch.schema.get_field_index("segment"), "segment", pa.array(segments, pa.string()))
