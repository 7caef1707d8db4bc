"""Can the result tables be read, and understood, without Spark?"""

import deltalake
import duckdb
import pytest
from duckdb_extensions import import_extension
from equality import is_unique, read_table

from spark_monitor.tables.store import TABLES

# The cells of outcomes are looked at where there are outcomes, in test_outcomes.py, decisions in test_decisions.py; mutes
# are people's, deliveries of those who have channels.
ELSEWHERE = ("score_cells", "error_cells", "relation_cells", "pair_cells", "decisions", "mutes", "deliveries")
MADE = [name for name in TABLES if name not in ("metrics_history", *ELSEWHERE)]


@pytest.mark.parametrize("name", MADE)
def test_a_table_is_of_the_oldest_protocol_with_a_comment_on_every_column(backfill, name):
    found = deltalake.DeltaTable(f"{backfill}/{name}")
    assert found.protocol().min_reader_version == 1
    assert found.metadata().description == TABLES[name].about
    assert found.metadata().partition_columns == ["model"]
    comments = {field.name: field.metadata.get("comment") for field in found.schema().fields}
    assert comments == {column: comment for column, _, comment in TABLES[name].columns}


@pytest.mark.parametrize("name", MADE)
def test_the_key_of_a_table_is_unique(backfill, name):
    rows = read_table(backfill, name)
    assert rows.num_rows and is_unique(rows, TABLES[name].key)


@pytest.mark.parametrize("name", MADE)
def test_deltalake_reads_a_table(backfill, name):
    assert deltalake.DeltaTable(f"{backfill}/{name}").to_pyarrow_table().num_rows == read_table(backfill, name).num_rows


@pytest.fixture(scope="module")
def duck():
    import_extension("delta")
    connection = duckdb.connect()
    connection.execute("LOAD delta")
    yield connection
    connection.close()


@pytest.mark.parametrize("name", MADE)
def test_duckdb_reads_a_table(duck, backfill, name):
    found = duck.execute(f"SELECT count(*) FROM delta_scan('{backfill}/{name}')").fetchone()
    assert found == (read_table(backfill, name).num_rows,)


def test_duckdb_finds_the_number_of_a_window(duck, backfill):
    found = duck.execute(f"""SELECT value FROM delta_scan('{backfill}/metrics') WHERE model = 'small' AND grain = 'week'
        AND window_start = TIMESTAMPTZ '2024-01-15 00:00:00Z' AND metric = 'row_count' AND segment IS NULL
        AND model_version = '*'""").fetchall()
    assert found == [(300.0,)]
