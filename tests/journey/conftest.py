"""What the journeys share: one small log, one undisturbed run over it, and a way to run again."""

import shutil
from itertools import count

import pytest
from small_log import configure, moment, wish, write_log

from spark_monitor.pipeline import run

NUMBERS = count(1)


@pytest.fixture(scope="session")
def monitor(spark):
    """Return a function that runs a configuration; each run begins a second after the one before."""

    def start(config, wanted=None):
        number = next(NUMBERS)
        return run(spark, config, wanted or wish(), f"run-{number:03}", moment(2024, 6, 1) + number * 1_000_000)

    return start


@pytest.fixture(scope="session")
def six_weeks(tmp_path_factory):
    """Return the log that no test changes."""
    return write_log(tmp_path_factory.mktemp("six_weeks") / "log")


@pytest.fixture(scope="session")
def backfill(monitor, six_weeks, tmp_path_factory):
    """Return the results of one undisturbed run over the six weeks; no test changes them."""
    results = tmp_path_factory.mktemp("backfill") / "results"
    monitor(configure(six_weeks, results))
    return results


@pytest.fixture
def copied(tmp_path):
    """Return a function that copies a folder to a place of the test's own."""

    def copy(folder):
        target = tmp_path / f"{len(list(tmp_path.iterdir()))}" / folder.name
        return shutil.copytree(folder, target)

    return copy
