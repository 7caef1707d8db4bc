"""Metric rows of some windows, and what is known of earlier ones, in; verdict rows of the rules of kind habit out."""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.rules.habit.hypotheses import codes, standing_before, standing_from, tested_rows, whole_of, without
from spark_monitor.rules.habit.standing import NUMBERS_EACH
from spark_monitor.rules.habit.window import Evidence, judge_window
from spark_monitor.rules.judge import VERDICT_SCHEMA
from spark_monitor.rules.scope import ABOUT, Coded

INDEX = "psi"
# What is read of the index beside its value; of the metrics that describe a change their value is enough.
NUMBERS = ("value", "expected_value", "p_value", "sample_size", "effective_size", "reference_size")
METRICS = (INDEX, "mean_shift", "l_infinity")
TOO_FEW, BORROWED, TOLD = "too_few_rows", "habit_borrowed", "found_overall"


def judge_habits(table, rules, base_grain, first_reference, before, known, span=None):
    """Judge drift beyond habit, window after window.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of `metrics` as for `judge_metrics` with effective_size and reference_size, of one model, psi and what there
        is of the other `METRICS`: every window from the first one that is to be judged.
    rules : sequence of Rule
        Of kind habit, without a problem, all of one grain.
    base_grain, first_reference : str
        What rules judge that name none.
    before : pyarrow.Table
        Columns fingerprint and memory of the verdicts of the windows just before, the newest of each fingerprint.
    known : callable
        ``known() -> pyarrow.Table``: rows of `habits` of the first reference: segment, segment_value, family, feature,
        spans, distance, noise. What has no verdict in the window before, new or after a gap, begins with it.
    span : (int, int) or None
        Of the reference, microseconds: windows in it are judged, but teach nothing that is not known of it.

    Returns
    -------
    pyarrow.Table
        By `VERDICT_SCHEMA`. `habit` is the usual distance before the window, `memory` what the next one goes on from.
    """
    coded = {name: Coded(table[name]) for name in ABOUT}
    tested = tested_rows(rules, coded, base_grain, first_reference)
    if not len(tested.rows):
        return VERDICT_SCHEMA.empty_table()
    numbers = _numbers(table, coded, tested.rows)
    starts, ends = (table[name].cast(pa.int64()).to_numpy() for name in ("window_start", "window_end"))
    begin = cache(lambda: standing_from(tested, coded, known()))
    standing = standing_before(tested, before, begin)
    feature = codes(coded, tested, ("family", "feature"), tested.rule)[tested.first]
    group = codes(coded, tested, ("segment", "segment_value"))[tested.first]
    whole = whole_of(feature, coded, tested)
    least = np.array([rule.warn for rule in rules])[tested.rule[tested.first]]
    verdicts = _Verdicts(len(tested.rows))
    grain, start = coded["grain"].codes[tested.rows], starts[tested.rows]
    ok = _is_judged(table, tested, numbers, rules)
    patience = np.array([(*rule.persist, rule.clear) for rule in rules])[tested.rule].T
    for places in _runs(np.lexsort((start, grain)), grain, start):
        judged = places[ok[places]]
        *persist, clear = patience[:, judged]
        row = tested.rows[places[0]]
        teaches = span is None or ends[row] <= span[0] or starts[row] >= span[1]
        evidence = _evidence(numbers, tested, judged)
        found, standing = judge_window(evidence, standing, feature, group, least, whole, teaches, persist, clear)
        verdicts.add(places, judged, found, standing.numbers(tested.hypothesis[places]))
        standing = without(standing, np.setdiff1d(np.arange(len(feature)), tested.hypothesis[places]), begin)
    return _rows(table, tested, rules, numbers, verdicts, ok)


def _numbers(table, coded, rows):
    """Return, by metric and column, the numbers of `NUMBERS` that stand beside each of the rows; NaN where none does."""
    columns = {name: table[name].cast(pa.float64()).fill_null(np.nan).to_numpy() for name in NUMBERS}
    place = table["window_start"].cast(pa.int64()).to_numpy()
    for name in ABOUT:
        if name != "metric":
            place = np.unique(place, return_inverse=True)[1] * len(coded[name].names) + coded[name].codes
    out, metric = {}, coded["metric"]
    for name in METRICS:
        mine = np.flatnonzero(metric.codes == metric.names.index(name)) if name in metric.names else np.empty(0, int)
        mine = mine[np.argsort(place[mine])]
        at = np.searchsorted(place[mine], place[rows])
        there = at < len(mine)
        there[there] = place[mine][at[there]] == place[rows][there]
        for column in NUMBERS if name == INDEX else NUMBERS[:1]:
            out[name, column] = np.full(len(rows), np.nan)
            out[name, column][there] = columns[column][mine[at[there]]]
    return out


def _is_judged(table, tested, numbers, rules):
    status = table["status"].take(tested.rows).cast(pa.string()).fill_null("failed")
    is_ok = pc.equal(status, "ok").to_numpy()
    known = ~np.isnan(numbers[INDEX, "value"]) & (numbers[INDEX, "reference_size"] > 0)
    least = np.array([rule.min_rows for rule in rules])[tested.rule]
    return is_ok & known & (numbers[INDEX, "sample_size"] >= least)


def _evidence(numbers, tested, judged):
    value = {key: column[judged] for key, column in numbers.items()}
    rows, before = (np.maximum(value[INDEX, name], 1.0) for name in ("effective_size", "reference_size"))
    scale = 1 / rows + 1 / before
    # To first order psi is Pearson's chi-squared times that, and what it states as expected is the freedom times that.
    index, expected = value[INDEX, "value"], value[INDEX, "expected_value"]
    # Shares of a number's cells are of this side's making; those of categories mean something by themselves.
    share = np.where(np.isnan(value["mean_shift", "value"]), value["l_infinity", "value"], np.nan)
    return Evidence(tested.hypothesis[judged], index / scale, expected / scale, scale, value[INDEX, "p_value"],
                    index - expected, value["mean_shift", "value"], share)


def _runs(order, *codes):
    """Return the places of each run of equal codes, in the given order."""
    changed = np.zeros(len(order), bool)
    for code in codes:
        changed[1:] |= code[order][1:] != code[order][:-1]
    return np.split(order, np.flatnonzero(changed))


class _Verdicts:
    """What is said of n rows, filled in window by window."""

    def __init__(self, count):
        self.p, self.q, self.habit, self.excess = (np.full(count, np.nan) for _ in range(4))
        self.borrowed, self.breached, self.told = (np.zeros(count, bool) for _ in range(3))
        self.memory = np.zeros((count, NUMBERS_EACH))

    def add(self, places, judged, found, memory):
        for name in ("p", "q", "habit", "excess", "borrowed", "breached", "told"):
            getattr(self, name)[judged] = getattr(found, name)
        self.memory[places] = memory


def _rows(table, tested, rules, numbers, said, ok):
    rows = table.take(pa.array(tested.rows))
    warn, critical = (np.array([getattr(rule, name) or np.inf for rule in rules], float)[tested.rule]
                      for name in ("warn", "critical"))
    is_critical = said.breached & (said.excess >= critical)
    breach = pa.array(np.where(is_critical, "critical", "warn"))
    no_text, status = pa.nulls(len(rows), pa.string()), rows["status"].cast(pa.string()).fill_null("failed")
    unjudged = pc.if_else(pc.equal(status, "ok"), pa.scalar(TOO_FEW), status)
    expected = numbers[INDEX, "expected_value"]
    made = {
        "rule": pa.array([rule.name for rule in rules]).take(pa.array(tested.rule)),
        "severity": pc.if_else(pa.array(said.breached), breach, no_text),
        "verdict": pc.if_else(pa.array(~ok), pa.scalar("not_judged"),
                              pc.if_else(pa.array(said.breached), breach, pa.scalar("ok"))),
        "bound": pa.array(np.where(ok, expected + said.habit + np.where(is_critical, critical, warn), np.nan),
                          from_pandas=True),
        "effect": pa.array(numbers[INDEX, "value"] - expected, from_pandas=True),
        "p_value": pa.array(said.p, from_pandas=True), "q_value": pa.array(said.q, from_pandas=True),
        "reason": pc.if_else(pa.array(~ok), unjudged,
                             pc.if_else(pa.array(said.told), pa.scalar(TOLD),
                                        pc.if_else(pa.array(said.borrowed), pa.scalar(BORROWED), no_text))),
        "fingerprint": tested.fingerprint, "habit": pa.array(said.habit, from_pandas=True),
        "memory": pa.ListArray.from_arrays(np.arange(len(rows) + 1, dtype=np.int32) * NUMBERS_EACH, said.memory.ravel()),
    }
    columns = [made[name] if name in made else rows[name] for name in VERDICT_SCHEMA.names]
    return pa.table(columns, names=VERDICT_SCHEMA.names).cast(VERDICT_SCHEMA)
