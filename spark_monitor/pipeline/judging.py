"""Verdicts: the windows just published, and those that rest on them, judged by all rules and written in one commit."""

import pyarrow as pa

from spark_monitor.metrics import METRICS as METRIC_SPECS
from spark_monitor.metrics import metric_facts
from spark_monitor.pipeline.habits import habit_verdicts, later_windows
from spark_monitor.rules.defaults import DEFAULT_RULES
from spark_monitor.rules.judge import VERDICT_SCHEMA, is_judged_together, judge_metrics
from spark_monitor.rules.spec import Rule
from spark_monitor.tables.arrow_types import spark_schema
from spark_monitor.tables.local import union, with_column
from spark_monitor.tables.results import METRICS, VERDICTS
from spark_monitor.tables.store import of_windows
from spark_monitor.windows import Window, to_datetime


def publish_verdicts(job, agenda, past, frozen, fresh=None):
    """Judge the windows just published, and those that rest on them, by all rules; replace their verdicts in one commit.

    Parameters
    ----------
    job : Job
    agenda : Agenda
    past : Past
    frozen : Frozen
    fresh : pyarrow.Table or None
        As `publish_metrics` returns it.

    Returns
    -------
    pyarrow.Table or None
        The verdicts, where this process has judged.
    """
    rules = rules_of(job.config)
    facts = directions(rules)
    together = [rule for rule in rules if is_judged_together(rule, facts.get(rule.metric))]
    later = later_windows(job, agenda, past, together)
    fresh = None if any(later.values()) else fresh
    beyond = habit_verdicts(job, agenda, past, frozen, together, fresh)
    windows = [w for spans in agenda.windows.values() for w in spans]
    predicate = of_windows(job.model, [*windows, *(Window(grain, start, start) for grain, starts in later.items()
                                                   for start in starts)])
    judge = _judging(rules, job.config.windows.grain, job.config.references[0].name, facts)
    if fresh is None:
        judged = job.store.read(METRICS, job.model).where(predicate).mapInArrow(judge, spark_schema(VERDICT_SCHEMA))
    else:
        judged = pa.Table.from_batches(judge(fresh.combine_chunks().to_batches()), VERDICT_SCHEMA)
    judged = judged if beyond is None else union(job.spark, [judged, beyond])
    stamped = with_column(with_column(judged, "run_id", job.run_id), "judged_at", to_datetime(job.started_at))
    job.store.replace(VERDICTS, stamped, predicate)
    return None if fresh is None else judged


def rules_of(config):
    """Return the rules that are configured, or the default ones."""
    return tuple(Rule(**rule.model_dump()) for rule in config.rules) or DEFAULT_RULES


def directions(rules):
    """Return the direction that each metric declares, for those that rules name."""
    return {**{name: spec.direction for name, spec in METRIC_SPECS.items()},
            **{rule.metric: metric_facts(rule.metric).direction for rule in rules}}


def _judging(rules, grain, reference, facts):
    def judge(batches):
        for batch in batches:
            table = judge_metrics(pa.Table.from_batches([batch]), rules, grain, reference, facts)
            yield from table.combine_chunks().to_batches()

    return judge
