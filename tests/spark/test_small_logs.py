"""Does the driver find in a small log what Spark finds: its version, its columns, its changes, its rows, its copies?"""

import deltalake
import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.cells.here import in_order
from spark_monitor.config.loader import load_config_text
from spark_monitor.logs.changes import changes_since
from spark_monitor.logs.copies import duplicate_cells
from spark_monitor.logs.files import list_files
from spark_monitor.logs.layout import bind
from spark_monitor.logs.names import sql_name
from spark_monitor.logs.small import pin_small, survey_small
from spark_monitor.logs.small_copies import duplicate_cells_here
from spark_monitor.logs.source import pin
from spark_monitor.logs.storage.find import find_place
from spark_monitor.logs.survey import survey
from spark_monitor.pipeline.feeds import Feed, Selection, files_of, reading_of
from spark_monitor.windows import Calendar

DAY = 86_400_000_000
CONFIG = """
model: m
predictions: {{table: {log}, id: [id, part], time: at, version: version, score: score, weight: w, where: {{whose: a}}}}
references: [{{name: first, start: 1970-01-01, end: 1970-01-02}}]
windows: {{start: 1970-01-01}}
results: results
"""


def rows(first, size):
    """Return rows of three days, some without id, time or weight, some of another model, some ids twice."""
    random = np.random.default_rng(first)
    times = random.integers(0, 3 * DAY, size)
    times[:2] = 40 * DAY, -DAY
    return pa.table({
        "id": pa.array(random.integers(first, first + size, size), mask=random.random(size) < 0.1),
        "part": pa.array(random.choice(["x", "y"], size)),
        "at": pa.array(times, mask=random.random(size) < 0.1).cast(pa.timestamp("us", "UTC")),
        "version": pa.array(random.choice(["1", "2", "(2)"], size), mask=random.random(size) < 0.1),
        "score": pa.array(random.random(size)), "w": pa.array(random.choice([1.0, 2.5, -1.0, np.nan], size)),
        "whose": pa.array(random.choice(["a", "b"], size), mask=random.random(size) < 0.1)})


@pytest.fixture(scope="module")
def log(spark, tmp_path_factory):
    """Return a log that was appended to, deleted from, and whose files were put together."""
    path = str(tmp_path_factory.mktemp("small") / "log of ours")
    for first in (0, 1000, 2000):
        deltalake.write_deltalake(path, rows(first, 200), mode="append", partition_by=["part"])
    spark.sql(f"DELETE FROM {sql_name(path)} WHERE id > 2100")
    deltalake.write_deltalake(path, rows(3000, 50), mode="append", partition_by=["part"])
    return path


def test_a_log_is_pinned_as_spark_pins_it(spark, log):
    ours, theirs = pin_small(log), pin(spark, log)
    assert ours == theirs
    assert ours.columns(spark) == theirs.columns(spark)
    assert pin_small(f"{log} nowhere") is None


def test_changes_are_read_as_spark_reads_them(spark, log):
    ours, theirs = pin_small(log), pin(spark, log)
    for since in range(ours.version + 1):
        assert changes_since(spark, ours, ours.id, since) == changes_since(spark, theirs, ours.id, since)
    assert changes_since(spark, ours, "another", 0) is None


@pytest.fixture(scope="module")
def bound(spark, log):
    source = pin_small(log)
    layout = bind(load_config_text(CONFIG.format(log=log)), source.columns(spark), 10 * DAY)
    return source, layout, list_files(source, find_place(source.location, {}.get), "at")


def test_a_survey_is_the_one_that_spark_makes(spark, bound):
    source, layout, listing = bound
    new = [file.path.rpartition("/")[2] for file in listing.files[:1]]
    ours, = survey_small(listing.files, listing.schema, listing.place, [layout], [new])
    theirs = survey(layout.own(source.read(spark)), layout, new)
    for name in ("quarters", "rows", "fresh"):
        assert getattr(ours, name).tolist() == getattr(theirs, name).tolist()
    for name in ("first", "newest", "reasons", "latest", "beyond"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert set(ours.reasons) == {"no_time", "absurd_time", "no_id", "bad_weight"}


def test_copies_of_ids_are_those_that_spark_counts(spark, bound):
    source, layout, listing = bound
    calendar = Calendar("UTC")
    windows = {"day": calendar.windows(0, 3 * DAY, "day"), "week": calendar.windows(0, 3 * DAY, "week")}
    low, high = windows["week"][0].start, windows["week"][-1].end
    selection = Selection(lambda: layout.between(layout.own(source.read(spark)), low, high), layout, low, high)
    feed = Feed("native", "", 0, listing)
    ours = duplicate_cells_here(files_of(feed, selection), reading_of(feed, selection, {}), windows, True, True)
    theirs = duplicate_cells(selection.rows(), layout, windows).toArrow().cast(ours.schema)
    order = ["feature", "slice", "model_version"]
    assert in_order(ours, order).to_pylist() == in_order(theirs, order).to_pylist()
    assert sum(counts[1] for counts in ours["counts"].to_pylist()) > 0
