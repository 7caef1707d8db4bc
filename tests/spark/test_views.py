"""Do the views that need Spark's own SQL hold what the tables hold, and are they there before any run?"""

import importlib
from datetime import datetime, timezone

import pytest
from click.testing import CliRunner

from spark_monitor.cli import main
from spark_monitor.cli.query import answer
from spark_monitor.cli.work import open_now
from spark_monitor.tables.make_views import create_views, register
from spark_monitor.tables.results import ALERTS, METRICS
from spark_monitor.tables.state import BINS, FEATURE_CELLS
from spark_monitor.tables.store import TABLES, Store
from spark_monitor.tables.views import VIEWS

DAY = datetime(2024, 5, 1, tzinfo=timezone.utc)
NO_SPECIALS = {"nulls": 0, "nans": 0, "pos_inf": 0, "neg_inf": 0, "unseen": 0}


def cells_of(feature, counts, bins_id, **more):
    return {"model": "m", "slice": DAY, "model_version": "1", "family": "drift", "feature": feature, "counts": counts,
            "bins_id": bins_id, **NO_SPECIALS, **more}


def bins_of(feature, kind, bins_id, **more):
    return {"model": "m", "family": "drift", "feature": feature, "kind": kind, "bins_id": bins_id, **more}


@pytest.fixture
def store(spark, tmp_path):
    """Tables with a numeric, a discrete and a categorical feature, and one whose bins were frozen anew since."""
    store = Store(spark, str(tmp_path / "results"))
    store.append(BINS, store.frame(BINS, [
        bins_of("temp", "numeric", "t", edges=[0.0, 10.0]), bins_of("weekday", "discrete", "w", edges=[1.0, 7.0]),
        bins_of("origin", "categorical", "o", categories=["JFK", "\\(null)"], has_other=True),
        bins_of("old", "numeric", "new", edges=[1.0])]))
    store.append(FEATURE_CELLS, store.frame(FEATURE_CELLS, [
        cells_of("temp", [3, 0, 5], "t", nulls=2, pos_inf=1, weights=[1.5, 0.0, 2.5, 0.5, 0.0, 0.25, 0.0, 0.0]),
        cells_of("weekday", [4, 6], "w", unseen=1), cells_of("origin", [7, 1, 2], "o", unseen=9),
        cells_of("old", [1, 1], "gone"), cells_of("temp", None, "t", slice=None, failure="column_missing")]))
    return store


def rows_of(spark, feature):
    rows = spark.table("histograms").where(f"feature = '{feature}'").orderBy("bin", "category").collect()
    return [(row["bin"], row["lower"], row["upper"], row["category"], row["row_count"], row["weight"]) for row in rows]


def test_histograms_have_every_bin_with_its_bounds_and_every_special_cell_with_rows(spark, store):
    register(store)
    assert rows_of(spark, "temp") == [
        (None, None, None, "(+inf)", 1, 0.25), (None, None, None, "(null)", 2, 0.5),
        (0, None, 0.0, None, 3, 1.5), (1, 0.0, 10.0, None, 0, 0.0), (2, 10.0, None, None, 5, 2.5)]
    assert rows_of(spark, "weekday") == [(0, 1.0, 1.0, None, 4, None), (1, 7.0, 7.0, None, 6, None)]
    assert rows_of(spark, "origin") == [
        (None, None, None, "(unseen)", 9, None), (0, None, None, "JFK", 7, None),
        (1, None, None, "\\(null)", 1, None), (2, None, None, "(other)", 2, None)]
    assert rows_of(spark, "old") == []


def test_every_view_answers_before_the_first_run(spark, tmp_path):
    assert register(Store(spark, str(tmp_path / "nothing"))) == [*TABLES, *VIEWS]
    assert [name for name in [*TABLES, *VIEWS] if spark.table(name).count()] == []


def test_a_catalog_gets_the_views_whose_tables_are_there(spark):
    spark.sql("CREATE DATABASE views_here")
    store = Store(spark, "spark_catalog.views_here")
    assert create_views(store) == []
    store.append(METRICS, store.frame(METRICS, [{"model": "m", "grain": "day", "window_start": DAY, "family": "drift",
                                                 "metric": "psi", "value": 0.5}]))
    made = create_views(store)
    assert made == ["metrics_latest", "metrics_change", *[name for name in VIEWS if name.startswith("metrics_wide_")]]
    assert create_views(store) == made
    assert spark.table("views_here.metrics_wide_drift").first()["psi"] == 0.5
    spark.sql("DROP DATABASE views_here CASCADE")


def test_a_folder_can_hold_no_views(store):
    assert create_views(store) == []


def test_an_answer_has_instants_in_utc_and_columns_named_alike(spark):
    found = answer(spark.sql("SELECT TIMESTAMP'2024-05-01T00:00:00Z' AS a, 1.5D AS a, cast(NULL AS string) AS b"))
    assert (found.columns, found.rows, found.is_cut) == (["a", "a", "b"], [(DAY, 1.5, None)], False)
    assert found.text().splitlines() == ["a             a  b", "----------  ---  ----", "2024-05-01  1.5  NULL"]


def test_an_answer_is_cut_where_there_is_more(spark):
    found = answer(spark.range(5), most=3)
    assert (len(found.rows), found.is_cut) == (3, True)
    assert not answer(spark.range(3), most=3).is_cut


def test_a_query_that_spark_does_not_understand_is_a_usage_error(spark, tmp_path):
    folder = tmp_path / "demo"
    file = importlib.import_module("spark_monitor.cli.demo").write_config(folder)
    told = CliRunner().invoke(main, ["sql", "-c", file, "SELECT nothing FROM metrics"])
    assert (told.exit_code, told.stdout) == (2, "")
    assert "nothing" in told.stderr
    told = CliRunner().invoke(main, ["sql", "-c", file, "SELECT count(*) AS n FROM alerts_open", "--json"])
    assert told.exit_code == 0
    assert '"n": 0' in told.stdout


def test_alerts_stay_open_where_a_run_had_no_window_to_publish(spark, tmp_path):
    store = Store(spark, str(tmp_path / "results"))
    assert open_now(store, "m") == []
    opened = {"fingerprint": "f", "window_start": DAY, "state": "opened", "severity": "warn", "sequence": 1}
    rows = [{"model": model, **opened} for model in ("m", "other")]
    store.append(ALERTS, store.frame(ALERTS, rows))
    [found] = open_now(store, "m")
    assert (found["model"], found["opened_window_start"], found["action"]) == ("m", DAY, None)
