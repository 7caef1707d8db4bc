"""The kinds of references, and what doesn't make one."""

from datetime import datetime, timezone

import pytest


@pytest.mark.parametrize(
    ("written", "kind", "name"),
    [
        ("{start: 2024-01-01, end: 2024-02-01}", "period", "period"),
        ("{table: logs/training}", "table", "table"),
        ("{name: training, table: t, time: at, start: 2024-01-01, end: 2024-02-01}", "table", "training"),
        ("{rolling: 4}", "rolling", "rolling"),
        ("{model_version: '1', start: 2024-01-01, end: 2024-02-01}", "version", "version"),
        ("{rolling: 4, match: version}", "rolling", "rolling"),
    ],
)
def test_a_reference_is_of_one_kind(load, written, kind, name):
    [reference] = load(references=f"references: [{written}]").references
    assert (reference.kind, reference.name) == (kind, name)


def test_dates_are_midnights_in_the_time_zone_and_instants_are_themselves(load):
    config = load(
        windows="windows: {time_zone: America/New_York}",
        references="references: [{start: 2013-02-01, end: '2013-03-01T00:00:00Z'}]",
    )
    assert config.references[0].start == datetime(2013, 2, 1, 5, tzinfo=timezone.utc)
    assert config.references[0].end == datetime(2013, 3, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[]", "references: found no references, expected one at least"),
        (
            "[{name: x}]",
            "references[0]: found none of them, expected one of: start and end, table, rolling or model_version",
        ),
        (
            "[{table: t, rolling: 2}]",
            "references[0]: found table and rolling, expected one of: start and end, table, rolling or model_version",
        ),
        ("[{start: 2024-01-01}]", "references[0]: found no end, expected start and end"),
        ("[{end: 2024-01-01}]", "references[0]: found no start, expected start and end"),
        (
            "[{rolling: 2, start: 2024-01-01}]",
            "references[0].start: found '2024-01-01', expected no start with rolling",
        ),
        (
            "[{model_version: '1', time: at, start: 2024-01-01, end: 2024-02-01}]",
            "references[0].time: found 'at', expected no time with version",
        ),
        (
            "[{table: t, start: 2024-01-01, end: 2024-02-01}]",
            "references[0]: found no time, expected the table's time column, where start and end are given",
        ),
        (
            "[{start: 2024-01-01, end: 2024-01-01}]",
            "references[0].end: found '2024-01-01', expected a time after start",
        ),
        (
            "[{start: 2024-01-02, end: '2024-01-01T00:00:00Z'}]",
            "references[0].end: found '2024-01-01T00:00:00Z', expected a time after start",
        ),
        (
            "[{start: '2024-01-01T00:00:00', end: 2024-02-01}]",
            "references[0].start: found '2024-01-01T00:00:00', expected an offset such as Z or +01:00 at its end, "
            "or a plain date, 2024-01-01",
        ),
        ("[{rolling: 0}]", "references[0].rolling: found 0, expected at least 1"),
        ("[{model_version: 1}]", 'references[0].model_version: found 1, expected a text: put it in quotes, "1"'),
        (
            "[{model_version: '1'}]",
            "references[0]: found no span, expected start and end beside model_version, "
            "since the first reference freezes the bins",
        ),
        (
            "[{rolling: 1}, {model_version: '1', match: version}]",
            "references[1].match: found 'version', expected no match: it is compared with that one version",
        ),
        (
            "[{rolling: 1}, {rolling: 2}]",
            "references[1]: found the name of another reference, 'rolling', expected a name of its own",
        ),
        (
            "[{rolling: 1, match: verison}]",
            "references[0].match: found 'verison', expected version. Did you mean 'version'?",
        ),
        (
            "[{rollling: 1}]",
            "references[0].rollling: found an unknown key, expected one of name, "
            "table, time, rolling, model_version, start, end, match. "
            "Did you mean 'rolling'?",
        ),
    ],
)
def test_wrong_references_are_told(messages, written, told):
    assert told in messages(references=f"references: {written}")


def test_another_version_may_come_second_without_a_span(load):
    config = load(references="references: [{rolling: 2}, {model_version: '1'}]")
    assert [reference.kind for reference in config.references] == ["rolling", "version"]
