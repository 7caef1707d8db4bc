"""Metric rows in, verdict rows out: which rule judges which rows, and what it says of them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.catalogue import Catalogue
from spark_monitor.rules import RULES
from spark_monitor.rules.evidence import LIMIT, beyond_chance, explained, nearest_to_harmless
from spark_monitor.rules.scope import ABOUT, Coded, fingerprints, rows_in_scope
from spark_monitor.rules.spec import VERDICTS, Judgement

TIME = pa.timestamp("us", tz="UTC")
VERDICT_SCHEMA = pa.schema(
    [("model", pa.string()), ("model_version", pa.string()), ("grain", pa.string()), ("window_start", TIME),
     ("window_end", TIME), ("segment", pa.string()), ("segment_value", pa.string()), ("feature", pa.string()),
     ("family", pa.string()), ("metric", pa.string()), ("reference", pa.string()), ("rule", pa.string()),
     ("severity", pa.string()), ("verdict", pa.string()), ("value", pa.float64()), ("bound", pa.float64()),
     ("effect", pa.float64()), ("sample_size", pa.int64()), ("reference_value", pa.float64()),
     ("p_value", pa.float64()), ("q_value", pa.float64()), ("reason", pa.string()), ("fingerprint", pa.string()),
     ("habit", pa.float64()), ("memory", pa.list_(pa.float64()))]
)


def judge_metrics(table, rules, base_grain, first_reference, directions):
    """Judge metric rows, each by itself, by all rules that can: one verdict for each pair of a rule and a row in scope.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of `metrics`: model, model_version, grain, window_start, window_end, segment, segment_value, feature,
        family, metric, reference, value, sample_size, reference_value, expected_value, p_value, status; for rules on
        limits ci_low and ci_high. More columns are left alone. Times are UTC in microseconds; a NULL value has a
        status that says why.
    rules : iterable of Rule
    base_grain : str
        What rules without a grain judge.
    first_reference : str
        What rules without a reference judge, beside the metrics that compare nothing (reference NULL).
    directions : mapping of str to str
        The direction that each metric declares ("higher_is_worse", "lower_is_worse" or "two_sided"), by metric.

    Returns
    -------
    pyarrow.Table
        By `VERDICT_SCHEMA`, in the order of the rules and then of the rows. `severity` is warn, critical or NULL;
        `bound` is the bound that was crossed or the nearest one; `effect` is the value less what it would be had
        nothing changed, where the metric states that, else the value; NULL where a number is not known.

    Raises
    ------
    ValueError
        If two rules share a name.

    Examples
    --------
    >>> import datetime as dt
    >>> from spark_monitor.rules.spec import Rule
    >>> day = dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)
    >>> row = dict(model="m", model_version="*", grain="day", window_start=day, window_end=day + dt.timedelta(1),
    ...            segment=None, segment_value=None, feature="age", family="drift", metric="psi", reference="training",
    ...            value=0.3, sample_size=900, reference_value=None, expected_value=0.02, p_value=None, status="ok")
    >>> drift = Rule("drift", "psi", warn=0.1, critical=0.25)
    >>> judge_metrics(pa.Table.from_pylist([row]), [drift], "day", "training", {"psi": "higher_is_worse"}).select(
    ...     ["rule", "verdict", "value", "bound"]).to_pylist()
    [{'rule': 'drift', 'verdict': 'critical', 'value': 0.3, 'bound': 0.25}]
    """
    coded = {name: Coded(table[name]) for name in ABOUT}
    by_metric = np.argsort(coded["metric"].codes, kind="stable")
    parts = [VERDICT_SCHEMA.empty_table()]
    for rule in Catalogue(*rules).values():
        if is_judged_together(rule, directions.get(rule.metric)):
            continue
        rows = rows_in_scope(rule, coded, by_metric, base_grain, first_reference)
        judgement = _judge_rows(rule, table, rows, coded["reference"], directions.get(rule.metric))
        parts.append(_verdicts(rule, table.take(rows), judgement, fingerprints(rule, coded, rows)))
    return pa.concat_tables(parts)


def is_judged_together(rule, fact):
    """Say whether a rule, which has no problem, judges the rows of a window together, as `judge_habits` does."""
    kind = RULES.get(rule.kind)
    return kind is not None and kind.judge is None and kind.problem(rule, fact) is None


def _judge_rows(rule, table, rows, reference, fact):
    kind = RULES.get(rule.kind)
    problem = "unknown_kind" if kind is None else kind.problem(rule, fact)
    if problem:
        return Judgement.refused(len(rows), problem)
    values, sizes = (_numbers(table[name].take(rows)) for name in ("value", "sample_size"))
    statuses = table["status"].take(rows).cast(pa.string()).fill_null("failed").to_numpy()
    if rule.on == LIMIT:
        limits = nearest_to_harmless(rule, fact, *(_numbers(table[name].take(rows)) for name in ("ci_low", "ci_high")))
        judgement = explained(kind.judge(rule, fact, limits, sizes, statuses), values, limits)
    else:
        judgement = kind.judge(rule, fact, values, sizes, statuses)
    if rule.p_below is not None:
        judgement = beyond_chance(judgement, _numbers(table["p_value"].take(rows)), rule.p_below)
    compares_nothing = reference.codes[rows] == len(reference.names) - 1
    if rule.reference is None or not compares_nothing.any():
        return judgement
    refused = Judgement.refused(len(rows), "compares_nothing")
    return Judgement(*(np.where(compares_nothing, getattr(refused, name), getattr(judgement, name))
                       for name in ("verdict", "bound", "reason")))


def _numbers(column):
    return column.cast(pa.float64()).fill_null(np.nan).to_numpy()


def _verdicts(rule, rows, judgement, names):
    words = pa.array(VERDICTS).take(pa.array(judgement.verdict))
    no_text = pa.nulls(len(words), pa.string())
    is_breach = pc.is_in(words, pa.array(["warn", "critical"]))
    expected = pc.coalesce(rows["expected_value"].cast(pa.float64()), pa.scalar(0.0))
    made = {
        "rule": pa.repeat(pa.scalar(rule.name), len(words)),
        "severity": pc.if_else(is_breach, words, no_text),
        "verdict": words,
        "bound": pa.array(judgement.bound, from_pandas=True),
        "effect": pc.subtract(rows["value"].cast(pa.float64()), expected),
        "q_value": pa.nulls(len(words), pa.float64()),
        "reason": pa.array(judgement.reason, pa.string()),
        "fingerprint": names,
        "habit": pa.nulls(len(words), pa.float64()),
        "memory": pa.nulls(len(words), VERDICT_SCHEMA.field("memory").type),
    }
    columns = [made[name] if name in made else rows[name] for name in VERDICT_SCHEMA.names]
    return pa.table(columns, names=VERDICT_SCHEMA.names).cast(VERDICT_SCHEMA)
