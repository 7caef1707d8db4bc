"""Which counting loops to use: compiled ones where there is a compiler and enough to count, else NumPy's."""

from spark_monitor.cells.kernel import plain


def choose_loops(compiled):
    """Return the module of the loops; both count the same cells.

    Parameters
    ----------
    compiled : bool
        Whether there is so much to count that loading a compiler pays: a second of processor time in each worker.
    """
    if not compiled:
        return plain
    try:
        from spark_monitor.cells.kernel import compiled as loops
    except ImportError:
        return plain
    return loops
