"""Do several classes and regressions have rows by feature, too, whose losses are those of the raw rows?"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import test_multiclass_rows as several
import test_regression_rows as regression

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.error_arrow import error_bins
from spark_monitor.cells.kernel.plan import FeaturePlan
from spark_monitor.cells.kernel.relations import RelationPlan
from spark_monitor.cells.relation_arrow import RELATION_SCHEMA
from spark_monitor.cells.relation_feed import _counting
from spark_monitor.metrics.selection import Selection
from spark_monitor.results.relation import evaluate_relations
from spark_monitor.results.request import (
    EvaluationRequest, ReferenceRequest, RelationRequest, ScoreRequest, WindowRequest,
)

DAY, FIRST = several.DAY, several.FIRST
CITY = Bins("city", "categorical", categories=("A", "B"), coarse=np.arange(2))


def published(helpers, log, before, request_of_scores, classes, **roles):
    """Return the rows of one week, by metric."""
    plan = RelationPlan(FIRST + DAY * np.arange(-60, 61), (FeaturePlan(CITY, ("city",)),), versioned=True, weighted=True,
                        **roles)
    truth, cells = [], []
    for frame, reference in ((log, None), (before, "training")):
        truth.append(helpers.count(frame, reference))
        batch = pa.RecordBatch.from_pandas(frame, preserve_index=False)
        counted = pa.Table.from_batches(_counting(plan)([batch]), RELATION_SCHEMA)
        cells.append(counted.append_column("reference", pa.array([reference] * len(counted), pa.string())))
    truth, cells = (helpers.in_order(pa.concat_tables(parts)) for parts in (truth, cells))
    truth = truth.filter(pc.and_(pc.is_null(truth["segment"]), pc.equal(truth["bins_id"], request_of_scores.bins_id)))
    request = EvaluationRequest(
        "m", "run", 5, {("drift", "city"): CITY}, {}, {"week": (WindowRequest(FIRST, FIRST + 7 * DAY, 7),)},
        (ReferenceRequest("training", "period", "r1", slices=20),),
        dict.fromkeys(("overall", "segments", "crossings"), Selection(everything=True)), request_of_scores,
        RelationRequest(("city",), classes))
    rows = pa.Table.from_batches(list(evaluate_relations([truth, cells], request))).to_pandas()
    return rows[rows["model_version"] == "*"].set_index("metric")


def mean_losses(frame, loss):
    """Return the larger of both cities' weighted mean losses over the smaller, and its city."""
    means = pd.Series({city: np.average(loss[frame["city"] == city], weights=frame["w"][frame["city"] == city])
                       for city in "AB"})
    return means.max() / means.min(), means.idxmax()


def test_a_regression_has_slices_by_squared_error_and_no_shift():
    log, before = regression.draw(3000, 0, 7, 1), regression.draw(2000, -30, 20, 2)
    log.loc[log["city"] == "B", "d"] += 9
    scores = ScoreRequest(error_bins(regression.PIVOT).bins_id, 0, None, 0.9, FIRST + 90 * DAY, "day", "UTC", "training",
                          pivot=regression.PIVOT)
    rows = published(regression, log, before, scores, 1, task="regression")
    assert sorted(rows.index) == ["worst_slice_effect", "worst_slice_loss_ratio"]
    known = log[log["y"].notna() & log["d"].notna()]
    worst, city = mean_losses(known, (known["d"] - known["y"]) ** 2)
    assert rows.loc["worst_slice_loss_ratio", "value"] == pytest.approx(worst, rel=1e-9)
    assert set(rows["reason"]) == {city} == {"B"} and set(rows["status"]) == {"ok"}


def test_several_classes_have_slices_by_log_loss_and_a_shift_of_wrong_predictions():
    log, before = several.draw(3000, 0, 7, 1), several.draw(3000, -30, 20, 2)
    names = dict(zip(several.NAMES, np.random.default_rng(3).permutation(several.NAMES)))
    log["d"] = log["d"].where(log["city"] == "A", log["d"].map(names))
    whole, *each = several.FEATURES.values()
    classes = tuple((name, one, 99) for name, one in zip(several.NAMES, each))
    scores = ScoreRequest(whole, 0, None, 0.9, FIRST + 90 * DAY, "day", "UTC", "training", classes=classes)
    rows = published(several, log, before, scores, 4, task="multiclass", labels=tuple(map(frozenset, several.LABELS)),
                     scores=tuple((f"s{number}",) for number in range(4)))
    known = log[log["y"].isin(several.NAMES) & log["d"].notna() & log["s0"].notna()]
    p = known[[f"s{number}" for number in range(4)]].to_numpy()[
        np.arange(len(known)), known["y"].map({name: place for place, name in enumerate(several.NAMES)})]
    worst, city = mean_losses(known, -np.log(p))
    ratio, shift = rows.loc["worst_slice_loss_ratio"], rows.loc["feature_relation_shift"]
    assert (ratio["value"], ratio["reason"]) == (pytest.approx(worst, rel=1e-9), city)
    assert shift["sample_size"] == len(known) and shift["p_value"] < 0.01 and shift["value"] > 0.1
