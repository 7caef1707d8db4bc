"""Is a join with outcomes planned without moving what need not move?"""

import deltalake
import pyarrow as pa
import pytest

from spark_monitor.logs.matches import beside_outcomes
from spark_monitor.logs.outcomes import OutcomeLayout, key_columns, known_outcomes, usable

LAYOUT = OutcomeLayout(("id",), "y", "at", "at", code="y")


@pytest.fixture
def tables(spark):
    """Return predictions and outcomes, both in four buckets by key."""
    spark.range(40).selectExpr("id", "id AS t", "false AS q").write.bucketBy(4, "id").saveAsTable("bucketed_log")
    spark.range(20).selectExpr("id", "cast(id % 2 AS int) AS y", "id + 5 AS at").write.bucketBy(4, "id").saveAsTable(
        "bucketed_outcomes")
    yield spark.table("bucketed_log"), spark.table("bucketed_outcomes")
    for name in ("bucketed_log", "bucketed_outcomes"):
        spark.sql(f"DROP TABLE {name}")


def joined(predictions, outcomes):
    rows = predictions.select("t", "q", *key_columns(LAYOUT.identity, False))
    return beside_outcomes(rows, known_outcomes(usable(outcomes, LAYOUT), LAYOUT), LAYOUT, 100, False)


def plan_of(rows, capsys):
    rows.explain()
    return capsys.readouterr().out


def test_logs_in_buckets_by_key_are_joined_where_they_lie(spark, tables, capsys):
    before = spark.conf.get("spark.sql.autoBroadcastJoinThreshold")
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    try:
        rows = joined(*tables)
        plan = plan_of(rows, capsys)
        assert "Exchange" not in plan and plan.count("Bucketed: true") == 2
        assert rows.where("y IS NOT NULL").count() == 20 and rows.count() == 40
    finally:
        spark.conf.set("spark.sql.autoBroadcastJoinThreshold", before)


def test_few_outcomes_are_sent_to_where_the_predictions_are(spark, tmp_path, capsys):
    predictions = spark.range(40).selectExpr("id", "id AS t", "false AS q")
    deltalake.write_deltalake(str(tmp_path), pa.table({"id": [3, 3, 50], "y": [1, 0, 1], "at": [9, 8, 9]}))
    rows = joined(predictions, spark.read.format("delta").load(str(tmp_path)))
    plan = plan_of(rows, capsys)
    # Outcomes are brought together by key, predictions stay.
    assert "BroadcastHashJoin" in plan and plan.count("Exchange hashpartitioning") == 1
    assert [tuple(row) for row in rows.where("y IS NOT NULL").select("t", "y", "known", "conflict").collect()] == [
        (3, 1, 8, True)]
