"""What a run record keeps of a configuration: the same hash for the same meaning, and no secrets."""

from spark_monitor.config import MonitorConfig

PREDICTIONS = "predictions: {{table: t, id: i, time: at, score: p, {}}}"


def test_a_dump_is_a_configuration_again(load):
    config = load(
        predictions=PREDICTIONS.format("features: [a, {b: {range: [0, null]}}], where: {x: 1}"),
        more="windows: {time_zone: Asia/Tokyo, grace: 90 min}\nsegments: [s]\n"
        "rules: [{name: r, metric: mean, warn: [0, 1]}]\nmetrics: {segments: [mean]}",
    )
    for mode in ("json", "python"):
        assert MonitorConfig.model_validate(config.model_dump(mode=mode)).config_hash == config.config_hash


def test_the_hash_sees_meaning_and_not_writing(load):
    same = "# a comment\nreferences:\n- end: 2024-02-01T00:00:00Z\n  start: '2024-01-01'\n  name: launch"
    assert load(references=same, more="min_cell: 10").config_hash == load().config_hash
    assert load(more="min_cell: 11").config_hash != load().config_hash
    assert len(load().config_hash) == 64


def test_the_record_shows_no_value_that_came_from_a_variable(load):
    environ = {"SECRET": "hunter2", "ID": "hunter3", "GLOB": "hunter4", "VERSION": "hunter5", "CLASS": "hunter6"}
    config = load(
        environ,
        task="task: multiclass",
        predictions="""
predictions:
  table: abfss://logs@${SECRET}.net/x
  id: ${ID}
  time: at
  score: {a: "${CLASS}", b: q}
  features: [a, "${GLOB}"]
  where: {region: "${SECRET}", team: "${TEAM:-hunter7}"}
""",
        references="references: [{model_version: '${VERSION}', start: 2024-01-01, end: 2024-02-01}]",
        more="segments: [a, ['${GLOB}', b]]\nmetrics: {overall: [mean]}",
    )
    assert config.predictions.table == "abfss://logs@hunter2.net/x"
    masked = config.masked()
    assert "hunter" not in str(masked)
    assert masked["predictions"]["table"] == "abfss://logs@${SECRET}.net/x"
    assert masked["predictions"]["id"] == ["${ID}"]
    assert masked["predictions"]["features"]["include"] == ["a", "${GLOB}"]
    assert masked["segments"] == [["a"], ["${GLOB}", "b"]]
    assert masked["windows"]["grain"] == "day"


def test_an_error_shows_no_value_that_came_from_a_variable(messages):
    told = messages(
        {"SECRET": "hunter2"},
        more="min_cell: ${SECRET}\nwindows: {grain: '${SECRET}', time_zone: '${SECRET}', start: '${SECRET}'}\n"
        "protected: '${SECRET}'\nmetrics: {overall: '${SECRET}'}",
    )
    assert len(told) == 6
    assert "hunter2" not in "".join(told)
    assert "min_cell: found the value of '${SECRET}', expected a whole number" in told
