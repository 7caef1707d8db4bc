"""A table in an object store is listed and opened with Spark's settings; what is in the way is told, no secret is."""

import pickle
import traceback
from types import SimpleNamespace

import deltalake
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from object_store import KEY, SECRET, TOKEN, object_store

from spark_monitor.cells.opening import OpenFile
from spark_monitor.cells.unreadable import UnreadableError
from spark_monitor.logs.files import list_files
from spark_monitor.logs.storage.find import find_place
from spark_monitor.logs.storage.place import NotNativeError


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store with a Delta table in it, of two columns and an odd partition."""
    root = tmp_path_factory.mktemp("store")
    rows = pa.table({"city": ["a b", "c%d", "a b"], "wide": np.arange(3.0), "x": [1.5, None, -0.0]})
    deltalake.write_deltalake(root / "logs" / "my table", rows, partition_by=["city"])
    pq.write_table(pa.table({f"c{number}": np.random.default_rng(number).random(20_000) for number in range(20)}),
                   root / "logs" / "wide.parquet", row_group_size=5_000)
    with object_store(root) as running:
        yield running


def listed(store, settings, location="s3a://logs/my table", version=0):
    place = find_place(location, settings.get)
    return list_files(SimpleNamespace(version=version), place)


@pytest.mark.parametrize("location", ["s3://logs/my table", "s3a://logs/my table/", "s3n://logs/my table"])
def test_a_table_in_a_store_is_listed_and_its_files_are_read(store, location):
    listing = listed(store, store.settings(), location)
    place = pickle.loads(pickle.dumps(listing.place))
    found = {}
    for file in listing.files:
        with OpenFile(file.path, place, []) as opened:
            found[file.partition["city"]] = opened.read_row_groups([0], ["x"]).column("x").to_pylist()
    assert found == {"a b": [1.5, -0.0], "c%d": [None]}
    assert place.name(place.root).startswith("s3://logs/my table")


def test_a_bucket_has_settings_of_its_own(store):
    settings = store.settings(access_key="AKIAOTHER", bucket_logs_access_key=KEY)
    assert len(listed(store, settings).files) == 2


@pytest.mark.parametrize("other", [{"access_key": "AKIAWRONGWRONGWRONG1"}, {"session_token": "wrong-session-token"}])
def test_keys_that_the_store_refuses_leave_the_table_to_spark_and_are_not_told(store, other):
    with pytest.raises(NotNativeError, match="log can't be read without Spark") as caught:
        listed(store, store.settings(**other))
    told = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in (KEY, SECRET, TOKEN, *other.values()) if secret in told]


def test_files_that_are_gone_or_of_another_length_leave_the_table_to_spark(store, tmp_path):
    folder = store.root / "logs" / "broken"
    deltalake.write_deltalake(folder, pa.table({"x": [1.0]}))
    file = next(folder.glob("*.parquet"))
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(NotNativeError, match="found no s3://logs/broken/.*parquet of .* bytes"):
        listed(store, store.settings(), "s3a://logs/broken")
    file.unlink()
    with pytest.raises(NotNativeError, match="found no s3://logs/broken"):
        listed(store, store.settings(), "s3a://logs/broken")


def test_a_task_that_is_refused_says_so_without_secrets(store):
    place = find_place("s3a://logs/my table", store.settings(access_key="AKIAWRONGWRONGWRONG1").get)
    with pytest.raises(UnreadableError, match="s3://logs/wide.parquet can't be read without Spark") as caught:
        OpenFile("logs/wide.parquet", place, [])
    told = "".join(traceback.format_exception(caught.value)) + repr(place)
    assert not [secret for secret in (SECRET, TOKEN, "AKIAWRONGWRONGWRONG1") if secret in told]


def test_only_the_columns_that_are_wanted_come_over_the_wire(store):
    place = find_place("s3a://logs/my table", store.settings().get)
    size = (store.root / "logs" / "wide.parquet").stat().st_size
    with OpenFile("logs/wide.parquet", place, []) as file:
        store.served.clear()
        read = file.read_row_groups([1], ["c3", "c4"])
    assert read.column("c4").to_pylist() == np.random.default_rng(4).random(20_000)[5_000:10_000].tolist()
    # Two neighbouring columns of a row group are one range: a tenth of a quarter of the file.
    assert len(store.served) == 1
    assert store.served[0][2] == pytest.approx(size / 40, rel=0.1)
