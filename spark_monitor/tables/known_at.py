"""What `metrics` said at an earlier moment: each number in the revision that stood then."""

from pyspark.sql import functions as F

from spark_monitor.tables.results import HISTORY, METRICS
from spark_monitor.windows import to_datetime


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
