"""The JSON Schema for editors: committed as generated, and it accepts what the loader accepts."""

import json
from pathlib import Path

import pytest
import yaml

from spark_monitor.config import load_config, load_config_text, schema

CONF = Path(__file__).parents[3] / "conf"
EXAMPLES = sorted(CONF.glob("*.yml"))
FORMS = """
version: 1
model: m
owner: {name: a}
task: multiclass
predictions:
  table: t
  where: {a: x, b: 1, c: true}
  id: [a, b]
  entity: c
  time: at
  score: {late: p, early: q}
  features: FEATURES
  deduplicate: ${FLAG:-false}
outcomes: {table: o, id: [a, b], outcome: y, time: at}
windows: {grain: day, rollups: month, grace: 2h, start: 2020-01-01}
references: [{rolling: 4}, {table: t}, {model_version: "1"}, {start: 2024-01-01, end: 2024-02-01, match: version}]
segments: [a, [a, b], b]
protected: a
metrics: {overall: all, segments: row_count, crossings: [quality, "share:late"]}
results: r
rules:
  - {name: r, metric: mean, warn: [0, 1], feature: x, segment: [a, "b*"]}
  - {name: s, metric: nan_rate, critical: 0.5}
notify:
  allow_hosts: "*.example.org"
  channels:
    - {name: team, kind: slack, url: {env: SLACK_URL}, severities: [critical]}
    - {name: mail, kind: email, host: smtp.example.org, port: "${PORT:-587}", sender: a, to: [b, c], tls: implicit}
bins: {count: 50}
min_cell: ${CELL:-5}
sensitive: [a, "*b*"]
"""
FEATURES = [
    "auto",
    "[a, 'b*']",
    "[a, {b: {kind: numeric}}]",
    "{include: [a], exclude: b}",
    "{include: auto}",
    "{temp: {kind: numeric, range: [-40, null]}, exclude: [b]}",
]


@pytest.fixture(scope="module")
def validator():
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft7Validator.check_schema(schema())
    return jsonschema.Draft7Validator(schema())


def test_the_committed_schema_is_the_generated_one():
    committed = json.loads((CONF / "monitor.schema.json").read_text())
    assert committed == schema(), "run: spark-monitor schema > conf/monitor.schema.json"


def test_every_key_is_described_or_leads_to_a_section():
    sections = [schema(), *(part for part in schema()["$defs"].values() if "properties" in part)]
    bare = [
        name
        for section in sections
        for name, part in section["properties"].items()
        if not {"description", "$ref"} & part.keys() and "$ref" not in str(part.get("anyOf"))
    ]
    assert bare == []


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_example_loads_and_names_its_schema(file):
    assert file.read_text().splitlines()[0] == "# yaml-language-server: $schema=monitor.schema.json"
    assert load_config(file).model


def test_the_minimal_example_is_ten_lines():
    assert len((CONF / "minimal.yml").read_text().splitlines()) == 10


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_the_schema_accepts_every_example(validator, file):
    # Dates stay texts, as the language server for YAML 1.2 reads them.
    validator.validate(json.loads(json.dumps(yaml.safe_load(file.read_text()), default=str)))


@pytest.mark.parametrize("features", FEATURES)
def test_the_schema_accepts_what_the_loader_accepts(validator, features):
    text = FORMS.replace("FEATURES", features)
    assert load_config_text(text, "m.yml", {}).predictions.features
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))
    validator.validate(document)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("min_cell: ${CELL:-5}", "min_cell: many"),
        ("grain: day", "grain: dya"),
        ("sensitive:", "sensitiv:"),
        ("features: FEATURES", "features: some"),
        ("features: FEATURES", "features: {temp: {kind: num}}"),
        ("bins: {count: 50}", "bins: {count: 1}"),
        ("warn: [0, 1]", "warn: [0]"),
        ("kind: slack", "kind: slakc"),
        ("url: {env: SLACK_URL}", "url: https://hooks.slack.com/services/x"),
        ("model: m", "modle: m"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(validator, right, wrong):
    document = yaml.safe_load(FORMS.replace(right, wrong).replace("FEATURES", "auto"))
    assert not validator.is_valid(json.loads(json.dumps(document, default=str)))
