"""What the remaining keys accept, and what follows from leaving one out."""

from datetime import datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

PREDICTIONS = "predictions: {{table: t, id: i, time: at, score: p, {}}}"


def test_ten_lines_are_enough_and_the_rest_has_defaults(load):
    config = load()
    assert (config.version, config.model, config.task, config.owner, config.outcomes) == (
        1,
        "credit",
        "binary",
        None,
        None,
    )
    assert config.predictions.id == ("loan",)
    assert (config.predictions.entity, config.predictions.where, config.predictions.weight) == (None, {}, None)
    assert (config.predictions.duplicates, config.predictions.deduplicate) == ("count", False)
    assert (config.predictions.features.include, config.predictions.features.exclude) == (None, ())
    assert (config.windows.grain, config.windows.rollups, config.windows.time_zone) == ("day", (), "UTC")
    assert (config.windows.grace, config.windows.lookback) == (timedelta(), timedelta(days=30))
    assert config.windows.start == datetime(2000, 1, 1, tzinfo=timezone.utc)
    assert (config.metrics.overall, config.metrics.segments, config.metrics.crossings) == ("all", "default", "default")
    assert config.bins.model_dump() == {
        "count": 100,
        "coarse": 10,
        "sample": 200_000,
        "categories": 100,
        "segment_values": 50,
    }
    assert (config.segments, config.protected, config.rules, config.sensitive, config.min_cell) == ((), (), (), (), 10)


def test_a_key_left_empty_counts_as_not_given(load):
    config = load(more="windows:\nsegments:\nrules:\nowner:\nmetrics: {overall: }\nbins: {count: }")
    assert config.config_hash == load().config_hash


def test_the_configuration_is_frozen(load):
    with pytest.raises(ValidationError):
        load().model = "other"


def test_segments_are_names_and_lists_of_names(load):
    config = load(segments="segments: [origin, carrier, [origin, carrier], [dest]]")
    assert config.segments == (("origin",), ("carrier",), ("origin", "carrier"), ("dest",))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("segments: [a, a]", "segments[1]: found 'a', expected it once"),
        ("segments: [[a, a]]", "segments[0][1]: found 'a', expected it once"),
        ("segments: [[]]", "segments[0]: found none, expected one at least"),
        ("segments: [a]\nprotected: [b]", "protected[0]: found 'b', expected a column that is a segment by itself: a"),
        (
            "segments: [[a, b]]\nprotected: [b]",
            "protected[0]: found 'b', expected a column that is a segment by itself",
        ),
    ],
)
def test_wrong_segments_are_told(messages, written, told):
    assert messages(more=written) == [told]


def test_metrics_are_words_or_names(load):
    config = load(metrics="metrics: {overall: none, segments: [quality, 'share:late', mean], crossings: row_count}")
    assert config.metrics.overall == "none"
    assert config.metrics.segments == ("quality", "share:late", "mean")
    assert config.metrics.crossings == ("row_count",)


def test_an_unknown_metric_is_told_with_a_hint(messages):
    told = messages(metrics="metrics: {overall: [misisng_rate, all], segments: defalt, crossings: [summray]}")
    assert [line.partition(",")[0] for line in told] == [
        "metrics.overall[0]: found 'misisng_rate'",
        "metrics.overall[1]: found 'all'",
        "metrics.segments: found 'defalt'",
        "metrics.crossings[0]: found 'summray'",
    ]
    assert told[0].endswith("Did you mean 'missing_rate'?")
    assert told[2].endswith("Did you mean 'default'?")
    assert told[3].endswith("Did you mean 'summary'?")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "windows: {grain: week, rollups: [week]}",
            "windows.rollups[0]: found 'week', expected month, coarser than week",
        ),
        ("windows: {grain: week, rollups: day}", "windows.rollups: found 'day', expected month, coarser than week"),
        (
            "windows: {grain: month, rollups: [month]}",
            "windows.rollups[0]: found 'month', expected none, coarser than month",
        ),
        ("windows: {rollups: [week, week]}", "windows.rollups[1]: found 'week', expected it once"),
        (
            "windows: {grain: weekly}",
            "windows.grain: found 'weekly', expected one of hour, day, week, month. Did you mean 'week'?",
        ),
        ("windows: day", "windows: found 'day', expected a mapping"),
        ("min_cell: 0", "min_cell: found 0, expected at least 1"),
        ("min_cell: 1.0", "min_cell: found 1.0, expected a whole number"),
        ("min_cell: true", "min_cell: found true, expected a whole number"),
        ("bins: {count: 1}", "bins.count: found 1, expected at least 2"),
        ("bins: {coarse: 200}", "bins.coarse: found 200, expected at most count, 100"),
        ("version: 2", "version: found 2, expected 1"),
        ("model: ' '", "model: found ' ', expected a text that is not empty"),
        ('model: "a\\nb"', "model: found 'a\\nb', expected a text without line breaks and control characters"),
        ("owner: {name: a, mail: b}", "owner.mail: found an unknown key, expected one of name, contact, runbook"),
    ],
)
def test_wrong_values_are_told(messages, written, told):
    assert messages(**{written.partition(":")[0]: written}) == [told]


def test_windows_start_is_midnight_in_the_time_zone(load):
    config = load(windows="windows: {time_zone: America/New_York, start: 2013-07-01}")
    assert config.windows.start == datetime(2013, 7, 1, 4, tzinfo=timezone.utc)


def test_variables_reach_every_type(load):
    environ = {"N": "5", "F": "true", "G": "hour", "D": "2h", "R": "0.5"}
    config = load(
        environ,
        predictions=PREDICTIONS.format("deduplicate: '${F}', features: {t: {range: ['${R}', 1]}}"),
        more="min_cell: ${N}\nwindows: {grain: '${G}', grace: '${D}'}",
    )
    assert (config.min_cell, config.predictions.deduplicate, config.windows.grain) == (5, True, "hour")
    assert config.windows.grace == timedelta(hours=2)
    assert config.predictions.features.options["t"].range == (0.5, 1.0)
