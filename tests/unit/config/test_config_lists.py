"""Are rules to try and known incidents read from files, and mistakes in them told with their places?"""

import pytest

from spark_monitor.config.lists import load_incidents, load_rules
from spark_monitor.config.loader import load_config_text
from spark_monitor.errors import ConfigError

CONFIG = load_config_text("""
model: credit
predictions: {table: logs/credit, id: loan, time: at, score: probability}
references: [{name: launch, start: 2024-01-01, end: 2024-02-01}]
windows: {time_zone: Europe/Berlin}
results: results/credit
""")


@pytest.fixture
def write(tmp_path):
    def write(text, name="list.yml"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def told(load, file):
    with pytest.raises(ConfigError) as caught:
        load(file, CONFIG)
    return [line.removeprefix(f"{file}:") for line in caught.value.problems]


def test_rules_stand_alone_or_under_their_key(write):
    bare = load_rules(write("- {name: a, metric: psi, warn: 0.1}\n"), CONFIG)
    assert load_rules(write("rules:\n  - {name: a, metric: psi, warn: 0.1}\n"), CONFIG) == bare
    assert (bare[0].name, bare[0].warn) == ("a", 0.1)


def test_mistakes_in_rules_are_told_with_their_places_those_about_the_configuration_too(write):
    text = "- {name: a, metric: pis, warn: 1}\n- {name: b, metric: psi, warn: 1, wran: 2}\n"
    first = told(load_rules, write(text))
    assert [line.partition(": found")[0] for line in first] == ["1:21 [0].metric", "2:35 [1].wran"]
    text = "- {name: a, metric: psi, warn: 1}\n- {name: a, metric: psi, warn: 1, grain: week}"
    second = told(load_rules, write(text))
    assert [line.partition(": found")[0] for line in second] == ["2:10 [1].name", "2:42 [1].grain"]


@pytest.mark.parametrize("text", ["[]", "7", "rule: []", ""])
def test_a_file_without_rules_is_told_once(write, text):
    assert len(told(load_rules, write(text))) == 1


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="no file to read"):
        load_rules(tmp_path / "no.yml", CONFIG)


def test_incidents_are_the_same_from_yaml_and_csv_and_dates_begin_at_midnight_of_the_time_zone(write):
    yaml = load_incidents(write("- {name: unit, start: 2024-01-02, end: 2024-01-05, feature: [am*, b]}\n"), CONFIG)
    text = "name,start,end,feature,segment\nunit,2024-01-02,2024-01-05,am* b,\n"
    assert load_incidents(write(text, "known.csv"), CONFIG) == yaml
    assert yaml[0].start.isoformat() == "2024-01-01T23:00:00+00:00" and yaml[0].feature == ("am*", "b")


def test_mistakes_in_csv_are_told_with_their_lines(write):
    text = "name,start,end\na,2024-01-05,2024-01-02\nb,yesterday,2024-01-02\n"
    lines = told(load_incidents, write(text, "known.csv"))
    assert [line.partition(": found")[0] for line in lines] == ["2:1 [0].end", "3:1 [1].start"]
    assert told(load_incidents, write("name,start,end\na,2024-01-05,2024-01-09,b\n", "known.csv")) == [
        "2:1: found more fields, expected 3, as in the header"]
