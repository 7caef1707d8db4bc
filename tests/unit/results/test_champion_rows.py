"""Are rows of challengers those of a hand count: paired on common ids, standardised without, else with a reason?"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from labelled_log import DAY, EDGES, FIRST, PLACES, SCOPES, TRAINING, counted, frame, one, only, window
from scipy import stats

from spark_monitor.cells.kernel.pairs import PairCounter, PairPlan
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.pair_arrow import PAIR_SCHEMA, to_pair_batch
from spark_monitor.metrics.score_cells import log_losses
from spark_monitor.results.champion import evaluate_champion
from spark_monitor.results.request import EvaluationRequest, ScoreRequest

FACTS = {"feature": "log_loss", "bins_id": "b1", "champion": "1"}
BOUNDS = FIRST + DAY * np.arange(-400, 400)


def drawn():
    """Return rows of ids 0 to 299 on days 0 and 1, scored by versions 1 and 2; version 3 scores others.

    On day 0 id 7 comes twice. Day 2 has version 2 alone.
    """
    random = np.random.default_rng(4)
    ids = np.arange(300)
    day, place = ids // 150, random.choice(PLACES, 300, p=(0.5, 0.3, 0.2))
    outcome = np.where(ids % 10 == 3, -1, random.random(300) < 0.4).astype(int)
    parts = []
    for version, noise in (("1", 0.45), ("2", 0.3), ("3", 0.4)):
        score = np.clip(0.5 * (outcome == 1) + random.random(300) * noise + 0.1, 0, 1).round(3)
        rows = frame(day, score, score > 0.4, outcome, place, version)
        parts.append(rows.assign(id=ids + (1000 if version == "3" else 0)))
    again = parts[0].loc[[7]].assign(t=FIRST + DAY - 1, d=~parts[0].loc[[7], "d"])
    alone = parts[1].iloc[:40].assign(day=2, t=parts[1]["t"].iloc[:40] + 2 * DAY, id=lambda rows: rows["id"] + 5000)
    return pd.concat([*parts, again, alone], ignore_index=True)


def paired(rows, facts=FACTS, days=(0, 1, 2)):
    """Return pair cells: of each slice and challenger, pairs or not."""
    rows = rows.sort_values(["id", "t"])
    plan = PairPlan(BOUNDS, (SegmentPlan(None), SegmentPlan("place", ("place",), PLACES)), facts["champion"],
                    facts["feature"], (frozenset("0"), frozenset("1")), ("s",), coded=False)
    batch = pa.table({"t": rows["t"], "v": rows["v"], "place": rows["place"], "s": rows["s"],
                      "d": rows["d"].astype(int).astype(str),
                      "y": rows["y"].astype(str).where(rows["y"] != -1, None)}).combine_chunks().to_batches()[0]
    counter = PairCounter(plan)
    counter.count(batch, rows["id"].to_numpy())
    found = [to_pair_batch(keys, segment.name, facts, *totals, 2) for segment, keys, *totals in counter.groups()]
    held = {(key[0], key[1]) for _, keys, *_ in counter.groups() for key in keys}
    keys = [(FIRST + day * DAY, version, None) for day in days for version in "23"]
    nothing = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((number, 0))) for number in (0, 2, 5)]
    found.append(to_pair_batch([key for key in keys if key[:2] not in held], None, facts, *nothing, 2))
    return pa.Table.from_batches(found, PAIR_SCHEMA)


def evaluated(rows, pairs, windows, champion="1"):
    scores = pa.concat_tables([counted(rows), counted(rows[rows["day"] == 0], "training")])
    table = pa.concat_tables([scores, pairs], promote_options="default")
    order = [(name, "ascending") for name in ("segment", "segment_value", "family", "slice", "model_version")]
    table = table.take(pc.sort_indices(table, order)).combine_chunks()
    request = EvaluationRequest(
        "m", "run", 5, {}, {"place": frozenset(PLACES)}, windows, (TRAINING,), dict.fromkeys(SCOPES, only("champion")),
        ScoreRequest("b1", len(EDGES), np.zeros(len(EDGES) + 2, np.int64), 0.0, FIRST + 300 * DAY, "day", "UTC",
                     "training", champion=champion))
    return pa.Table.from_batches(list(evaluate_champion(table, request))).to_pandas()


@pytest.fixture(scope="module")
def published():
    rows = drawn()
    return rows, evaluated(rows, paired(rows), {"day": tuple(map(window, range(3))), "week": (window(0, 7),)})


def both(rows, version="2", **where):
    """Return the earliest rows of ids that version 1 and another one scored."""
    for name, value in where.items():
        rows = rows[rows[name] == value]
    earliest = rows.sort_values("t").groupby(["id", "v"]).first()
    return earliest.xs("1", level="v").join(earliest.xs(version, level="v"), rsuffix="2", how="inner")


@pytest.mark.parametrize("where", [{"day": 0}, {"day": 1}, {"place": "north"}])
def test_paired_numbers_are_those_of_the_ids_that_both_scored(published, where):
    rows, found = published
    pairs = both(rows, **where)
    key = ({"grain": "day", "day": where["day"]} if "day" in where else
           {"grain": "week", "segment": "place", "segment_value": "north"})

    def number(metric):
        return one(found, metric=metric, model_version="2", **key)

    agreement = number("agreement_with_champion")
    assert agreement["sample_size"] == len(pairs) and agreement["ci_method"] == "paired_wilson"
    assert agreement["value"] == pytest.approx((pairs["d"] == pairs["d2"]).mean(), rel=1e-12)
    known = pairs[pairs["y"] >= 0]
    right, other = known["d"] == known["y"], known["d2"] == known["y"]
    accuracy = number("accuracy_vs_champion")
    assert accuracy["value"] == pytest.approx(other.mean() - right.mean(), abs=1e-12)
    assert (accuracy["sample_size"], accuracy["reference"], accuracy["reason"]) == (len(known), "champion:1", None)
    only_first, only_second = (right & ~other).sum(), (other & ~right).sum()
    test = number("mcnemar")
    assert test["value"] == pytest.approx((only_first - only_second) ** 2 / (only_first + only_second), rel=1e-12)
    assert test["p_value"] == pytest.approx(stats.binomtest(only_first, only_first + only_second).pvalue, rel=1e-9)
    gap = log_losses(known["s2"], known["y"]) - log_losses(known["s"], known["y"])
    loss = number("loss_vs_champion")
    assert loss["value"] == pytest.approx(gap.mean(), rel=1e-9) and loss["feature"] == "log_loss"
    assert loss["ci_low"] == pytest.approx(gap.mean() - 1.959964 * stats.sem(gap), rel=1e-6)


def test_versions_without_common_ids_are_compared_at_equal_segment_shares(published):
    rows, found = published
    found = found[(found["grain"] == "week") & (found["model_version"] == "3")]
    known = rows[(rows["y"] >= 0) & rows["v"].isin(["1", "3"])]
    right = (known["d"] == known["y"]).groupby([known["place"], known["v"]]).mean().unstack()
    share = known.groupby("place").size() / len(known)
    row = one(found, metric="accuracy_vs_champion", model_version="3")
    assert row["value"] == pytest.approx(((right["3"] - right["1"]) * share).sum(), rel=1e-9)
    assert (row["ci_method"], row["reason"], row["status"]) == ("unpaired_standardised", "no_common_ids", "ok")
    assert row["ci_low"] < row["value"] < row["ci_high"]
    north = one(found, metric="accuracy_vs_champion", model_version="3", segment="place", segment_value="north")
    assert north["value"] == pytest.approx(right["3"]["north"] - right["1"]["north"], rel=1e-9)
    assert north["ci_method"] == "unpaired"
    for metric in ("mcnemar", "agreement_with_champion", "recall_vs_champion"):
        told = one(found, metric=metric, model_version="3")
        assert (told["status"], told["reason"]) == ("undefined", "no_common_ids") and np.isnan(told["value"])


def test_a_window_without_the_champion_says_so_and_no_row_is_of_the_champion_itself(published):
    _, found = published
    alone = found[(found["grain"] == "day")
                  & (found["window_start"] == pd.Timestamp(FIRST + 2 * DAY, unit="us", tz="UTC"))]
    assert set(alone["reason"]) == {"no_champion_rows"} and alone["value"].isna().all()
    assert set(found["model_version"]) == {"2", "3"}


def test_slices_that_were_counted_for_another_champion_are_not_compared():
    rows = drawn()
    weeks = {"week": (window(0, 7),)}
    for pairs, champion in ((paired(rows), "2"), (paired(rows[rows["day"] == 0], days=[0]), "1")):
        found = evaluated(rows, pairs, weeks, champion)
        assert set(found["reason"]) == {"pairs_not_counted"} and found["value"].isna().all()
