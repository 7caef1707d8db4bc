"""The Spark side of evaluation: cells and reference cells of a feature brought together, metric rows out."""

import pyarrow as pa
from pyspark.sql import functions as F

from spark_monitor.cells.error_arrow import ERROR_SCHEMA
from spark_monitor.cells.here import in_order
from spark_monitor.cells.pair_arrow import PAIR_SCHEMA
from spark_monitor.cells.score_arrow import SCORE_SCHEMA
from spark_monitor.cells.stream import FEATURE, UNIT, units
from spark_monitor.results.benchmark import beside_benchmark
from spark_monitor.results.champion import evaluate_champion
from spark_monitor.results.evaluate import evaluate
from spark_monitor.results.multiclass import evaluate_classes
from spark_monitor.results.performance import evaluate_scores
from spark_monitor.results.regression import evaluate_errors
from spark_monitor.tables.arrow_types import spark_schema
from spark_monitor.tables.local import with_column
from spark_monitor.tables.results import METRICS
from spark_monitor.tables.state import CELL_COLUMNS

CELL_NAMES = [name for name, _, _ in CELL_COLUMNS]
ORDER = (*UNIT, "reference", "slice", "model_version")


def metrics_of(current, stored, request):
    """Return the rows of `metrics` for every window of a request, as a DataFrame.

    Parameters
    ----------
    current : pyspark.sql.DataFrame
        Feature cells of the slices that the windows and their rolling references span.
    stored : pyspark.sql.DataFrame or None
        Merged reference cells (slice NULL) of the references that are compared with.
    request : EvaluationRequest
    """
    cells = current.select(*CELL_NAMES, F.lit(None).cast("string").alias("reference"))
    if stored is not None:
        cells = cells.unionByName(stored.select(*CELL_NAMES, "reference"))
    # Spark takes quadratic time to hand NULL arrays to Python; an empty one says the same.
    cells = cells.withColumn("weights", F.coalesce("weights", F.array().cast("array<double>")))
    sorted_cells = cells.repartition("family", "feature").sortWithinPartitions(*ORDER)
    return sorted_cells.mapInArrow(_evaluating(request), spark_schema(METRICS.schema))


def metrics_here(current, stored, request):
    """Return what `metrics_of` does of few cells, evaluated by this process.

    Parameters
    ----------
    current, stored : pyarrow.Table
        As for `metrics_of`.
    request : EvaluationRequest

    Returns
    -------
    pyarrow.Table
    """
    cells = with_column(current.select(CELL_NAMES), "reference", pa.scalar(None, pa.string()))
    cells = in_order(pa.concat_tables([cells, stored.select([*CELL_NAMES, "reference"])]), ORDER)
    return pa.Table.from_batches(_evaluating(request)(cells.to_batches()), METRICS.schema).combine_chunks()


def score_metrics_of(cells, request):
    """Return the rows of `metrics` that predictions beside their outcomes give, as a DataFrame.

    Parameters
    ----------
    cells : pyspark.sql.DataFrame
        Score cells of the slices that the windows span, and of the first reference.
    request : EvaluationRequest
    """
    names = ERROR_SCHEMA.names if "error_sums" in cells.columns else SCORE_SCHEMA.names
    picked = cells.select(*names, "reference")
    by = ("family",) if request.scores.classes else FEATURE
    sorted_cells = picked.repartition(*by).sortWithinPartitions(*ORDER)
    return sorted_cells.mapInArrow(_evaluating_scores(request), spark_schema(METRICS.schema))


def champion_metrics_of(cells, pairs, request):
    """Return the rows of `metrics` that compare other versions with the champion, as a DataFrame.

    Parameters
    ----------
    cells : pyspark.sql.DataFrame
        As for `score_metrics_of`.
    pairs : pyspark.sql.DataFrame
        Pair cells of the slices that the windows span.
    request : EvaluationRequest
    """
    own = cells.select(*(ERROR_SCHEMA.names if "error_sums" in cells.columns else SCORE_SCHEMA.names), "reference")
    own = own.where(F.col("bins_id") == request.scores.bins_id)
    both = own.unionByName(pairs.select(*PAIR_SCHEMA.names), allowMissingColumns=True)
    # Spark takes quadratic time to hand NULL arrays to Python; an empty one says the same.
    lists = {name: kind for name, kind in both.dtypes if kind.startswith("array")}
    both = both.withColumns({name: F.coalesce(name, F.array().cast(kind)) for name, kind in lists.items()})
    together = both.repartition(1).sortWithinPartitions("segment", "segment_value", "family", "reference", "slice",
                                                        "model_version")
    return together.mapInArrow(_evaluating_champion(request), spark_schema(METRICS.schema))


def _evaluating_champion(request):
    def run(batches):
        tables = [pa.Table.from_batches([batch]) for batch in batches if batch.num_rows]
        if tables:
            yield from evaluate_champion(pa.concat_tables(tables).combine_chunks(), request)

    return run


def _evaluating_scores(request):
    def rows(batches):
        if request.scores.classes:
            tables = {table.column("feature")[0].as_py(): table for table in units(batches, FEATURE)}
            yield from evaluate_classes(tables, request)
            return
        # All units of a feature together: small ones lean on the whole, and groups are compared with each other.
        for table in units(batches, FEATURE):
            evaluate_labelled = evaluate_errors if "error_sums" in table.column_names else evaluate_scores
            yield from evaluate_labelled(table, request)

    return lambda batches: beside_benchmark(rows(batches), dict(request.scores.benchmark))


def _evaluating(request):
    def run(batches):
        for table in units(batches):
            yield from evaluate(table, request)

    return run
