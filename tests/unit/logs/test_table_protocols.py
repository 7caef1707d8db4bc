"""Only what is on the list is read from files: each feature of a protocol, and what falls back, with the reason."""

import json
from types import SimpleNamespace

import deltalake
import pyarrow as pa
import pytest

from spark_monitor.logs.files import list_files
from spark_monitor.logs.storage.find import find_place
from spark_monitor.logs.storage.place import NotNativeError

WRITERS = ["appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "identityColumns",
           "rowTracking", "domainMetadata", "clustering", "inCommitTimestamp", "allowColumnDefaults"]


def make_table(folder, change, rows=None, partition_by=None):
    """Write a table of one version, and let `change` alter its log's actions, {name: action}."""
    deltalake.write_deltalake(folder, rows or pa.table({"x": [1, 2]}), partition_by=partition_by)
    commit = folder / "_delta_log" / "00000000000000000000.json"
    actions = [json.loads(line) for line in commit.read_text().splitlines()]
    for action in actions:
        change({name: body for name, body in action.items()})
    commit.write_text("\n".join(map(json.dumps, actions)))


def listed(folder):
    return list_files(SimpleNamespace(version=0), find_place(f"file:{folder}", {}.get))


def asks(*features, writers=()):
    """Return a change of the protocol that asks readers for some features."""
    def change(action):
        if "protocol" in action:
            action["protocol"].update(minReaderVersion=3, minWriterVersion=7, readerFeatures=list(features),
                                      writerFeatures=[*features, *writers])

    return change


@pytest.mark.parametrize("feature", ["timestampNtz", "vacuumProtocolCheck", "v2Checkpoint"])
def test_features_that_are_on_the_list_are_read_from_files(tmp_path, feature):
    make_table(tmp_path / "log", asks(feature, writers=WRITERS))
    assert len(listed(tmp_path / "log").files) == 1


@pytest.mark.parametrize("feature", ["deletionVectors", "columnMapping", "typeWidening", "typeWidening-preview",
                                     "variantType", "catalogManaged", "somethingNew"])
def test_any_other_feature_is_left_to_spark_by_name(tmp_path, feature):
    make_table(tmp_path / "log", asks("timestampNtz", feature))
    with pytest.raises(NotNativeError, match=f"{feature}|catalog-managed"):
        listed(tmp_path / "log")


@pytest.mark.parametrize("mode", ["name", "id"])
def test_mapped_columns_are_left_to_spark(tmp_path, mode):
    def change(action):
        if "protocol" in action:
            action["protocol"].update(minReaderVersion=2, minWriterVersion=5)
        if "metaData" in action:
            schema = json.loads(action["metaData"]["schemaString"])
            schema["fields"][0]["metadata"] = {"delta.columnMapping.id": 1, "delta.columnMapping.physicalName": "x"}
            action["metaData"].update(schemaString=json.dumps(schema),
                                      configuration={"delta.columnMapping.mode": mode,
                                                     "delta.columnMapping.maxColumnId": "1"})

    make_table(tmp_path / "log", change)
    with pytest.raises(NotNativeError, match="its columns are mapped"):
        listed(tmp_path / "log")


@pytest.mark.parametrize("version", [2, 4])
def test_other_versions_of_the_protocol_are_left_to_spark(tmp_path, version):
    def change(action):
        if "protocol" in action:
            action["protocol"].update(minReaderVersion=version, minWriterVersion=5)

    make_table(tmp_path / "log", change)
    with pytest.raises(NotNativeError, match=f"reader version {version}|can't be read without Spark"):
        listed(tmp_path / "log")


def test_texts_of_fixed_width_are_left_to_spark(tmp_path):
    def change(action):
        if "metaData" in action:
            schema = json.loads(action["metaData"]["schemaString"])
            schema["fields"][1]["metadata"] = {"__CHAR_VARCHAR_TYPE_STRING": "char(3)"}
            action["metaData"]["schemaString"] = json.dumps(schema)

    make_table(tmp_path / "log", change, pa.table({"x": [1], "code": ["a"]}))
    with pytest.raises(NotNativeError, match="'code' is text that Spark fills up"):
        listed(tmp_path / "log")


@pytest.mark.parametrize("path", ["file:/elsewhere/1.parquet", "/elsewhere/1.parquet", "s3://other/1.parquet"])
def test_files_of_another_folder_as_a_shallow_clone_has_them_are_left_to_spark(tmp_path, path):
    def change(action):
        if "add" in action:
            action["add"]["path"] = path

    make_table(tmp_path / "log", change)
    with pytest.raises(NotNativeError, match="outside its folder"):
        listed(tmp_path / "log")


def test_a_log_that_is_torn_is_left_to_spark(tmp_path):
    make_table(tmp_path / "log", lambda action: None)
    (tmp_path / "log" / "_delta_log" / "00000000000000000000.json").write_text("{")
    with pytest.raises(NotNativeError, match="log can't be read without Spark"):
        listed(tmp_path / "log")


def test_values_of_partitions_are_read_whatever_characters_they_hold(tmp_path):
    texts = ["a b", "c%d", "x=y/z", "é+ü", "50%25", "q?#&", 'quo"te', "back\\slash", "(null)", "2024:01", None]
    rows = pa.table({"city": texts, "x": list(range(len(texts)))})
    make_table(tmp_path / "log 1", lambda action: None, rows, ["city"])
    listing = listed(tmp_path / "log 1")
    assert sorted(str(file.partition["city"]) for file in listing.files) == sorted(map(str, texts))
    listing.place.check_readable(listing.files[0].path, listing.files[0].size)
    for file in listing.files:
        with listing.place.open(file.path) as opened:
            assert opened.size() == file.size


@pytest.mark.parametrize("values", [[1.5, 2.5], [b"a", b"b"]])
def test_partitions_by_what_has_no_sure_text_are_left_to_spark(tmp_path, values):
    make_table(tmp_path / "log", lambda action: None, pa.table({"p": values, "x": [1, 2]}), ["p"])
    with pytest.raises(NotNativeError, match="partitioned by 'p'"):
        listed(tmp_path / "log")


def test_an_empty_text_in_a_partition_which_is_no_missing_one_is_left_to_spark(tmp_path):
    rows = pa.table({"p": ["a", None], "x": [1, 2]})
    make_table(tmp_path / "missing", lambda action: None, rows, ["p"])
    assert {file.partition["p"] for file in listed(tmp_path / "missing").files} == {"a", None}
    make_table(tmp_path / "empty", lambda action: None, pa.table({"p": ["a", ""], "x": [1, 2]}), ["p"])
    with pytest.raises(NotNativeError, match="an empty text of 'p'"):
        listed(tmp_path / "empty")
