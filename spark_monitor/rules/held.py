"""Metric rows in, the number that a rule holds against its bounds out: one for each thing and window that it judges."""

import numpy as np
import pyarrow as pa

from spark_monitor.rules.scope import ABOUT, Coded, fingerprints, rows_in_scope
from spark_monitor.rules.suggest import held_numbers

SUBJECT = ("grain", "feature", "segment", "segment_value")
NUMBERS = ("value", "ci_low", "ci_high", "p_value", "sample_size")
SCHEMA = pa.schema([("fingerprint", pa.string()), *((name, pa.string()) for name in SUBJECT), ("start", pa.int64()),
                    ("held", pa.float64())])


def held_rows(table, rules, base_grain, first_reference, directions):
    """Return, by the name of each rule, the numbers that are held against its bounds, by `SCHEMA`.

    Parameters
    ----------
    table, base_grain, first_reference, directions
        As for `judge_metrics`.
    rules : iterable of Rule
        Of kind threshold, without a problem.
    """
    coded = {name: Coded(table[name]) for name in ABOUT}
    by_metric = np.argsort(coded["metric"].codes, kind="stable")
    numbers = {name: table[name].cast(pa.float64()).fill_null(np.nan).to_numpy() for name in NUMBERS}
    status = table["status"].cast(pa.string()).fill_null("failed").to_numpy()
    starts = table["window_start"].cast(pa.int64()).to_numpy()
    found = {}
    for rule in rules:
        rows = rows_in_scope(rule, coded, by_metric, base_grain, first_reference)
        columns = {name: column[rows] for name, column in (*numbers.items(), ("status", status))}
        held = held_numbers(rule, directions.get(rule.metric), columns)
        subject = [table[name].take(pa.array(rows)).cast(pa.string()) for name in SUBJECT]
        found[rule.name] = pa.table([fingerprints(rule, coded, rows), *subject, starts[rows], held], schema=SCHEMA)
    return found


def by_series(rows):
    """Return rows by `SCHEMA` as a list of series: what each is about, its windows, and the numbers held.

    Examples
    --------
    >>> rows = pa.Table.from_pylist([{"fingerprint": name, "feature": name, "start": start, "held": 0.1 * start}
    ...                              for name, start in (("b", 2), ("a", 5), ("b", 1))], SCHEMA)
    >>> [(about["feature"], starts.tolist(), held.round(1).tolist()) for about, starts, held in by_series(rows)]
    [('a', [5], [0.5]), ('b', [1, 2], [0.1, 0.2])]
    """
    rows = rows.sort_by([("fingerprint", "ascending"), ("start", "ascending")])
    names = rows["fingerprint"].to_numpy()
    edges = [*np.flatnonzero(np.append(True, names[1:] != names[:-1])), len(names)] if len(names) else []
    starts, held = rows["start"].to_numpy(), rows["held"].to_numpy()
    return [(rows.select(SUBJECT).slice(low, 1).to_pylist()[0], starts[low:high], held[low:high])
            for low, high in zip(edges, edges[1:])]
