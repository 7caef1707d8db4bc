"""What a benchmark says that a work took is what it took: processor time, memory, children and all."""

import json
import os
import resource
import subprocess
import sys
import time

from benchmarks.cpu_time import cpu_seconds
from benchmarks.measure import Cost, in_short, measured, python_workers, report, side_by_side
from benchmarks.process_tree import Process, process_tree

BUSY = "import time\nwhile time.process_time() < 0.5: pass"


def burn():
    end = time.process_time() + 0.5
    while time.process_time() < end:
        pass


def test_own_work_is_measured_in_processor_time():
    cost = measured(burn)
    assert 0.4 < cost.cpu_s < 0.8
    assert cost.wall_s >= 0.49


def test_work_of_an_ended_child_is_counted():
    cost = measured(lambda: subprocess.run([sys.executable, "-c", BUSY], check=True))
    assert 0.45 < cost.cpu_s < 1.5


def test_waiting_costs_time_but_no_work():
    cost = measured(lambda: time.sleep(0.5))
    assert cost.cpu_s < 0.2
    assert cost.wall_s >= 0.5


def test_memory_of_children_is_seen():
    before = sum(process.rss_mb for process in process_tree())
    hold = "import time\nheld = bytearray(b'x') * 200_000_000\ntime.sleep(1)"
    cost = measured(lambda: subprocess.run([sys.executable, "-c", hold], check=True))
    assert 190 < cost.rss_mb - before < 280


def test_memory_agrees_with_what_the_kernel_says():
    mine = next(process.rss_mb for process in process_tree() if process.pid == os.getpid())
    assert mine <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6 * 1.05


def test_all_processor_time_of_the_tree_is_at_least_our_own():
    assert cpu_seconds() >= time.process_time() - 0.05


def test_only_what_the_jvm_started_is_a_worker():
    tree = [Process(1, 0, "python", 0, 0), Process(2, 1, "java", 0, 0), Process(3, 2, "python3.11", 0, 0),
            Process(4, 3, "python3.11", 0, 0), Process(5, 1, "python", 0, 0)]
    assert [process.pid for process in python_workers(tree, 1)] == [3, 4]


def test_contenders_take_turns_and_the_cold_run_stands_apart(capsys):
    order = []
    numbers = iter([9.0, 8.0, 1.0, 4.0, 3.0, 6.0])

    def measure(work):
        work()
        return Cost(next(numbers), 1.0, 1.0, 1.0, 0.0)

    costs = side_by_side({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2, measure)
    assert order == ["a", "b"] * 3
    assert (in_short(costs["a"])["cpu_s"], in_short(costs["b"])["cpu_s"]) == (2.0, 5.0)
    assert in_short(costs["a"])["cold_cpu_s"] == 9.0


def test_the_last_line_is_the_document(capsys):
    report("one", 5, 2, {"ours": [Cost(1.0, 2.0, 3.0, 2.0, 1.0)]}, 0.5, 1.0, feed="spark")
    document = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(document)[:6] == ["benchmark", "rows", "columns", "contenders", "ratio", "target"]
    assert document["contenders"]["ours"]["rss_mb"] == 3.0
    assert document["feed"] == "spark"
