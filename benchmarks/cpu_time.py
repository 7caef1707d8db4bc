"""CPU seconds of this process and everything it started: the JVM, and the Python workers of the JVM."""

from benchmarks.process_tree import process_tree


def cpu_seconds():
    """Return user and system seconds of the process tree, ended children included (Linux)."""
    return sum(process.cpu_s for process in process_tree())
