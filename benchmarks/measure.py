"""What does each way of doing a work cost? Contenders side by side, in turns, in processor time, time and memory.

    costs = side_by_side({"ours": count, "bare": scan}, repeats=3)
    report("count_vs_scan", 10_000_000, 41, costs, ratio=ratio(costs, "ours", "bare"), target=0.30)

Every contender runs once cold and then `repeats` times warm, A B A B, so that what else the machine does meets all of
them. The medians of the warm runs count. What is measured is the whole process tree: Python, the JVM, Python workers.
"""

import json
import os
import platform
import threading
import time
from dataclasses import dataclass
from statistics import median

from benchmarks.process_tree import process_tree

SAMPLES_A_SECOND = 5


@dataclass(frozen=True)
class Cost:
    """What one run of one contender took.

    Parameters
    ----------
    cpu_s : float
        User and system seconds of the process tree, ended children included, the sampling of memory left out.
    wall_s : float
    rss_mb : float
        Most memory that all processes of the tree held at once.
    driver_mb : float
        Most that this process and the JVM held at once.
    worker_mb : float
        Most that one Python worker held, of those that did something; 0 without any.
    """

    cpu_s: float
    wall_s: float
    rss_mb: float
    driver_mb: float
    worker_mb: float


class Watch:
    """Samples the memory of a process and all that it starts, until it is stopped.

    Parameters
    ----------
    root : int or None
        The process; this one if none is named.
    """

    def __init__(self, root=None):
        self.root = os.getpid() if root is None else root
        self.began, self.cpu_before = time.monotonic(), {p.pid: p.cpu_s for p in process_tree(self.root)}
        self.rss_mb = self.driver_mb = self.worker_mb = self.own_cpu_s = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_stopped, daemon=True)
        self._thread.start()

    def stop(self):
        """Stop sampling and return the `Cost` since the watch was made."""
        wall = time.monotonic() - self.began
        self._stopped.set()
        self._thread.join()
        now = process_tree(self.root)
        self._take(now)
        spent = sum(p.cpu_s for p in now) - sum(self.cpu_before.values())
        if self.root == os.getpid():
            spent -= self.own_cpu_s
        return Cost(spent, wall, self.rss_mb, self.driver_mb, self.worker_mb)

    def _sample_until_stopped(self):
        while not self._stopped.wait(1 / SAMPLES_A_SECOND):
            self._take(process_tree(self.root))
        self.own_cpu_s = time.thread_time()

    def _take(self, processes):
        workers = python_workers(processes, self.root)
        ids = {p.pid for p in workers}
        self.rss_mb = max(self.rss_mb, sum(p.rss_mb for p in processes))
        self.driver_mb = max(self.driver_mb, sum(p.rss_mb for p in processes if p.pid not in ids))
        # Workers of an earlier contender stay and wait; what they hold is not this one's.
        busy = [p.rss_mb for p in workers if p.cpu_s > self.cpu_before.get(p.pid, 0.0)]
        self.worker_mb = max([self.worker_mb, *busy])


def python_workers(processes, driver):
    """Return the Python processes that others than the driver have started: Spark's daemon and its workers.

    Parameters
    ----------
    processes : iterable of Process
    driver : int

    Examples
    --------
    >>> from benchmarks.process_tree import Process
    >>> tree = [Process(1, 0, "python", 0.0, 0.0), Process(2, 1, "java", 0.0, 0.0), Process(3, 2, "python3", 0.0, 0.0)]
    >>> [process.pid for process in python_workers(tree, 1)]
    [3]
    """
    return [p for p in processes if p.name.startswith("python") and driver not in (p.pid, p.parent)]


def measured(work):
    """Return the `Cost` of calling `work`, which is run to its end."""
    watch = Watch()
    try:
        work()
    finally:
        cost = watch.stop()
    return cost


def side_by_side(contenders, repeats=3, measure=measured):
    """Return the costs of each contender: the cold run first, then the warm ones, taken in turns.

    Parameters
    ----------
    contenders : dict of str to callable
    repeats : int
        Warm runs.
    measure : callable
        Returns the `Cost` of a work.

    Returns
    -------
    dict of str to list of Cost
    """
    costs = {name: [] for name in contenders}
    for turn in range(repeats + 1):
        for name, work in contenders.items():
            costs[name].append(measure(work))
            cost = costs[name][-1]
            print(f"  {'warm' if turn else 'cold'} {name}: {cost.cpu_s:.1f} CPU s, {cost.wall_s:.1f} s, "
                  f"worker {cost.worker_mb:,.0f} MB", flush=True)
    return costs


def in_short(costs):
    """Return one contender's costs as numbers of the document: medians of warm runs, most memory, the cold run apart.

    Parameters
    ----------
    costs : list of Cost
        The cold run first; where there is no other, it counts as warm, too.

    Examples
    --------
    >>> runs = [Cost(9.0, 8.0, 500.0, 400.0, 100.0), *[Cost(n, n / 2, 450.0, 400.0, 90.0) for n in (3.0, 1.0, 2.0)]]
    >>> shown = in_short(runs)
    >>> [shown[name] for name in ("cpu_s", "wall_s", "rss_mb", "worker_mb", "cold_cpu_s", "each_cpu_s")]
    [2.0, 1.0, 500.0, 100.0, 9.0, [9.0, 3.0, 1.0, 2.0]]
    """
    shown = {name: warm(costs, name) for name in ("cpu_s", "wall_s")}
    shown |= {name: max(getattr(cost, name) for cost in costs) for name in ("rss_mb", "driver_mb", "worker_mb")}
    shown |= {"cold_cpu_s": costs[0].cpu_s, "cold_wall_s": costs[0].wall_s}
    return {**{name: round(number, 2) for name, number in shown.items()},
            "each_cpu_s": [round(cost.cpu_s, 2) for cost in costs]}


def warm(costs, field="cpu_s"):
    """Return the median of one contender's warm runs.

    Parameters
    ----------
    costs : list of Cost
        The cold run first; where there is no other, it counts.
    field : str

    Examples
    --------
    >>> warm([Cost(n, n, 0.0, 0.0, 0.0) for n in (9.0, 3.0, 1.0, 2.0)])
    2.0
    """
    return median(getattr(cost, field) for cost in costs[1:] or costs)


def ratio(costs, ours, other, field="cpu_s"):
    """Return how many times as much one contender takes as another, by the medians of warm runs.

    Examples
    --------
    >>> ratio({"ours": [Cost(2.0, 1.0, 0.0, 0.0, 0.0)], "bare": [Cost(8.0, 1.0, 0.0, 0.0, 0.0)]}, "ours", "bare")
    0.25
    """
    return warm(costs[ours], field) / warm(costs[other], field)


def machine():
    """Return what the figures depend on: cores, memory, processor, load, versions; never the machine's name."""
    cpu = next((line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
               platform.machine())
    memory = next(int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal"))
    return {"cores": os.cpu_count(), "memory_gb": round(memory / 1e6, 1), "cpu": cpu,
            "load": [round(load, 2) for load in os.getloadavg()], "python": platform.python_version()}


def _lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def table(contenders):
    """Return the contenders as lines of text.

    Examples
    --------
    >>> print("\\n".join(table({"ours": in_short([Cost(2.0, 1.0, 300.0, 200.0, 100.0)])})))
    contender                          CPU s    wall s  cold CPU s    all MB  worker MB
    ours                                 2.0       1.0         2.0       300        100
    """
    head = f"{'contender':<30} {'CPU s':>9} {'wall s':>9} {'cold CPU s':>11} {'all MB':>9} {'worker MB':>10}"
    return [head, *[f"{name:<30} {one['cpu_s']:9.1f} {one['wall_s']:9.1f} {one['cold_cpu_s']:11.1f} "
                    f"{one['rss_mb']:9,.0f} {one['worker_mb']:10,.0f}" for name, one in contenders.items()]]


def report(benchmark, rows, columns, costs, ratio, target, **more):
    """Print the table and, as the last line, the document; return the document.

    Parameters
    ----------
    benchmark : str
    rows, columns : int
    costs : dict of str to list of Cost
    ratio : float or None
        What is compared with the target.
    target : float or None
    more : object
        Further keys of the document.
    """
    contenders = {name: in_short(runs) for name, runs in costs.items()}
    print("\n".join(table(contenders)))
    if ratio is not None:
        print(f"ratio {ratio:.3f}{'' if target is None else f', target {target}'}")
    document = {"benchmark": benchmark, "rows": rows, "columns": columns, "contenders": contenders,
                "ratio": None if ratio is None else round(ratio, 4), "target": target, **more, "machine": machine()}
    print(json.dumps(document, allow_nan=False), flush=True)
    return document
