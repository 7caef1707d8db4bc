"""Lists in files of their own, beside a configuration: rules to try, incidents that are known."""

import csv
import os
from typing import Annotated

from pydantic import AfterValidator, ValidationError, field_validator

from spark_monitor.config.explain import explain_errors
from spark_monitor.config.fields import Moment, Section, Text, Texts, check_not_empty
from spark_monitor.config.loader import read_text
from spark_monitor.config.mistakes import mistake, refuse
from spark_monitor.config.nodes import Node, read_nodes
from spark_monitor.config.problems import Problem, write_message
from spark_monitor.config.rules import RuleConfig, find_rule_mistakes
from spark_monitor.config.times import place_moment
from spark_monitor.errors import ConfigError


class RulesFile(Section):
    """Rules as they stand under ``rules:`` of a configuration."""

    rules: Annotated[tuple[RuleConfig, ...], AfterValidator(check_not_empty)]

    @field_validator("rules")
    @classmethod
    def _check_against_the_rest(cls, rules, info):
        refuse(find_rule_mistakes(rules, **{name: getattr(info.context, name) for name in (
            "windows", "references", "segments", "champion")}))
        return rules


class IncidentConfig(Section):
    """Something that is known to have been wrong."""

    name: Text
    """What it was."""
    start: Moment
    """When it began: a date, midnight in windows.time_zone, or an instant with its offset."""
    end: Moment
    """When it was over; the span is half-open."""
    feature: Texts = ()
    """Names and globs of the features that it concerned; every alert where not given."""
    segment: Texts = ()
    """Names and globs of the segments, or overall; every alert where not given."""

    @field_validator("start", "end")
    @classmethod
    def _place(cls, moment, info):
        return place_moment(moment, info.context.windows.time_zone)

    @field_validator("end")
    @classmethod
    def _check_order(cls, end, info):
        start = info.data.get("start")
        if start is not None and end <= start:
            raise mistake("a moment after start")
        return end


class IncidentsFile(Section):
    """Incidents, each with a span of time."""

    incidents: Annotated[tuple[IncidentConfig, ...], AfterValidator(check_not_empty)]


def load_rules(path, config):
    """Return the rules of a YAML file: a list as under ``rules:``, or that key with the list.

    Parameters
    ----------
    path : str or path-like
    config : MonitorConfig
        Whose grains, references and segments they may name.

    Raises
    ------
    ConfigError
        With all mistakes, sorted by line.
    """
    return _load(path, RulesFile, "rules", config)


def load_incidents(path, config):
    """Return the incidents of a YAML file, a list or the key ``incidents`` with one, or of a CSV file with a header.

    Globs in a CSV file are separated by spaces.

    Parameters
    ----------
    path : str or path-like
    config : MonitorConfig
        Whose time zone plain dates are in.

    Raises
    ------
    ConfigError
        With all mistakes, sorted by line.
    """
    return _load(path, IncidentsFile, "incidents", config)


def _load(path, section, key, config):
    name, is_csv = os.fspath(path), os.fspath(path).lower().endswith(".csv") and key == "incidents"
    text, problem = read_text(path, "a YAML or CSV file" if key == "incidents" else "a YAML file")
    if problem:
        raise ConfigError(str(problem))
    root, problems = _csv_nodes(text, name) if is_csv else read_nodes(text, name, os.environ)
    found = None
    if root is not None:
        written = root.plain()
        if not isinstance(written, (list, dict)):
            said = write_message("no list", f"a list of {key}")
            problems = [*problems, Problem(name, root.line, root.column, "", said)]
        else:
            try:
                found = section.model_validate({key: written} if isinstance(written, list) else written, context=config)
            except ValidationError as error:
                problems = [*problems, *explain_errors(error.errors(include_url=False), root, name, section)]
    if problems:
        raise ConfigError([str(problem) for problem in sorted(problems)])
    return getattr(found, key)


def _csv_nodes(text, name):
    """Return the rows of a CSV text as nodes, each value at its line; an empty field is not given."""
    lines = csv.DictReader(text.splitlines())
    rows = []
    for row in lines:
        if None in row:
            expected = f"{len(lines.fieldnames)}, as in the header"
            return None, [Problem(name, lines.line_num, 1, "", write_message("more fields", expected))]
        place = (lines.line_num, 1, lines.line_num, 1)
        values = {key: Node(_listed(key, value, place), *place) for key, value in row.items() if value}
        rows.append(Node(values, *place))
    return Node(rows, 1, 1, 1, 1), []


def _listed(key, value, place):
    return [Node(part, *place) for part in value.split()] if key in ("feature", "segment") else value.strip()
