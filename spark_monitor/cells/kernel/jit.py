"""How loops are compiled: once for a machine, kept in a folder that can be written to, loaded from there by each worker."""

import os
import stat
import tempfile

import numba


def _cache_folder():
    """Return a folder of the user's own for compiled code, where it can't be kept beside the sources."""
    folder = os.path.join(tempfile.gettempdir(), f"spark_monitor_numba_{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    found = os.stat(folder)
    # Code is loaded from there: a folder that others can write to is not ours to trust.
    if found.st_uid != os.getuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return tempfile.mkdtemp(prefix="spark_monitor_numba_")
    return folder


if not numba.config.CACHE_DIR and not os.access(os.path.dirname(os.path.abspath(__file__)), os.W_OK):
    numba.config.CACHE_DIR = _cache_folder()
jitted = numba.njit(cache=True, nogil=True)
# Only for what decides whether a block is looked at closely: sums in any order, no NaN, zeros of any sign.
roughly = numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc"})
