"""When are two folders of results equal? Integers, keys, statuses, min and max to the bit, floats to 1e-12 relative."""

from urllib.parse import unquote

import deltalake
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spark_monitor.alerts.changes import LOG_SCHEMA, open_alerts
from spark_monitor.tables.store import TABLES

LEFT_OUT = {"run_id", "computed_at", "superseded_at", "recorded_at", "judged_at", "frozen_at", "revision",
            "source_table", "source_id", "source_version"}
EXACT_METRICS = ("min", "max")
EXACT_COLUMNS = ("min", "max")
TOLERANCE = 1e-12
COMPARED = ("bins", "references", "reference_cells", "feature_cells", "score_cells", "relation_cells", "pair_cells",
            "habits", "metrics", "verdicts", "models")


def read_table(results, name):
    """Return a result table as it is now, without Spark; empty where it was never made."""
    table = TABLES[name]
    try:
        found = deltalake.DeltaTable(f"{results}/{name}")
    except deltalake.exceptions.TableNotFoundError:
        return table.schema.empty_table()
    files = pa.table(found.get_add_actions(flatten=True)).select(["path", "partition.model"]).to_pylist()
    parts = [_read_file(f"{results}/{name}/{unquote(file['path'])}", file["partition.model"]) for file in files]
    parts = [part.select(table.names).cast(table.schema) for part in parts]
    return pa.concat_tables(parts) if parts else table.schema.empty_table()


def _read_file(path, model):
    # Spark writes INT96, which every reader but this option turns into nanoseconds that end in 2262.
    rows = pq.ParquetFile(path, coerce_int96_timestamp_unit="us").read()
    if "model" in rows.column_names:
        return rows
    return rows.append_column("model", pa.array([model] * rows.num_rows, pa.string()))


def assert_equal_tables(results, others):
    """Compare every table of two folders of results.

    Raises
    ------
    AssertionError
        That names the table, the column, and the first few rows in which they differ.
    """
    for name in COMPARED:
        table = TABLES[name]
        assert_equal_rows(read_table(results, name), read_table(others, name), table.key, name)
    assert alert_states(results) == alert_states(others)
    assert opened(results) == opened(others)


def assert_equal_rows(rows, others, key, name):
    """Compare rows by key, column by column."""
    ours, theirs = _sorted(rows, key), _sorted(others, key)
    sizes = ours.num_rows, theirs.num_rows
    assert sizes[0] == sizes[1], f"{name}: {sizes[0]} rows and {sizes[1]}; {_extra(ours, theirs, key)}"
    exact = None
    if "metric" in ours.column_names:
        exact = pc.is_in(ours["metric"], pa.array(EXACT_METRICS)).to_numpy()
    for column in ours.column_names:
        if column not in LEFT_OUT:
            differs = _differs(ours[column], theirs[column], column, exact)
            if differs.any():
                wrong = [{k: row[k] for k in (*key, column)} for at in np.flatnonzero(differs)[:3]
                         for row in (ours.slice(at, 1).to_pylist()[0], theirs.slice(at, 1).to_pylist()[0])]
                raise AssertionError(f"{name}.{column} differs in {differs.sum()} of {len(differs)} rows: {wrong}")


def _sorted(rows, key):
    return rows.sort_by([(name, "ascending") for name in key])


def _extra(ours, theirs, key):
    mine, other = ({tuple(row.values()) for row in rows.select(list(key)).to_pylist()} for rows in (ours, theirs))
    return f"only here {sorted(mine - other, key=str)[:3]}, only there {sorted(other - mine, key=str)[:3]}"


def _differs(ours, theirs, column, exact):
    """Return where two columns differ."""
    a, b = (part.combine_chunks() for part in (ours, theirs))
    kind = a.type
    if not pa.types.is_floating(kind):
        if pa.types.is_list(kind) and pa.types.is_floating(kind.value_type):
            return np.array([not _close_lists(x, y) for x, y in zip(a.to_pylist(), b.to_pylist())], bool)
        return np.array([x != y for x, y in zip(a.to_pylist(), b.to_pylist())], bool)
    nulls = a.is_null().to_numpy(zero_copy_only=False) != b.is_null().to_numpy(zero_copy_only=False)
    x, y = (part.fill_null(0.0).to_numpy(zero_copy_only=False) for part in (a, b))
    same = (x == y) | (np.isnan(x) & np.isnan(y))
    if column in EXACT_COLUMNS:
        return nulls | ~same
    near = same | (np.abs(x - y) <= TOLERANCE * np.maximum(np.abs(x), np.abs(y)))
    return nulls | ~(near if exact is None else np.where(exact, same, near))


def _close_lists(x, y):
    if x is None or y is None:
        return x is y
    if x == y or len(x) != len(y) or any(isinstance(value, str) for value in (*x, *y)):
        return x == y
    # Bounds that are open are null.
    return np.allclose(np.array(x, float), np.array(y, float), rtol=TOLERANCE, atol=0.0, equal_nan=True)


def alert_states(results):
    """Return the last state of each fingerprint and window; withdrawn is as if there had never been any."""
    last = {(row["fingerprint"], row["window_start"]): row for row in read_table(results, "alerts").sort_by(
        "sequence").to_pylist()}
    return {key: (row["state"], row["severity"]) for key, row in last.items() if row["state"] != "withdrawn"}


def opened(results):
    """Return the alerts that are open, by fingerprint: severity, and the window that opened them."""
    log = read_table(results, "alerts").select(LOG_SCHEMA.names).cast(LOG_SCHEMA)
    return {row["fingerprint"]: (row["severity"], row["opened_window_start"]) for row in open_alerts(log).to_pylist()}


def published(results):
    """Return the windows that committed runs published, and the slices that they counted."""
    runs = read_table(results, "runs").to_pylist()
    return {label for row in runs for label in row["windows"] or ()}


def is_unique(rows, key):
    """Tell whether no two rows share a key; null equals null."""
    keys = rows.select(list(key)).to_pylist()
    return len({tuple(row.values()) for row in keys}) == len(keys)
