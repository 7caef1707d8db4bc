"""A peer's script is run as a process of its own and measured from outside: all it starts, each piece of work apart."""

import os
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import Watch
from spark_monitor.session.java import find_java

HERE = Path(__file__).parent
# What would lead a peer to another's packages or Spark.
NOT_PASSED_ON = ("PYTHONPATH", "SPARK_HOME", "PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON", "VIRTUAL_ENV")


@dataclass
class Told:
    """What came of a peer's script.

    Parameters
    ----------
    about : str
        Versions of its packages.
    costs : dict of str to list of Cost
        Of each piece of work, the cold run first.
    found : dict of str to str
        What the peer says it made.
    error : str or None
        Why it ended early.
    began : bool
        Whether it came to its first piece of work.
    """

    about: str = ""
    costs: dict = field(default_factory=dict)
    found: dict = field(default_factory=dict)
    error: str | None = None
    began: bool = False


def run_peer(command, limit):
    """Run a peer's script to its end, or until one of its pieces of work takes too long.

    Parameters
    ----------
    command : list of str
    limit : float
        Seconds that one piece of work may take, and that starting may.

    Returns
    -------
    Told
    """
    environ = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    environ["JAVA_HOME"] = find_java().home
    told = Told()
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, text=True, env=environ,
                                   start_new_session=True)
        try:
            in_time = _listen(process, told, limit)
        finally:
            _end(process)
            process.stdout.close()
        if not in_time:
            told.error = f"gave up after {limit:.0f} s"
        elif process.returncode:
            words.seek(0)
            told.error = last_words(words.read()) or f"ended with {process.returncode}"
    return told


def _listen(process, told, limit):
    """Follow what the peer tells; return whether it kept to the limit."""
    late, name, watch = threading.Event(), None, None

    def give_up():
        late.set()
        _end(process)

    timer = threading.Timer(limit, give_up)
    timer.start()
    for line in process.stdout:
        word, _, text = line.strip().partition(" ")
        if word not in ("about", "begin", "end"):
            continue
        timer.cancel()
        timer = threading.Timer(limit, give_up)
        timer.start()
        if word == "about":
            told.about = text
        elif word == "begin":
            told.began, name, watch = True, text, Watch(process.pid)
        else:
            told.costs.setdefault(name, []).append(watch.stop())
            told.found[name], watch = text, None
    timer.cancel()
    if watch is not None:
        watch.stop()
    process.wait()
    return not late.is_set()


def _end(process):
    """Kill what is left of the peer: it leads a session of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def last_words(text):
    """Return the lines of an error output that say most: the first and the last that name an error, else the last.

    Examples
    --------
    >>> last_words("RuntimeException: no such jar\\n  at java.lang\\nTraceback\\nValueError: no Java\\n")
    'RuntimeException: no such jar ... ValueError: no Java'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line[:200] for line in lines if "Error" in line.split(":")[0] or "Exception" in line.split(":")[0]]
    return " ... ".join(dict.fromkeys([named[0], named[-1]])) if named else (lines or [""])[-1]
