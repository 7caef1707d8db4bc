"""The bins of a small reference are frozen by this process, by the same functions as in tasks."""

import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.freeze import FROZEN, GATHERED, freezing, gathering
from spark_monitor.cells.here import in_order
from spark_monitor.cells.kernel.plan import QUARANTINED, TIME
from spark_monitor.cells.parquet import Part, canonical, row_groups


def frozen_bins_here(files, reading, plan, size, how):
    """Return one row a feature or segment with its frozen bins, as `frozen_bins` does.

    Parameters
    ----------
    files : sequence of DataFile
    reading : Reading
        Of the reference's rows, whose columns are those of a batch.
    plan : CountPlan
        Its slices, and which roles rows have.
    size : int
        Rows of a sample.
    how : tuple
        sources, columns, segments, options: as for `frozen_bins`.

    Returns
    -------
    pyarrow.Table or None
        None where not all rows are in the sample.
    """
    batches, rows = [], 0
    for file in files:
        for group in row_groups(Part(file.path, 0, 1, file.partition), reading, plan.slice_bounds):
            batch, own = _rows_of(group, reading, plan)
            batches.append(batch)
            rows += own
            if rows >= size:
                return None
    gathered = pa.Table.from_batches(gathering(*how)(batches), GATHERED)
    together = in_order(gathered, ("family", "feature"))
    return pa.Table.from_batches(freezing(*how)(together.to_batches()), FROZEN)


def _rows_of(group, reading, plan):
    """Return the rows of a row group that have a place, and how many there are with the others."""
    found = canonical(group, reading, plan)
    inside = pc.and_(pc.greater_equal(found[TIME], reading.low), pc.less(found[TIME], reading.high))
    batch = pa.record_batch(group.values(list(reading.columns)))
    return batch.filter(pc.and_(inside, pc.invert(found[QUARANTINED]))), pc.sum(inside).as_py() or 0
