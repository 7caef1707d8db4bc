"""Small logs on a disk of one's own: pinned and surveyed by this process, without a job of Spark's."""

import json
import os
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
from pyspark.sql.types import StructType

from spark_monitor.cells.parquet import Reading
from spark_monitor.cells.survey_files import survey_files
from spark_monitor.logs.names import is_path
from spark_monitor.logs.source import PLAIN_FEATURES, Source, absolute
from spark_monitor.logs.storage.find import local_folder
from spark_monitor.logs.survey import Survey

# As much is surveyed here: of these bytes only the times and, where some may be missing, the ids are decoded.
SURVEYED = 1 << 31


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
        found = DeltaTable(Path(folder).as_uri())
        size = sum(pa.table(found.get_add_actions(flatten=True)).column("size_bytes").to_pylist())
        schema = StructType.fromJson(json.loads(found.schema().to_json()))
        protocol, facts = found.protocol(), found.metadata()
        features = {*(protocol.reader_features or ()), *(protocol.writer_features or ())}
        plain = (protocol.min_reader_version in (1, 3) and features <= PLAIN_FEATURES
                 and facts.configuration.get("delta.columnMapping.mode", "none") == "none")
        return Source(table, str(facts.id), found.version(), f"file:{folder}", size,
                      tuple(facts.partition_columns), plain, schema)
    except (DeltaError, OSError, ValueError, KeyError):
        return None


def is_surveyed_here(listing):
    """Say whether the files of a log are few enough for this process to look at their times."""
    return listing.place.is_local and sum(file.size for file in listing.files) <= SURVEYED


def survey_small(files, schema, place, layouts, news):
    """Return the `Survey` of files of a log for each of several models, as `survey` would, in one pass over them.

    Parameters
    ----------
    files : sequence of DataFile
    schema : pyarrow.Schema
        Of the log.
    place : Place
        What opens the files.
    layouts : list of Layout
    news : list of (list of str or None)
        For each of them names of the files that are new, with escapes.

    Raises
    ------
    UnreadableError
        If a file holds what only Spark reads rightly.
    """
    readings = [Reading(layout.roles, 0, 0, layout.where, None, {}, schema, place) for layout in layouts]
    return [_as_survey(seen) for seen in survey_files(files, readings, [set(map(unquote, new or ())) for new in news])]


def _as_survey(seen):
    quarters = np.array(sorted(seen.rows), np.int64)
    totals = (np.array([counts[quarter] for quarter in quarters.tolist()], np.int64)
              for counts in (seen.rows, seen.fresh))
    return Survey(quarters, *totals, min(seen.edges, default=None), max(seen.edges, default=None), seen.reasons,
                  max(seen.latest, default=None), min(seen.beyond, default=None))
