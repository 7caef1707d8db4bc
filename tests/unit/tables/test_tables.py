"""Do the tables say the same in SQL and in Arrow, and do predicates name exactly their slice?"""

import pytest

from spark_monitor.cells.arrow import CELL_SCHEMA
from spark_monitor.cells.freeze import FROZEN
from spark_monitor.tables.arrow_types import NAMES, spark_schema
from spark_monitor.tables.results import HISTORY, KEY, METRICS
from spark_monitor.tables.state import BINS, CELL_COLUMNS, FEATURE_CELLS, REFERENCE_CELLS
from spark_monitor.tables.store import TABLES, instants, of_model, of_windows
from spark_monitor.tables.table import literal
from spark_monitor.windows import Calendar, Window


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_each_table_has_a_model_first_named_columns_once_and_a_key_among_them(table):
    assert table.names[0] == "model" and len(set(table.names)) == len(table.names)
    assert set(table.key) <= set(table.names)
    assert table.about and all(comment for _, _, comment in table.columns)
    assert {kind for _, kind, _ in table.columns} <= NAMES.keys()


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_ddl_names_every_column_with_its_type_and_comment(table):
    ddl = table.ddl("delta.`x`")
    assert ddl.startswith("CREATE TABLE IF NOT EXISTS delta.`x` (") and "PARTITIONED BY (model)" in ddl
    assert "'delta.enableDeletionVectors' = 'false'" in ddl
    for name, kind, comment in table.columns:
        assert f"`{name}` {NAMES[kind]} COMMENT {literal(comment)}" in ddl


def test_cells_leave_tasks_in_the_columns_of_their_tables():
    assert [(f.name, f.type) for f in CELL_SCHEMA] == [(name, kind) for name, kind, _ in CELL_COLUMNS]
    for table in (FEATURE_CELLS, REFERENCE_CELLS):
        assert set(CELL_SCHEMA.names) < set(table.names)


def test_frozen_bins_are_columns_of_their_table():
    kinds = {name: kind for name, kind, _ in BINS.columns}
    assert {f.name: f.type for f in FROZEN} == {name: kinds[name] for name in FROZEN.names}


def test_history_is_metrics_and_when_they_were_superseded():
    assert HISTORY.names == [*METRICS.names, "superseded_at"] and HISTORY.key == (*KEY, "revision")


def test_an_arrow_schema_becomes_the_words_of_spark():
    written = spark_schema(METRICS.schema)
    assert written.startswith("`model` string, `model_version` string, `grain` string, `window_start` timestamp, ")


def test_a_predicate_names_grain_and_exact_starts_and_never_a_range():
    calendar = Calendar("Europe/Berlin")
    windows = [calendar.window(0, "week"), calendar.window(0, "day"), calendar.window(-86_400_000_000, "day")]
    text = of_windows("flights", windows)
    days = "TIMESTAMP'1969-12-30T23:00:00Z', TIMESTAMP'1969-12-31T23:00:00Z'"
    assert text == (f"model = 'flights' AND (grain = 'day' AND window_start IN ({days}) "
                    "OR grain = 'week' AND window_start IN (TIMESTAMP'1969-12-28T23:00:00Z'))")
    assert "<" not in text and ">" not in text and "BETWEEN" not in text


def test_literals_keep_odd_names_in_their_quotes():
    assert of_model("it's", "a = 1", "") == "model = 'it\\'s' AND (a = 1)"
    assert literal("back\\slash'") == "'back\\\\slash\\''"


def test_instants_are_written_in_order_with_their_offset():
    assert instants("slice", [3_600_000_000, 1]) == (
        "slice IN (TIMESTAMP'1970-01-01T00:00:00.000001Z', TIMESTAMP'1970-01-01T01:00:00Z')")
    assert of_windows("m", [Window("day", 0, 1)]).endswith("window_start IN (TIMESTAMP'1970-01-01T00:00:00Z'))")
