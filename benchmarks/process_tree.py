"""Which processes this one has started, and what each has used: read from /proc (Linux)."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Process:
    """One process at one moment.

    Parameters
    ----------
    pid, parent : int
    name : str
        Of the program, as the kernel shortens it.
    cpu_s : float
        User and system seconds, those of ended children that it waited for included.
    rss_mb : float
        Memory that it holds now.
    """

    pid: int
    parent: int
    name: str
    cpu_s: float
    rss_mb: float


def parse_stat(text):
    """Return what one line of ``/proc/<pid>/stat`` tells, as a `Process`.

    Examples
    --------
    >>> line = "7 (a (b) c) S 1 " + " ".join("0" for _ in range(9)) + " 100 200 300 400 20 0 1 0 9 0 256 0"
    >>> found = parse_stat(line)
    >>> found.pid, found.parent, found.name, found.cpu_s == 1000 / TICKS, found.rss_mb == 256 * PAGE / 1e6
    (7, 1, 'a (b) c', True, True)
    """
    # The name stands in brackets and may hold blanks and brackets.
    head, _, rest = text.rpartition(")")
    pid, _, name = head.partition(" (")
    fields = rest.split()
    return Process(int(pid), int(fields[1]), name, sum(map(int, fields[11:15])) / TICKS, int(fields[21]) * PAGE / 1e6)


def descendants(processes, root):
    """Return the process `root` and all that descend from it, in the order given.

    Parameters
    ----------
    processes : iterable of Process
    root : int

    Examples
    --------
    >>> family = [Process(pid, parent, "", 0.0, 0.0) for pid, parent in ((1, 0), (4, 3), (3, 2), (2, 1), (5, 1))]
    >>> [process.pid for process in descendants(family, 2)]
    [4, 3, 2]
    """
    processes = list(processes)
    mine, size = {root}, 0
    while len(mine) > size:
        size = len(mine)
        mine |= {process.pid for process in processes if process.parent in mine}
    return [process for process in processes if process.pid in mine]


def process_tree(root=None):
    """Return a process, this one if none is named, and everything that it started, as they are now."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            found.append(parse_stat(place.read_text()))
        except OSError:
            continue
    return descendants(found, os.getpid() if root is None else root)
