"""Are predictions counted beside their outcomes as by hand, whatever of decision, score and interval a log has?"""

import deltalake
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.error_arrow import read_errors
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.config import load_config_text
from spark_monitor.metrics.error_rows import COUNTS
from spark_monitor.pipeline import Wish
from spark_monitor.pipeline.frozen_before import Frozen
from spark_monitor.pipeline.label_cells import label_cells
from spark_monitor.pipeline.run import open_job

DAY = 86_400_000_000
FIRST = 19_800 * DAY
EDGES = np.array([0.25, 0.5, 0.75])
CONFIG = """
model: m
task: {task}
predictions: {{table: "{folder}/log", id: id, time: at, features: [], {roles}}}
outcomes: {{table: "{folder}/outcomes", id: id, outcome: {outcome}, time: known}}
references: [{{name: before, start: 2024-01-01, end: 2024-02-01}}]
results: "{folder}/results"
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Return a folder with both logs of two days, and their rows side by side."""
    random, size, folder = np.random.default_rng(6), 60, tmp_path_factory.mktemp("layouts")
    rows = pd.DataFrame({"id": np.arange(size), "at": FIRST + random.integers(0, 2 * DAY, size),
                         "p": random.random(size), "q": random.random(size), "x": random.normal(5, 2, size),
                         "said": random.choice(["0", "1"], size), "value": random.normal(5, 2, size)})
    rows["low"], rows["high"] = rows["x"] - 1.5, rows["x"] + 1.5
    rows["decision"] = np.where(rows["p"] > 0.5, "1", "0")
    rows.loc[:4, ["decision", "p", "x", "low"]] = None
    told = rows.iloc[:50]
    at = pa.array(rows["at"]).cast(pa.timestamp("us", "UTC"))
    names = ("id", "p", "q", "x", "low", "high", "decision")
    deltalake.write_deltalake(f"{folder}/log", pa.table({"at": at, **{
        name: pa.array(rows[name], from_pandas=True) for name in names}}))
    deltalake.write_deltalake(f"{folder}/outcomes", pa.table({
        "id": told["id"], "said": pa.array(told["said"].tolist()), "value": told["value"],
        "known": pa.array(told["at"] + DAY // 2).cast(pa.timestamp("us", "UTC"))}))
    rows["labelled"] = rows["id"] < 50
    return folder, rows


def counted(spark, folder, roles, task="binary", outcome="said", scores=()):
    """Return the cells of both days as an Arrow table."""
    config = load_config_text(CONFIG.format(folder=folder, roles=roles, task=task, outcome=outcome))
    job = open_job(spark, config, Wish(as_of=FIRST + 30 * DAY), "run", FIRST)
    bins = {name: Bins(name, "numeric", family="performance", edges=EDGES) for name in scores}
    frozen = Frozen({}, (SegmentPlan(None),), {}, (), bins)
    return label_cells(job, job.layout, job.rows(), frozen, FIRST + DAY * np.arange(3)).toArrow()


def cells_of(table):
    """Return {(bin, decision, outcome): rows} over all slices."""
    found = {}
    for row in table.to_pylist():
        for *key, rows in zip(row["cell_bin"], row["cell_decision"], row["cell_outcome"], row["cell_rows"]):
            found[tuple(key)] = found.get(tuple(key), 0) + rows
    return found


def hand_count(rows, score=None, decided=True):
    """Return the same of raw rows: -1 for no decision and no outcome, the bin past the last for no score."""
    found = {}
    for row in rows.to_dict("records"):
        s = np.nan if score is None else row[score]
        place = len(EDGES) + 1 if s != s else int(np.searchsorted(EDGES, s))
        decision = int(row["decision"]) if decided and row["decision"] in ("0", "1") else -1
        key = place, decision, int(row["said"]) if row["labelled"] else -1
        found[key] = found.get(key, 0) + 1
    return found


def test_decisions_without_a_score(spark, log):
    folder, rows = log
    table = counted(spark, folder, "prediction: decision")
    bare = {(decision, outcome): n for (_, decision, outcome), n in hand_count(rows).items()}
    assert {key[1:]: n for key, n in cells_of(table).items()} == bare
    assert set(table["feature"].to_pylist()) == {"prediction"}


def test_scores_without_a_decision(spark, log):
    folder, rows = log
    table = counted(spark, folder, "score: p", scores=["score"])
    assert cells_of(table) == hand_count(rows, "p", decided=False)


def test_a_log_that_lost_the_column_of_its_score_keeps_its_decisions(spark, log):
    folder, rows = log
    table = counted(spark, folder, "score: gone, prediction: decision", scores=["score"])
    assert cells_of(table) == hand_count(rows)


def errors_of(table):
    found = read_errors(table, 0.0)
    total = found.merge(np.zeros(len(found), int), 1)
    return {name: int(total.of(name)[0]) for name in COUNTS}, total


def test_numbers_with_an_interval(spark, log):
    folder, rows = log
    counts, total = errors_of(counted(spark, folder, "prediction: x, low: low, high: high", "regression", "value"))
    known = rows[rows["labelled"] & rows["x"].notna()]
    inside = (known["low"] <= known["value"]) & (known["value"] <= known["high"])
    assert counts == {"rows": len(known), "unlabelled": 10, "unpredicted": 5, "unusable": 0, "zero_outcomes": 0,
                      "bounded": len(known), "covered": inside.sum()}
    assert total.of("abs_error")[0] == pytest.approx((known["x"] - known["value"]).abs().sum(), rel=1e-12)
    assert total.of("width")[0] == pytest.approx(3.0 * len(known), rel=1e-12)


def test_a_log_that_lost_the_column_of_its_numbers_has_rows_without_any(spark, log):
    counts, _ = errors_of(counted(spark, log[0], "prediction: gone, low: low, high: lost", "regression", "value"))
    assert (counts["unpredicted"], counts["unlabelled"], counts["bounded"]) == (50, 10, 0)


def test_several_classes_of_which_one_lost_its_score(spark, log):
    folder, rows = log
    table = counted(spark, folder, "prediction: decision, score: {'0': gone, '1': q}", "multiclass",
                    scores=["score:0", "score:1"])
    of = {name: cells_of(table.filter(pa.compute.equal(table["feature"], name)))
          for name in ("(classes)", "score:0", "score:1")}
    assert of["score:1"] == hand_count(rows, "q")
    assert {key[0] for key in of["score:0"]} == {len(EDGES) + 1}
    decided = {(decision, outcome): n for (_, decision, outcome), n in hand_count(rows).items()}
    assert {key[1:]: n for key, n in of["(classes)"].items()} == decided
