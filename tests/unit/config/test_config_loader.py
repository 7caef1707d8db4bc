"""Files: every mistake at once, at its line and column, fast, without Spark."""

import subprocess
import sys
from pathlib import Path

import pytest

from spark_monitor.config import check_file, load_config, load_config_text
from spark_monitor.errors import ConfigError

ROOT = Path(__file__).parents[3]
SIX_MISTAKES = """\
model: flight_delay
predictions:
  tabel: demo/predictions
  id: flight_id
  time: predicted_at
  score: probability
windows: {grain: weekly}
references:
  - {name: validation, start: 2013-03-01, end: 2013-02-01}
segments: [origin, carrier]
protected: [carier]
results: demo/results
rules:
  - {name: drift, metric: missing_rat, warn: 0.1}
min_cell: many
"""
THEIR_PLACES = [
    ("3:3", "predictions.tabel: found an unknown key", "'table'"),
    ("7:18", "windows.grain: found 'weekly'", "'week'"),
    ("9:48", "references[0].end: found '2013-02-01', expected a time after start", ""),
    ("11:13", "protected[0]: found 'carier'", "'carrier'"),
    ("14:27", "rules[0].metric: found 'missing_rat'", "'missing_rate'"),
    ("15:11", "min_cell: found 'many', expected a whole number", ""),
]
PROGRAM = """
import sys, time
from spark_monitor.config import check_file
config, problems = check_file(sys.argv[1])
print(*problems, sep="\\n")
assert config is None
assert not [name for name in sys.modules if name.partition(".")[0] in ("pyspark", "py4j", "delta")]
assert time.process_time() < 1, time.process_time()
"""


def test_six_mistakes_are_six_errors_in_under_a_second_without_spark(tmp_path):
    file = tmp_path / "six.yml"
    file.write_text(SIX_MISTAKES)
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(file)], cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert len(lines) == 6
    for line, (place, start, hint) in zip(lines, THEIR_PLACES, strict=True):
        assert line.startswith(f"{file}:{place} {start}")
        assert line.endswith(f"Did you mean {hint}?") if hint else "Did you mean" not in line


def test_structural_and_other_mistakes_are_told_together(tmp_path):
    text = SIX_MISTAKES.replace("model: flight_delay", "model: &m flight_delay") + "min_cell: 5\nresults: ${NOWHERE}\n"
    (tmp_path / "m.yml").write_text(text)
    _, problems = check_file(tmp_path / "m.yml", environ={})
    assert [problem.line for problem in problems] == [1, 3, 7, 9, 11, 14, 15, 16, 17, 17]


def test_load_config_raises_all_problems_as_lines():
    with pytest.raises(ConfigError) as caught:
        load_config_text(SIX_MISTAKES, "m.yml", {})
    assert len(caught.value.problems) == 6
    assert str(caught.value) == "\n".join(caught.value.problems)
    assert caught.value.exit_code == 2


def test_a_missing_key_is_told_where_it_is_missing():
    with pytest.raises(ConfigError) as caught:
        load_config_text("model: m\npredictions:\n  id: a\n  score: p\nresults: r\n", "m.yml", {})
    assert caught.value.problems == [
        "m.yml:1:1 references: found nothing, expected a value: this key is required",
        "m.yml:2:1 predictions.table: found nothing, expected a value: this key is required",
        "m.yml:2:1 predictions.time: found nothing, expected a value: this key is required",
    ]


def test_a_required_key_left_empty_is_told_there():
    with pytest.raises(ConfigError, match=r"m\.yml:2:7 model: found nothing, expected a value: this key is required"):
        load_config_text("version: 1\nmodel:\n", "m.yml", {})


def test_the_environment_is_the_process_s_where_none_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARK_MONITOR_TEST_MODEL", "from_environment")
    text = (ROOT / "conf" / "minimal.yml").read_text().replace("credit_risk\npred", "${SPARK_MONITOR_TEST_MODEL}\npred")
    (tmp_path / "m.yml").write_text(text)
    assert load_config(tmp_path / "m.yml").model == "from_environment"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a" * 2_000_000, "found more, expected at most 1,000,000 bytes"),
        (b"model: caf\xe9\n", "found a byte that is no UTF-8 text at position 10, expected a text in UTF-8"),
        (b"- a\n- b\n", "1:1: found a list, expected a mapping"),
        (b"just words\n", "1:1: found 'just words', expected a mapping"),
        (b"", "1:1: found an empty document, expected a mapping"),
    ],
)
def test_a_file_that_is_no_configuration_is_one_problem(tmp_path, content, told):
    file = tmp_path / "m.yml"
    file.write_bytes(content)
    config, problems = check_file(file)
    assert config is None
    assert [str(problem).endswith(told) for problem in problems] == [True]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    file = tmp_path / "m.yml"
    file.write_bytes(b"\xef\xbb\xbf" + (ROOT / "conf" / "minimal.yml").read_bytes())
    assert load_config(file).model == "credit_risk"


@pytest.mark.parametrize("name", ["missing.yml", "."])
def test_a_file_that_cannot_be_read_is_a_problem_without_a_place(tmp_path, name):
    _, [problem] = check_file(tmp_path / name)
    assert (problem.line, problem.column) == (0, 0)
    assert str(problem).startswith(f"{tmp_path / name}: found no file to read (")


def test_control_characters_of_the_file_never_reach_the_terminal():
    text = 'model: "\\e[31mred"\n"a\\e[2Jb": 1\nwindows: {grain: "x\\ny"}\n'
    with pytest.raises(ConfigError) as caught:
        load_config_text(text, "m.yml", {})
    assert all(problem.isprintable() for problem in caught.value.problems)
