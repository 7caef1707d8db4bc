"""How many rows does Spark hand over to Python at once? As many as memory likes, without weighing every batch."""

from contextlib import contextmanager
from threading import Lock

ROWS, BYTES = "spark.sql.execution.arrow.maxRecordsPerBatch", "spark.sql.execution.arrow.maxBytesPerBatch"
# Spark keeps to a limit of bytes by adding up the buffers of all columns after every row, which takes as long as
# filling them. At this value it does not, and rows are the limit.
UNWEIGHED = str((1 << 31) - 1)
BATCH_BYTES, FEWEST, MOST = 1 << 26, 500, 1 << 14
# A text is taken to be this long: categories are shorter, and even comments leave a batch in bounds.
NUMBER_BYTES, TEXT_BYTES = 8, 512
NUMBERS = {"tinyint", "smallint", "int", "bigint", "float", "double", "boolean", "date", "timestamp", "timestamp_ntz"}
# Score cells travel in parcels of half a megabyte, and come back as rows of long lists.
ROWS_OF_LISTS = 1 << 11


def batch_rows(kinds):
    """Return how many rows of such columns a batch should have.

    Parameters
    ----------
    kinds : sequence of str
        Spark types.

    Examples
    --------
    >>> batch_rows(["bigint"] * 10), batch_rows(["double"] * 30 + ["string"] * 10), batch_rows(["string"] * 5000)
    (16384, 12520, 500)
    """
    numbers = sum(kind in NUMBERS for kind in kinds)
    size = NUMBER_BYTES * numbers + TEXT_BYTES * (len(kinds) - numbers)
    return min(max(BATCH_BYTES // max(size, 1), FEWEST), MOST)


class _Session:
    """What a session was set to before those that count at this moment, and how many rows each of them wants."""

    def __init__(self):
        self.lock, self.wanted, self.before = Lock(), [], {}

    def enter(self, conf, rows):
        """Set the session for one more, and say whether it could be set; several share the fewest rows wanted."""
        with self.lock:
            if not self.wanted:
                self.before = {name: conf.get(name, None) for name in (ROWS, BYTES)}
            if None in self.before.values() or not all(map(conf.isModifiable, self.before)):
                return False
            self.wanted.append(rows)
            conf.set(ROWS, str(min(self.wanted)))
            conf.set(BYTES, UNWEIGHED)
            return True

    def leave(self, conf, rows):
        """Set the session as it was, when the last one leaves."""
        with self.lock:
            self.wanted.remove(rows)
            if not self.wanted:
                for name, value in self.before.items():
                    conf.set(name, value)


_session = _Session()


@contextmanager
def sized_batches(spark, rows):
    """Let the session hand over so many rows at once, and set it as it was afterwards.

    Where a platform does not know or not allow these settings, its own stay.

    Parameters
    ----------
    spark : SparkSession
    rows : int
    """
    could_be_set = _session.enter(spark.conf, rows)
    try:
        yield
    finally:
        if could_be_set:
            _session.leave(spark.conf, rows)
