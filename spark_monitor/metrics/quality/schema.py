"""How many columns of the log vanished, appeared or changed their type since the reference was frozen."""

from functools import partial

import numpy as np

from spark_monitor.metrics.quality.table import fact
from spark_monitor.metrics.spec import Estimate, TableMetric


def column_count(facts, name):
    """Return a count of columns as it stands in the facts; NaN where the log's columns are not known.

    Parameters
    ----------
    facts : mapping
        With `name`.
    name : {"columns_missing", "columns_new", "types_changed"}

    Examples
    --------
    >>> column_count({"columns_new": [2, 0]}, "columns_new").value
    array([2., 0.])
    """
    columns = fact(facts, name)
    return Estimate(columns, error_bound=np.where(np.isnan(columns), np.nan, 0.0), reason="not_counted")


COLUMN_MISSING = TableMetric(
    name="column_missing", family="quality", compute=partial(column_count, name="columns_missing"),
    formula="columns of the reference that the log lacks", source="Definition", direction="higher_is_worse",
    unit="columns",
)
COLUMN_NEW = TableMetric(
    name="column_new", family="quality", compute=partial(column_count, name="columns_new"),
    formula="columns of the log that the reference lacks", source="Definition", direction="higher_is_worse",
    unit="columns",
)
TYPE_CHANGED = TableMetric(
    name="type_changed", family="quality", compute=partial(column_count, name="types_changed"),
    formula="columns of another type than in the reference", source="Definition", direction="higher_is_worse",
    unit="columns",
)
