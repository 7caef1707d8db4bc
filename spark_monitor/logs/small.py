"""Small logs on a disk of one's own: pinned and surveyed by this process, without a job of Spark's."""

import json
import os

import numpy as np
import pyarrow as pa
from pyspark.sql.types import StructType

from spark_monitor.cells.parquet import Reading, UnreadableError
from spark_monitor.cells.survey_files import survey_files
from spark_monitor.logs.files import local_folder
from spark_monitor.logs.names import is_path
from spark_monitor.logs.source import Source, absolute
from spark_monitor.logs.survey import Survey

# As much is surveyed here: of these bytes only the times and, where some may be missing, the ids are decoded.
SURVEYED = 1 << 29


def pin_small(table):
    """Return the newest version of a Delta table in a local folder as a `Source`; None where it has to be Spark's.

    Parameters
    ----------
    table : str
        As the configuration names it.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    folder = local_folder(absolute(table)) if is_path(table) else None
    if folder is None or not os.path.isdir(f"{folder}/_delta_log"):
        return None
    try:
        found = DeltaTable(folder)
        size = sum(pa.table(found.get_add_actions(flatten=True)).column("size_bytes").to_pylist())
        schema = StructType.fromJson(json.loads(found.schema().to_json()))
        return Source(table, str(found.metadata().id), found.version(), f"file:{folder}", size, schema)
    except (DeltaError, OSError, ValueError, KeyError):
        return None


def survey_small(listing, layout, new_files=None):
    """Return the `Survey` of a listed log, as `survey` would; None where it is large, or only Spark reads it rightly.

    Parameters
    ----------
    listing : Listing
    layout : Layout
    new_files : list of str or None
    """
    if sum(file.size for file in listing.files) > SURVEYED:
        return None
    reading = Reading(layout.roles, 0, 0, layout.where, None, {}, listing.schema)
    try:
        seen = survey_files(listing.files, reading, frozenset(new_files or ()))
    except UnreadableError:
        return None
    quarters = np.array(sorted(seen.rows), np.int64)
    totals = (np.array([counts[quarter] for quarter in quarters.tolist()], np.int64)
              for counts in (seen.rows, seen.fresh))
    return Survey(quarters, *totals, min(seen.edges, default=None), max(seen.edges, default=None), seen.reasons)
