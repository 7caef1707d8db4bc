"""Small logs with groups, their cells as the pass over them counts them, and the rows that are published of both."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.kernel.scores import ScoreCounter, ScorePlan
from spark_monitor.cells.score_arrow import SCORE_SCHEMA, to_score_batch
from spark_monitor.cells.stream import UNIT
from spark_monitor.metrics.selection import DEFAULTS, Selection
from spark_monitor.results.performance import evaluate_scores
from spark_monitor.results.request import EvaluationRequest, ReferenceRequest, ScoreRequest, WindowRequest
from spark_monitor.tables.results import METRICS

DAY = 86_400_000_000
FIRST = 20_000 * DAY
EDGES = np.arange(1, 1000) / 1000
NOTHING = Selection()
OF_BIAS = {scope: replace(DEFAULTS[scope], names=frozenset(), on_reserved=frozenset())
           for scope in ("segments", "crossings")}
ALL_OF_BIAS = Selection(families=frozenset({"bias"}))


def frame(day, carrier, score, decision, outcome, **more):
    """Return rows as a log joined with its outcomes holds them; an outcome of -1 has not come."""
    size = len(score)
    t = FIRST + np.asarray(day) * DAY + np.arange(size) % DAY
    there = np.asarray(outcome) >= 0
    rows = pd.DataFrame({"t": t, "carrier": carrier, "s": score, "d": np.asarray(decision).astype(str),
                         "y": np.where(there, np.asarray(outcome).astype(str), None), "day": day, **more})
    # Outcomes come after an hour, positive ones after two.
    rows["known"] = pd.array(t + (1 + (np.asarray(outcome) == 1)) * DAY // 24, "Int64")
    rows.loc[~there, "known"] = pd.NA
    return rows


def drawn(rows, days, seed, groups="ABCDE", **more):
    """Return a random log in which groups differ and one has few rows."""
    random = np.random.default_rng(seed)
    shares = np.array([1.0] * (len(groups) - 1) + [0.02])
    group = random.choice(len(groups), rows, p=shares / shares.sum())
    score = np.clip(random.beta(2, 3, rows) + group * 0.03, 0, 1)
    outcome = (random.random(rows) < score).astype(int)
    decision = (score + random.normal(0, 0.1, rows) > 0.45).astype(int)
    outcome[random.random(rows) < 0.1] = -1
    return frame(random.choice(days, rows), np.array(list(groups))[group], score, decision, outcome,
                 origin=random.choice(["JFK", "EWR"], rows),
                 **{name: make(random, rows) for name, make in more.items()})


def cells(rows, reference=None, values=("A", "B", "C", "D", "E"), **kinds):
    """Count a log as the pass over it does, and name what reference the cells are of; `kinds` as `ScorePlan` says."""
    segments = [SegmentPlan(None), SegmentPlan("carrier", ("carrier",), values)]
    if "origin" in rows:
        crossed = tuple(f"{o} × {c}" for o in ("JFK", "EWR") for c in values)
        segments += [SegmentPlan("origin", ("origin",), ("JFK", "EWR")),
                     SegmentPlan("origin × carrier", ("origin", "carrier"), crossed)]
    plan = ScorePlan(FIRST + DAY * np.arange(-400, 400), tuple(segments), EDGES, (frozenset("0"), frozenset("1")),
                     **kinds)
    counter = ScoreCounter(plan)
    counter.count(pa.RecordBatch.from_pandas(rows.drop(columns="day"), preserve_index=False))
    batches = [to_score_batch(keys, segment.name, "score", "b1", *totals, plan.cells)
               for segment, keys, *totals in counter.groups()]
    table = pa.Table.from_batches(batches, SCORE_SCHEMA)
    return table.append_column("reference", pa.array([reference] * len(table), pa.string()))


def publish(current, before, days, protected=("carrier",), selections=OF_BIAS, as_of=500, least=0.99, frozen=None,
            **compared):
    """Return the metric rows of a log's cells and its reference's, each day a window, as an Arrow table."""
    table = pa.concat_tables([current, before])
    order = [(name, "ascending") for name in (*UNIT, "reference", "slice", "model_version")]
    table = table.take(pc.sort_indices(table, order)).combine_chunks()
    found = pc.unique(table["segment"]).drop_null().to_pylist()
    values = before if frozen is None else frozen
    frozen = {name: frozenset(pc.unique(values.filter(pc.equal(values["segment"], name))["segment_value"]).to_pylist())
              for name in found}
    windows = {"day": tuple(WindowRequest(FIRST + day * DAY, FIRST + (day + 1) * DAY, 1) for day in days)}
    scores = ScoreRequest("b1", len(EDGES), None, least, int(FIRST + as_of * DAY), "day", "UTC", "old", protected,
                          **compared)
    request = EvaluationRequest("m", "run", 5, {}, frozen, windows, (ReferenceRequest("old", "period", "r"),),
                                {"overall": NOTHING, **selections}, scores)
    return pa.Table.from_batches(list(evaluate_scores(table, request)), METRICS.schema).combine_chunks()


def pick(rows, **where):
    """Return the rows of a frame where columns equal values; None is null. `day` counts window starts."""
    if "day" in where:
        where["window_start"] = pd.Timestamp((FIRST + where.pop("day") * DAY) // 1000, unit="ms", tz="UTC")
    for name, value in {"model_version": "*", "segment": "carrier", "family": "bias", **where}.items():
        rows = rows[rows[name].isna() if value is None else rows[name] == value]
    return rows


def one(rows, **where):
    found = pick(rows, **where)
    assert len(found) == 1, found
    return found.iloc[0]
