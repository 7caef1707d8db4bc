"""Bounds for threshold rules by a wanted rate of false alarms, from the windows that are published."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.alerts.spells import spells
from spark_monitor.alerts.uncovered import uncovered
from spark_monitor.pipeline.backtest import backtest
from spark_monitor.pipeline.judging import directions
from spark_monitor.rules.held import SCHEMA, by_series, held_rows
from spark_monitor.rules.suggest import Suggestion, suggest
from spark_monitor.rules.threshold import THRESHOLD, direction_of


@dataclass(frozen=True)
class Suggested:
    """A suggestion for one rule.

    Parameters
    ----------
    rule : Rule
        As it is.
    direction : str
    found : Suggestion
    left_out : int
        Windows and series that an alert of another rule covers.
    set_by : list of dict
        Feature, segment and segment value of the series whose bound is the rule's, one a side.
    """

    rule: object
    direction: str
    found: Suggestion
    left_out: int
    set_by: list


def suggestions(job, rules, rate, only=None):
    """Return a `Suggested` for each rule of kind threshold that has no problem.

    Parameters
    ----------
    job : Job
        By `reader_of`.
    rules : sequence of Rule
    rate : float
        Wanted false alarms per window and series.
    only : str, optional
        The name of one rule.
    """
    facts = directions(rules)
    chosen = [rule for rule in rules if rule.kind == THRESHOLD.name and only in (None, rule.name)
              and THRESHOLD.problem(rule, facts.get(rule.metric)) is None]
    held = {rule.name: [SCHEMA.empty_table()] for rule in chosen}
    about = job.config.windows.grain, job.config.references[0].name

    def look(table):
        for name, rows in held_rows(table, chosen, *about, facts).items():
            held[name].append(rows)

    replayed = backtest(job, rules, look=look)
    alerts = spells(replayed.events, replayed.windows)
    return [_suggested(rule, facts.get(rule.metric), pa.concat_tables(held.pop(rule.name)), alerts, rate)
            for rule in chosen]


def _suggested(rule, fact, rows, alerts, rate):
    series = by_series(rows)
    free = [uncovered(subject, starts, alerts, rule.name) for subject, starts, _ in series]
    found = suggest(rule, fact, [np.where(is_free, held, np.nan) for is_free, (*_, held) in zip(free, series)], rate)
    left_out = sum(int((~is_free & ~np.isnan(held)).sum()) for is_free, (*_, held) in zip(free, series))
    return Suggested(rule, direction_of(rule, fact), found, left_out, [series[at][0] for at in found.set_by])
