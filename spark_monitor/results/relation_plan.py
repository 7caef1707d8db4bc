"""The Spark side of evaluating relation cells: all features, and how much of the truth has come, in one task."""

from pyspark.sql import functions as F

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.relation_arrow import FAMILY, RELATION_SCHEMA
from spark_monitor.cells.score_arrow import DELAY_LISTS
from spark_monitor.cells.stream import FEATURE, UNIT, units
from spark_monitor.results.relation import evaluate_relations
from spark_monitor.tables.arrow_types import spark_schema
from spark_monitor.tables.results import METRICS

NAMES = [*KEYS, "bins_id", "row_count", "conflicts", "reference"]
DELAYS = [f"delay_{name}" for name in DELAY_LISTS]
LISTS = [name for name in RELATION_SCHEMA.names
         if name.startswith("cell_") and name not in ("cell_lower", "cell_upper", "cell_category")]


def relation_metrics_of(relations, scores, request):
    """Return the rows of `metrics` that labelled rows by feature give, as a DataFrame.

    Parameters
    ----------
    relations, scores : pyspark.sql.DataFrame
        Relation cells, and score or error cells, of the slices that the windows span and of the first reference.
    request : EvaluationRequest
    """
    none = F.lit(None).cast("string")
    cells = relations.withColumns({"segment": none, "segment_value": none, "family": F.lit(FAMILY)})
    truth = scores.where(F.col("segment").isNull() & (F.col("bins_id") == request.scores.bins_id))
    # Spark takes quadratic time to hand NULL arrays to Python; an empty one says the same.
    empty = F.array().cast("array<bigint>")
    cells = cells.withColumn("conflicts", F.lit(None).cast("bigint"))
    cells = cells.select(*NAMES, *LISTS, *[empty.alias(name) for name in DELAYS])
    none_of = [F.array().cast(relations.schema[name].dataType).alias(name) for name in LISTS]
    truth = truth.select(*NAMES, *none_of, *DELAYS)
    # Findings are corrected for the number of features, so that all of them stand beside each other.
    together = truth.unionByName(cells).repartition(1)
    together = together.sortWithinPartitions(*UNIT, "reference", "slice", "model_version")
    return together.mapInArrow(_evaluating(request), spark_schema(METRICS.schema))


def _evaluating(request):
    def run(batches):
        yield from evaluate_relations(units(batches, FEATURE), request)

    return run
