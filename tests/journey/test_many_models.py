"""Do models that run together leave the tables that each leaves alone, with one commit a table for all of them?"""

import json

import deltalake
import pytest
from click.testing import CliRunner
from equality import assert_equal_rows, read_table
from small_log import CONFIG, append, configure, make_rows, moment, week_start, wish

from spark_monitor.cli import main
from spark_monitor.errors import ContractError
from spark_monitor.pipeline import feeds, freezing, group, run, shared, small
from spark_monitor.pipeline.group import Member, run_many
from spark_monitor.tables.store import TABLES, Store

COMPARED = ("bins", "references", "reference_cells", "feature_cells", "metrics", "metrics_history", "habits", "verdicts",
            "alerts", "models", "reviews")
# What a model of the same log counts and asks differently.
OTHER = CONFIG.replace("model: small", "model: other").replace("exclude: [region, tier]",
                                                               "exclude: [region, tier, flag]")
THIRD = CONFIG.replace("model: small", "model: it's third").replace(
    "grain: week, rollups: [month]", "grain: day").replace("{name: recent, rolling: 2}", "{name: recent, rolling: 7}")


class Killed(BaseException):
    """What no handler of ordinary errors catches, as none catches a kill."""



def members(log, results, texts=(CONFIG, OTHER, THIRD), wanted=None):
    configs = [configure(log, results, text) for text in texts]
    return [Member(f"{config.model}.yml", config, wanted or wish()) for config in configs]


def run_group(spark, asked, name="together"):
    run_many(spark, asked, name, moment(2024, 7, 1), jobs=2)
    return [member.error for member in asked]


def commits(results):
    return {name: deltalake.DeltaTable(f"{results}/{name}").version() for name in TABLES
            if deltalake.DeltaTable.is_deltatable(f"{results}/{name}")}


def assert_same(results, others):
    for name in COMPARED:
        assert_equal_rows(read_table(results, name), read_table(others, name), TABLES[name].key, name)


@pytest.fixture(scope="module")
def alone(spark, six_weeks, tmp_path_factory):
    """Return the results of each model in a run of its own."""
    results = tmp_path_factory.mktemp("alone") / "results"
    for number, text in enumerate((CONFIG, OTHER, THIRD)):
        run(spark, configure(six_weeks, results, text), wish(), f"alone-{number}", moment(2024, 7, 1))
    return results


@pytest.fixture(scope="module")
def together(spark, six_weeks, tmp_path_factory):
    """Return the results of all models in one run."""
    results = tmp_path_factory.mktemp("together") / "results"
    assert run_group(spark, members(six_weeks, results)) == [None, None, None]
    return results


def test_models_that_run_together_leave_the_tables_of_separate_runs(alone, together):
    assert_same(together, alone)
    rows = read_table(together, "runs")
    assert sorted(rows["model"].to_pylist()) == ["it's third", "other", "small"]
    assert set(rows["run_id"].to_pylist()) == {"together"}


def test_each_table_gets_one_commit_for_all_models(together):
    # The first one makes the table.
    assert commits(together) == {"bins": 1, "reference_cells": 1, "references": 2, "feature_cells": 1, "metrics": 1,
                                 "habits": 1, "verdicts": 1, "alerts": 1, "models": 1, "reviews": 1, "runs": 1}


def test_groups_that_are_under_way_at_once_leave_the_same_tables(spark, six_weeks, together, tmp_path, monkeypatch):
    monkeypatch.setattr(group, "TOGETHER", 1)
    results = tmp_path / "results"
    assert run_group(spark, members(six_weeks, results)) == [None, None, None]
    assert_same(results, together)
    assert commits(results)["runs"] == 3


def test_a_second_run_of_all_writes_nothing_but_its_record(spark, six_weeks, together, copied):
    results = copied(together)
    before = commits(results)
    assert run_group(spark, members(six_weeks, results), "again") == [None, None, None]
    assert commits(results) == {**before, "runs": before["runs"] + 1}


def test_late_rows_restate_all_models_together_as_they_do_alone(spark, six_weeks, together, alone, copied):
    log, ours, theirs = copied(six_weeks), copied(together), copied(alone)
    minutes = [week_start(2) + minute * 60_000_000 for minute in range(100)]
    append(log, make_rows(minutes, first_id=90_000, shift=50.0))
    assert run_group(spark, members(log, ours), "late") == [None, None, None]
    for number, text in enumerate((CONFIG, OTHER, THIRD)):
        run(spark, configure(log, theirs, text), wish(), f"late-{number}", moment(2024, 7, 1))
    assert read_table(ours, "metrics_history").num_rows
    assert_same(ours, theirs)


def test_what_is_done_by_the_driver_is_what_the_cluster_does(spark, six_weeks, together, tmp_path, monkeypatch):
    monkeypatch.setattr(small, "MOST_CELLS", 0)
    monkeypatch.setattr(feeds, "WORTH_COMPILING", 0)
    monkeypatch.setattr(feeds, "MOST_TOGETHER", 0)
    monkeypatch.setattr(freezing, "is_few", lambda _: False)
    monkeypatch.setattr(small, "is_surveyed_here", lambda _: False)
    monkeypatch.setattr(shared, "pin_small", lambda _: None)
    results = tmp_path / "results"
    assert run_group(spark, members(six_weeks, results)) == [None, None, None]
    assert_same(results, together)


def test_a_model_that_fails_leaves_the_others_alone(spark, six_weeks, together, tmp_path):
    asked = members(six_weeks, tmp_path / "results")
    broken = configure(six_weeks, tmp_path / "results", OTHER.replace("id: id", "id: nothing"))
    asked.insert(1, Member("broken.yml", broken.model_copy(update={"model": "broken"}), wish()))
    errors = run_group(spark, asked)
    assert [type(error) for error in errors] == [type(None), ContractError, type(None), type(None)]
    assert asked[1].summary is None
    assert_same(tmp_path / "results", together)


def test_a_write_that_fails_fails_its_own_model_only(spark, six_weeks, together, tmp_path, monkeypatch):
    commit = Store.commit

    def refuse(store, table, changes):
        if table.name == "verdicts" and "other" in [change.model for change in changes]:
            raise ValueError("refused")
        commit(store, table, changes)

    monkeypatch.setattr(Store, "commit", refuse)
    errors = run_group(spark, members(six_weeks, tmp_path / "results"))
    assert [str(error) for error in errors] == ["None", "refused", "None"]
    monkeypatch.undo()
    assert run_group(spark, members(six_weeks, tmp_path / "results"), "again") == [None, None, None]
    assert_same(tmp_path / "results", together)


def test_a_run_of_many_killed_again_and_again_is_an_undisturbed_one(spark, six_weeks, together, tmp_path, monkeypatch):
    write = Store._write
    for table in ("reference_cells", "metrics", "runs"):
        def write_or_die(store, own, rows, how, table=table):
            if own.name == table:
                raise Killed(table)
            write(store, own, rows, how)

        with monkeypatch.context() as patched:
            patched.setattr(Store, "_write", write_or_die)
            with pytest.raises(Killed, match=table):
                run_group(spark, members(six_weeks, tmp_path / "results"), f"killed before {table}")
    assert run_group(spark, members(six_weeks, tmp_path / "results"), "again") == [None, None, None]
    assert_same(tmp_path / "results", together)


def test_the_command_line_runs_a_folder_and_tells_of_every_model(spark, six_weeks, together, tmp_path):
    for name, text in (("small", CONFIG), ("other", OTHER), ("broken", OTHER.replace("id: id", "id: nothing"))):
        text = text.replace("model: other", f"model: {name}").format(log=six_weeks, results=tmp_path / "results")
        (tmp_path / f"{name}.yml").write_text(text)
    # The fifth week is the second whose amounts are shifted.
    asked = ["run", "-c", str(tmp_path), "--json", "--as-of", "2024-02-05"]
    first, second = (json.loads(CliRunner().invoke(main, asked).stdout)["models"] for _ in range(2))
    assert [one["file"].rpartition("/")[2] for one in first] == ["broken.yml", "other.yml", "small.yml"]
    assert "predictions.id: 'nothing' is no column" in first[0]["error"]
    assert (first[0]["exit_code"], first[2]["run"]["status"]) == (2, "committed")
    # With no window due, alerts stay open all the same, each with its own model.
    assert [one["run"]["windows"] for one in second[1:]] == [[], []]
    assert [len(one["open_alerts"]) for one in second[1:]] == [len(one["open_alerts"]) for one in first[1:]]
    assert {alert["model"] for alert in second[2]["open_alerts"]} == {"small"}
