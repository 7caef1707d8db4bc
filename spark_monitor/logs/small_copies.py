"""Rows that repeat an id in a small log, counted by this process as `duplicate_cells` counts them by a shuffle."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.arrow import CELL_SCHEMA
from spark_monitor.cells.kernel.plan import QUARANTINED, TIME, VERSION, CountPlan
from spark_monitor.cells.parquet import Part, canonical, row_groups
from spark_monitor.cells.render import NONE, key_texts
from spark_monitor.cells.row_groups import plain_texts
from spark_monitor.logs.copies import FOUND, as_cells

# Of these, equal values are equal bytes: to Arrow as to Spark.
KEYS = (pa.types.is_integer, pa.types.is_string, pa.types.is_boolean, pa.types.is_date, pa.types.is_timestamp)


def duplicate_cells_here(files, reading, windows, versioned, weighted):
    """Return the cells that hold how many rows repeat an id of their window and version.

    Parameters
    ----------
    files : sequence of DataFile
    reading : Reading
        Whose `low` and `high` enclose the windows.
    windows : dict of str to list of Window
        Grain to the windows to count, in order of time.
    versioned, weighted : bool
        Whether rows have a version, and a weight, which quarantines them where it is none.

    Returns
    -------
    pyarrow.Table or None
        Of `CELL_SCHEMA`; None where only Spark tells which ids are the same.
    """
    names = reading.roles.identity
    versions = [reading.roles.version] if versioned else []
    if not all(any(test(reading.schema.field(name).type) for test in KEYS) for name in (*names, *versions)):
        return None
    plan = CountPlan(np.array([reading.low, reading.high], np.int64), (), (), versioned, weighted)
    parts = [_placed(group, reading, plan, names) for file in files
             for group in row_groups(Part(file.path, 0, 1, file.partition), reading, plan.slice_bounds)]
    found = []
    if parts:
        rows = pa.concat_tables(parts)
        found = [_found_in(grain, spans, rows, len(names)) for grain, spans in windows.items() if spans]
    cells = pa.Table.from_batches(as_cells(found), CELL_SCHEMA)
    place = CELL_SCHEMA.get_field_index("weights")
    return cells.set_column(place, "weights", pa.nulls(cells.num_rows, CELL_SCHEMA.field(place).type))


def _placed(group, reading, plan, names):
    """Return time, version and ids of the rows of a row group that have a place."""
    found, ids = canonical(group, reading, plan), group.read(names)
    times = found[TIME].to_numpy(zero_copy_only=False)
    inside = pc.and_(pa.array((times >= reading.low) & (times < reading.high)), pc.invert(found[QUARANTINED]))
    columns = {TIME: found[TIME], VERSION: _texts(found.get(VERSION), group.rows)}
    columns |= {f"i{place}": plain_texts(ids[name]) for place, name in enumerate(names)}
    return pa.table(columns).filter(inside)


def _texts(versions, rows):
    if versions is None:
        return pa.array([NONE]).take(pa.array(np.zeros(rows, np.int32)))
    texts, of_row = key_texts(versions)
    return pa.array(texts, pa.string()).take(pa.array(of_row))


def _found_in(grain, spans, rows, keys):
    starts, ends = (np.array([getattr(w, edge) for w in spans]) for edge in ("start", "end"))
    times = rows[TIME].to_numpy()
    place = np.searchsorted(starts, times, side="right") - 1
    inside = (place >= 0) & (times < ends[place])
    placed = rows.drop_columns([TIME]).append_column("place", pa.array(place)).filter(pa.array(inside))
    by_id = placed.group_by([*[f"i{key}" for key in range(keys)], VERSION, "place"]).aggregate([([], "count_all")])
    total = by_id.group_by([VERSION, "place"]).aggregate([([], "count_all"), ("count_all", "sum")])
    firsts = total["count_all"].to_numpy()
    return pa.RecordBatch.from_arrays(
        [pa.array([grain] * len(firsts), pa.string()), pa.array(starts[total["place"].to_numpy()], pa.int64()),
         total[VERSION].combine_chunks(), pa.array(firsts, pa.int64()),
         pa.array(total["count_all_sum"].to_numpy() - firsts, pa.int64())], schema=FOUND)
