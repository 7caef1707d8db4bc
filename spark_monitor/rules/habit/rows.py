"""Metric rows of some windows, and what is known of earlier ones, in; verdict rows of the rules of kind habit out."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.rules.habit.memory import Memory, from_reference
from spark_monitor.rules.habit.standing import NUMBERS_EACH, Standing
from spark_monitor.rules.habit.window import Evidence, judge_window
from spark_monitor.rules.judge import VERDICT_SCHEMA
from spark_monitor.rules.scope import ABOUT, Coded, fingerprints, rows_in_scope

METRICS = ("psi", "mean_shift", "l_infinity")
NUMBERS = ("value", "expected_value", "p_value", "sample_size", "effective_size", "reference_size")
TOO_FEW, BORROWED, TOLD = "too_few_rows", "habit_borrowed", "found_overall"


@dataclass(frozen=True)
class Tested:
    """The rows that are judged, and the hypothesis that each is about.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        Places in the table of metrics.
    rule : ndarray of int, shape (n,)
    fingerprint : pyarrow.Array, shape (n,)
    hypothesis : ndarray of int, shape (n,)
        Numbers 0 to H - 1, one a fingerprint.
    first : ndarray of int, shape (H,)
        A place in `rows` of each.
    """

    rows: np.ndarray
    rule: np.ndarray
    fingerprint: object
    hypothesis: np.ndarray
    first: np.ndarray


def judge_habits(table, rules, base_grain, first_reference, before, known, span=None):
    """Judge drift beyond habit, window after window.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of `metrics` as for `judge_metrics` with effective_size and reference_size, of one model, psi and what there
        is of the other `METRICS`: every window from the first one that is to be judged.
    rules : sequence of Rule
        Of kind habit, without a problem.
    base_grain, first_reference : str
        What rules judge that name none.
    before : pyarrow.Table
        Columns fingerprint and memory of the verdicts of the windows just before, the newest of each fingerprint.
    known : pyarrow.Table
        Rows of `habits` of the first reference: segment, segment_value, family, feature, spans, distance, noise.
    span : (int, int) or None
        Of the reference, microseconds: windows in it are judged, but teach nothing that is not known of it.

    Returns
    -------
    pyarrow.Table
        By `VERDICT_SCHEMA`. `habit` is the usual distance before the window, `memory` what the next one goes on from.
    """
    coded = {name: Coded(table[name]) for name in ABOUT}
    tested = _tested(rules, coded, base_grain, first_reference)
    if not len(tested.rows):
        return VERDICT_SCHEMA.empty_table()
    numbers = _numbers(table, coded, tested.rows)
    starts, ends = (table[name].cast(pa.int64()).to_numpy() for name in ("window_start", "window_end"))
    standing = _before(tested, coded, before, known)
    feature = _codes(coded, tested, ("family", "feature"), tested.rule)[tested.first]
    group = _codes(coded, tested, ("segment", "segment_value"))[tested.first]
    whole = _whole(feature, coded, tested)
    least = np.array([rule.warn for rule in rules])[tested.rule[tested.first]]
    verdicts = _Verdicts(len(tested.rows))
    grain, start = coded["grain"].codes[tested.rows], starts[tested.rows]
    ok = _is_judged(table, tested, numbers, rules)
    for _, places in _runs(np.lexsort((start, grain)), grain, start):
        judged = places[ok[places]]
        here = tested.rule[judged]
        persist = tuple(np.array([rule.persist[at] for rule in rules])[here] for at in (0, 1))
        clear = np.array([rule.clear for rule in rules])[here]
        row = tested.rows[places[0]]
        teaches = span is None or ends[row] <= span[0] or starts[row] >= span[1]
        evidence = _evidence(numbers, tested, judged)
        found, standing = judge_window(evidence, standing, feature, group, least, whole, teaches, persist, clear)
        verdicts.add(places, judged, found, standing.numbers(tested.hypothesis[places]))
    return _rows(table, tested, rules, numbers, verdicts, ok)


def _tested(rules, coded, base_grain, first_reference):
    by_metric = np.argsort(coded["metric"].codes, kind="stable")
    scopes = [rows_in_scope(rule, coded, by_metric, base_grain, first_reference) for rule in rules]
    names = pa.chunked_array([fingerprints(rule, coded, rows) for rule, rows in zip(rules, scopes)] or [[]], pa.string())
    rows, names = np.concatenate([*scopes, np.empty(0, np.int64)]).astype(np.int64), names.combine_chunks()
    rule = np.repeat(np.arange(len(rules)), [len(rows) for rows in scopes])
    # By name, so that sums over hypotheses are the same in whichever order rows were read.
    coded_names = names.dictionary_encode()
    rank = np.argsort(np.argsort(coded_names.dictionary.to_numpy(zero_copy_only=False)))
    _, first, number = np.unique(rank[coded_names.indices.to_numpy()], return_index=True, return_inverse=True)
    return Tested(rows, rule, names, number, first)


def _codes(coded, tested, names, code=0):
    """Return a number for each tested row, the same where the named columns are, and `code` is."""
    code = np.broadcast_to(code, tested.rows.shape)
    for name in names:
        code = np.unique(code * len(coded[name].names) + coded[name].codes[tested.rows], return_inverse=True)[1]
    return code


def _whole(feature, coded, tested):
    """Return for each hypothesis that of the same feature overall, -1 for those that are overall."""
    segment = coded["segment"]
    is_whole = segment.codes[tested.rows[tested.first]] == len(segment.names) - 1
    of = np.full(feature.max() + 1, -1)
    of[feature[is_whole]] = np.flatnonzero(is_whole)
    return np.where(is_whole, -1, of[feature])


def _numbers(table, coded, rows):
    """Return, by metric and column, the numbers that stand beside each of the rows; NaN where none does."""
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
        for column in NUMBERS:
            values = table[column].cast(pa.float64()).fill_null(np.nan).to_numpy()
            out[name, column] = np.full(len(rows), np.nan)
            out[name, column][there] = values[mine[at[there]]]
    return out


def _is_judged(table, tested, numbers, rules):
    status = table["status"].take(tested.rows).cast(pa.string()).fill_null("failed")
    is_ok = pc.equal(status, "ok").to_numpy()
    known = ~np.isnan(numbers["psi", "value"]) & (numbers["psi", "reference_size"] > 0)
    least = np.array([rule.min_rows for rule in rules])[tested.rule]
    return is_ok & known & (numbers["psi", "sample_size"] >= least)


def _evidence(numbers, tested, judged):
    value = {key: column[judged] for key, column in numbers.items()}
    rows, before = (np.maximum(value["psi", name], 1.0) for name in ("effective_size", "reference_size"))
    scale = 1 / rows + 1 / before
    # To first order psi is Pearson's chi-squared times that, and what it states as expected is the freedom times that.
    index, expected = value["psi", "value"], value["psi", "expected_value"]
    # Shares of a number's cells are of this side's making; those of categories mean something by themselves.
    share = np.where(np.isnan(value["mean_shift", "value"]), value["l_infinity", "value"], np.nan)
    return Evidence(tested.hypothesis[judged], index / scale, expected / scale, scale, value["psi", "p_value"],
                    index - expected, value["mean_shift", "value"], share)


def _before(tested, coded, before, known):
    """Return how the hypotheses stand: as after the window before, else as the reference's own spans let expect."""
    count = len(tested.first)
    names = ("segment", "segment_value", "family", "feature")
    own = list(zip(*([coded[name].names[code] for code in coded[name].codes[tested.rows[tested.first]]]
                     for name in names)))
    place = {key: at for at, key in enumerate(zip(*(known[name].to_pylist() for name in names)))}
    found = np.array([place.get(key, -1) for key in own], np.int64)
    columns = [np.append(known[name].to_numpy().astype(float), 0.0)[found] for name in ("distance", "noise", "spans")]
    memory = from_reference(*columns) if len(place) else Memory.blank(count)
    standing = Standing.first(memory)
    number = {name: at for at, name in enumerate(tested.fingerprint.take(pa.array(tested.first)).to_pylist())}
    told = [(number[name], memory) for name, memory in zip(before["fingerprint"].to_pylist(),
                                                           before["memory"].to_pylist()) if memory and name in number]
    if told:
        rows, numbers = zip(*told)
        standing = standing.with_numbers(np.array(rows), np.array(numbers))
    return standing


def _runs(order, *codes):
    """Yield the number and the places of each run of equal codes, in the given order."""
    changed = np.zeros(len(order), bool)
    for code in codes:
        changed[1:] |= code[order][1:] != code[order][:-1]
    yield from enumerate(np.split(order, np.flatnonzero(changed)))


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
    expected = numbers["psi", "expected_value"]
    made = {
        "rule": pa.array([rule.name for rule in rules]).take(pa.array(tested.rule)),
        "severity": pc.if_else(pa.array(said.breached), breach, no_text),
        "verdict": pc.if_else(pa.array(~ok), pa.scalar("not_judged"),
                              pc.if_else(pa.array(said.breached), breach, pa.scalar("ok"))),
        "bound": pa.array(np.where(ok, expected + said.habit + np.where(is_critical, critical, warn), np.nan),
                          from_pandas=True),
        "effect": pa.array(numbers["psi", "value"] - expected, from_pandas=True),
        "p_value": pa.array(said.p, from_pandas=True), "q_value": pa.array(said.q, from_pandas=True),
        "reason": pc.if_else(pa.array(~ok), unjudged,
                             pc.if_else(pa.array(said.told), pa.scalar(TOLD),
                                        pc.if_else(pa.array(said.borrowed), pa.scalar(BORROWED), no_text))),
        "fingerprint": tested.fingerprint, "habit": pa.array(said.habit, from_pandas=True),
        "memory": pa.ListArray.from_arrays(np.arange(len(rows) + 1, dtype=np.int32) * NUMBERS_EACH, said.memory.ravel()),
    }
    columns = [made[name] if name in made else rows[name] for name in VERDICT_SCHEMA.names]
    return pa.table(columns, names=VERDICT_SCHEMA.names).cast(VERDICT_SCHEMA)
