"""What `metrics` said at an earlier moment: each number in the revision that stood then, or computed anew."""

from pyspark.sql import functions as F

from spark_monitor.metrics.maturity import DELAY_METRICS
from spark_monitor.metrics.maturity.matures_at import MATURES_AT
from spark_monitor.metrics.quality.outcome_rates import OUTCOME_RATES
from spark_monitor.tables.results import HISTORY, METRICS
from spark_monitor.windows import to_datetime

BY_OUTCOME_TIME = "outcomes_by_their_own_time"
# Rows that rest on outcomes, though they state no labelled rows.
FAMILIES = ("estimated", "concept")
NAMES = (*DELAY_METRICS, MATURES_AT, *[spec.name for spec in OUTCOME_RATES])


def metrics_known_at(store, moment, model=None):
    """Return the rows of `metrics` as they were published at a moment, as a DataFrame.

    Parameters
    ----------
    store : Store
    moment : int
        Microseconds; a run that began later had published nothing yet.
    model : str, optional

    Returns
    -------
    pyspark.sql.DataFrame
        Columns of `metrics`: rows of today that stood then already, and rows superseded since. Empty where there is no
        table.
    """
    then = F.lit(to_datetime(moment))
    today, history = store.read(METRICS, model), store.read(HISTORY, model)
    if today is None:
        return store.frame(METRICS, [])
    stood = today.where(F.col("computed_at") <= then)
    if history is None:
        return stood
    superseded = history.where((F.col("computed_at") <= then) & (F.col("superseded_at") > then))
    return stood.unionByName(superseded.select(*METRICS.names))


def by_outcome_time(rows):
    """Return rows of `metrics` that were computed anew as of an earlier moment, without knowing when outcomes came in.

    What rests on outcomes says so, by a reason where it has no other: each was taken as known at its own time.
    """
    rests = F.col("labelled_rows").isNotNull() | F.col("family").isin(*FAMILIES) | F.col("metric").isin(*NAMES)
    said = F.coalesce("reason", F.lit(BY_OUTCOME_TIME))
    return rows.withColumn("reason", F.when(rests, said).otherwise(F.col("reason")))
