"""Rows of numbers compared with the benchmark that the configuration states for them."""

import hashlib

import pyarrow as pa

from spark_monitor.metrics.spec import BENCHMARK

FAMILY = "performance"


def beside_benchmark(batches, benchmark):
    """Yield metric rows, and of those that have a benchmark the same rows once more, compared with it.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        Rows of `metrics`, each batch of one metric and family, that compare nothing.
    benchmark : dict of str to float
        Metric of family "performance" to the number that it is held to: for all versions and segments the same.

    Yields
    ------
    pyarrow.RecordBatch
        The second ones have `reference` "benchmark" and the number in `reference_value`, which rests on no rows.
    """
    for batch in batches:
        yield batch
        name = batch.column("metric")[0].as_py() if batch.num_rows else None
        if name in benchmark and batch.column("family")[0].as_py() == FAMILY:
            yield _compared(batch, benchmark[name])


def _compared(batch, held_to):
    size = batch.num_rows
    meanings = [hashlib.sha256(f"{meaning} {held_to!r}".encode()).hexdigest()[:16]
                for meaning in batch.column("definition_hash").to_pylist()]
    made = {"reference": pa.array([BENCHMARK] * size, pa.string()), "reference_value": pa.array([held_to] * size),
            "reference_size": pa.nulls(size, pa.int64()), "definition_hash": pa.array(meanings, pa.string())}
    columns = [made.get(field.name, batch.column(place)) for place, field in enumerate(batch.schema)]
    return pa.RecordBatch.from_arrays([column.cast(field.type) for column, field in zip(columns, batch.schema)],
                                      schema=batch.schema)
