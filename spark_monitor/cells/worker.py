"""What Spark's Python workers need not do over and over: look at what was imported, give memory back and ask for more."""

import ctypes
import gc
import sys
from functools import cache

# Of glibc's `mallopt`: what arrays are asked of the system for one by one, and how much may lie free at the end.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST, KEPT = 1 << 25, 1 << 28

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


@cache
def keep_memory():
    """Let this process keep up to 256 MB that it frees, where its C library is one that can be told so.

    Arrays of some megabytes come and go with every batch: each time the system has to empty their pages anew, which
    costs a fifth of counting by segments.

    Examples
    --------
    >>> keep_memory()
    """
    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return
    tell(M_MMAP_THRESHOLD, LARGEST)
    tell(M_TRIM_THRESHOLD, KEPT)
