"""A log joined with its outcomes, counted by the kernel, and the rows that its evaluation publishes."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import expit, logit

from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.kernel.scores import ScoreCounter, ScorePlan
from spark_monitor.cells.score_arrow import SCORE_SCHEMA, to_score_batch
from spark_monitor.cells.stream import UNIT
from spark_monitor.metrics.selection import Selection
from spark_monitor.results.performance import evaluate_scores
from spark_monitor.results.request import EvaluationRequest, ReferenceRequest, ScoreRequest, WindowRequest

DAY = 86_400_000_000
FIRST = 20_000 * DAY
EDGES = np.arange(1, 200) / 200
PLACES = ("north", "south", "west")
# How far the scores of each place are off, on the logit scale: one curve does not fit all.
LEVEL = np.array([0.0, 0.8, -0.6])
SCOPES = ("overall", "segments", "crossings")
TRAINING = ReferenceRequest("training", "period", "r1")


def drawn(rows, days, seed, shift=0.0, shares=(0.5, 0.3, 0.2), change=lambda log_odds: log_odds, lost=0.0):
    """Return random rows over some days; `change` turns the log-odds of an outcome into others."""
    random = np.random.default_rng(seed)
    place = random.choice(3, rows, p=shares)
    # Scores lie in the middle of their bins, so that bins hide nothing.
    score = (np.floor(expit(-1.0 + 1.2 * random.normal(shift, 1, rows)) * 200) + 0.5) / 200
    outcome = (random.random(rows) < expit(change(logit(score) + LEVEL[place]))).astype(int)
    outcome[random.random(rows) < lost] = -1
    return frame(random.choice(days, rows), score, score > 0.4, outcome, np.array(PLACES)[place],
                 random.choice(["1", "2"], rows))


def frame(day, score, decision, outcome, place="north", version="1"):
    """Return given rows; outcomes come after an hour, positive ones after two, and -1 never."""
    rows = pd.DataFrame({"day": day, "s": score, "d": decision, "y": outcome, "place": place, "v": version})
    rows["t"] = FIRST + rows["day"] * DAY + np.arange(len(rows)) % DAY
    return rows


def counted(rows, reference=None, decided=True, scored=True):
    """Return the score cells of rows, with the name of the reference that they are of."""
    segments = (SegmentPlan(None), SegmentPlan("place", ("place",), PLACES),
                SegmentPlan("place × v", ("place", "v"), tuple(f"{p} × {v}" for p in PLACES for v in "12")))
    plan = ScorePlan(FIRST + DAY * np.arange(-400, 400), segments, EDGES, (frozenset("0"), frozenset("1")),
                     versioned=True, scored=scored, decided=decided, contested="conflict" in rows)
    known = (rows["t"] + (1 + rows["y"]) * DAY // 24).where(rows["y"] >= 0).astype("Int64")
    batch = pa.table({
        "t": pa.array(rows["t"]), "v": pa.array(rows["v"], pa.string()),
        "place": pa.array(rows["place"], pa.string()), "s": pa.array(rows["s"], pa.float64()),
        "d": pa.array(rows["d"].astype(int).astype(str)),
        "y": pa.array(rows["y"].astype(str).where(rows["y"] != -1, None), pa.string()),
        "known": pa.array(known, pa.int64()),
        **({"conflict": pa.array(rows["conflict"], pa.bool_())} if plan.contested else {})
    }).combine_chunks().to_batches()
    counter = ScoreCounter(plan)
    for part in batch:
        counter.count(part)
    cells = pa.Table.from_batches([to_score_batch(keys, segment.name, "score", "b1", *totals, plan.cells)
                                   for segment, keys, *totals in counter.groups()], SCORE_SCHEMA)
    return cells.append_column("reference", pa.array([reference] * len(cells), pa.string()))


def window(first, days=1):
    return WindowRequest(FIRST + first * DAY, FIRST + (first + days) * DAY, days)


def evaluated(cells, before, windows, selection, as_of=300, least=0.99, frozen=("place", "place × v")):
    """Return the metric rows of score cells and of their reference's cells; a dict of selections is by scope."""
    table = pa.concat_tables([cells, before])
    order = [(name, "ascending") for name in (*UNIT, "reference", "slice", "model_version")]
    table = table.take(pc.sort_indices(table, order)).combine_chunks()
    values = {"place": frozenset(PLACES), "place × v": frozenset(f"{p} × {v}" for p in PLACES for v in "12")}
    selections = selection if isinstance(selection, dict) else dict.fromkeys(SCOPES, selection)
    request = EvaluationRequest(
        "m", "run", 5, {}, {name: values[name] for name in frozen}, windows, (TRAINING,), selections,
        ScoreRequest("b1", len(EDGES), np.zeros(len(EDGES) + 2, np.int64), least, FIRST + as_of * DAY, "day", "UTC",
                     "training"))
    return pa.Table.from_batches(list(evaluate_scores(table, request))).to_pandas()


def only(family, *names):
    """Return the selection of a family, or of some metrics by name."""
    return Selection(names=frozenset(names)) if names else Selection(families=frozenset({family}))


def pick(rows, **where):
    """Return the rows where columns equal values; None is null; `day` is the first day of the window."""
    if "day" in where:
        where["window_start"] = pd.Timestamp((FIRST + where.pop("day") * DAY) // 1000, unit="ms", tz="UTC")
    where = {"segment": None, "model_version": "*", **where}
    for name, value in where.items():
        rows = rows[rows[name].isna() if value is None else rows[name] == value]
    return rows


def one(rows, **where):
    """Return the only row there is."""
    found = pick(rows, **where)
    assert len(found) == 1, found
    return found.iloc[0]
