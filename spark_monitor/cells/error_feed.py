"""The Spark feed of error cells: joined rows through the kernel inside `mapInArrow`, partial cells added up after."""

from spark_monitor.cells.bundles import bundled
from spark_monitor.cells.error_arrow import (
    ERROR_SCHEMA, FEATURE, read_error_folds, read_errors, read_losses, to_error_batch,
)
from spark_monitor.cells.kernel.error_counter import ErrorCounter
from spark_monitor.cells.score_arrow import read_conflicts, read_delays
from spark_monitor.cells.score_feed import ORDER, merged_rows
from spark_monitor.cells.stream import UNIT, larger, units


def count_errors(rows, plan, bins_id):
    """Return the error cells of predicted values beside their outcomes, one row a key.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        With the columns that `ErrorPlan` describes.
    plan : ErrorPlan
    bins_id : str
        Of `error_bins` at the plan's pivot and edges.

    Returns
    -------
    pyspark.sql.DataFrame
        Of `ERROR_SCHEMA`; nothing runs before it is written.
    """
    count = _counting(plan, bins_id)
    return bundled(rows, count, _merging(plan.pivot, plan.bins), ERROR_SCHEMA, ORDER, by=UNIT)


def _counting(plan, bins_id):
    def count(batches):
        counter = ErrorCounter(plan)
        for batch in larger(batches):
            counter.count(batch)
        for segment, keys, *totals in counter.groups():
            yield to_error_batch(keys, segment.name, FEATURE, bins_id, *totals, plan.bins)

    return count


def _merging(pivot, bins=1):
    def merge(batches):
        for table in units(batches):
            yield merged_errors(table, pivot, bins)

    return merge


def merged_errors(table, pivot, bins):
    """Return rows of one feature, sorted by key, with equal keys added up."""
    def add_up(numbers, size, keys, feature, bins_id):
        cells = read_errors(table, pivot).merge(numbers, size)
        return to_error_batch(keys, None, feature, bins_id, cells, read_losses(table, numbers, bins),
                              read_error_folds(table, numbers), read_delays(table, numbers, 1),
                              read_conflicts(table, numbers, size), bins)

    return merged_rows(table, add_up)
