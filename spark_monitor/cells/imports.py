"""What a Python worker of Spark need not look at after every task: all that was imported."""

import gc
import sys

_seen = 0


def spare_imports():
    """Take what is alive out of the sight of Python's collector, where modules were imported since the last time.

    Spark's workers collect garbage after every task: with NumPy, Arrow and compiled loops in memory that costs 60 ms, as
    much as reading five million values.

    Examples
    --------
    >>> spare_imports()
    >>> gc.get_freeze_count() > 0
    True
    >>> gc.unfreeze()
    """
    global _seen
    if len(sys.modules) != _seen:
        gc.collect()
        gc.freeze()
        _seen = len(sys.modules)
