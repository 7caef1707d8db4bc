"""The Spark feed of relation cells: labelled rows through the kernel inside `mapInArrow`, partial cells added up."""

from spark_monitor.cells.kernel.relations import RelationCounter
from spark_monitor.cells.relation_arrow import RELATION_SCHEMA, read_relations, to_relation_batch
from spark_monitor.cells.score_feed import ORDER, merged_rows
from spark_monitor.cells.stream import UNIT, larger, units
from spark_monitor.tables.arrow_types import spark_schema


def count_relations(rows, plan):
    """Return the cells of labelled rows by feature, one row a feature and key.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        With the columns that `RelationPlan` describes.
    plan : RelationPlan

    Returns
    -------
    pyspark.sql.DataFrame
        Of `RELATION_SCHEMA`; nothing runs before it is written.
    """
    schema = spark_schema(RELATION_SCHEMA)
    partial = rows.mapInArrow(_counting(plan), schema)
    together = partial.repartition(*UNIT).sortWithinPartitions(*ORDER)
    return together.mapInArrow(_merging({feature.bins.feature: feature.bins for feature in plan.features}), schema)


def _counting(plan):
    def count(batches):
        counter = RelationCounter(plan)
        for batch in larger(batches):
            counter.count(batch)
        for feature, keys, cells in counter.features():
            yield to_relation_batch(keys, feature.bins, cells)

    return count


def _merging(bins):
    def merge(batches):
        for table in units(batches):
            yield merged_relations(table, bins)

    return merge


def merged_relations(table, bins):
    """Return rows of one feature, sorted by key, with equal keys added up; `bins` are by feature."""
    def add_up(numbers, size, keys, feature, bins_id):
        return to_relation_batch(keys, bins[feature], read_relations(table, numbers))

    return merged_rows(table, add_up)
