"""Are challengers compared with the champion as a hand count does, and anew when new outcomes come?"""

import deltalake
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from equality import is_unique, read_table
from scipy import stats
from small_log import DAY_US, WEEK_US, append, moment, wish
from small_outcomes import configure_with_outcomes, deliver

from spark_monitor.metrics.score_cells import log_losses
from spark_monitor.tables.store import TABLES

START = moment(2024, 1, 1)
CONFIG = """
model: small
predictions: {{table: {log}, id: id, time: at, version: version, prediction: decision, score: score, entity: house,
              features: [score]}}
outcomes: {{table: {outcomes}, id: id, outcome: bad, time: known}}
windows: {{grain: week}}
references: [{{name: before, start: 2024-01-01, end: 2024-01-08}}]
champion: "1"
segments: [region]
metrics: {{overall: [champion, row_count], segments: [champion], crossings: none}}
rules: [{{name: no worse, metric: loss_vs_champion, reference: "champion:1", version: "2", warn: 0.5}}]
min_maturity: 0
results: {results}
"""


def scored():
    """Return 90 ids over two weeks that two versions score within the day, one of them twice; version 3 has its own."""
    random = np.random.default_rng(6)
    at = START + (np.arange(90) * (2 * WEEK_US / 90)).astype(np.int64) // DAY_US * DAY_US
    bad = random.random(90) < 0.4
    parts = []
    for version, noise, size in (("1", 0.7, 90), ("2", 0.5, 90), ("3", 0.6, 20)):
        score = np.clip(0.4 * bad[:size] + random.random(size) * noise, 0.01, 0.99)
        parts.append(pd.DataFrame({
            "id": np.arange(size) + (500 if version == "3" else 0), "at": at[:size] + int(version) * 3_600_000_000,
            "version": version, "score": score, "decision": score > 0.45, "bad": bad[:size],
            "house": np.arange(size) % 30, "region": np.where(np.arange(size) % 3 == 0, "north", "south")}))
    again = parts[1].iloc[[4]].assign(at=lambda rows: rows["at"] + 1_000_000, decision=lambda rows: ~rows["decision"])
    return pd.concat([*parts, again], ignore_index=True)


def stamped(rows, *times):
    table = pa.Table.from_pandas(rows, preserve_index=False)
    for name in times:
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.timestamp("us", "UTC")))
    return table


def truth(rows):
    """Return the outcome log, an hour after the last prediction of a day, one id in nine without one."""
    known = rows.drop_duplicates("id")[["id", "bad", "at"]].assign(known=lambda one: one["at"] + 6 * 3_600_000_000)
    return known[known["id"] % 9 != 0].drop(columns="at")


@pytest.fixture(scope="module")
def run_twice(monitor, tmp_path_factory):
    """Return the rows and the results of two runs, ten outcomes of the second week having come in between."""
    folder, rows = tmp_path_factory.mktemp("champion"), scored()
    append(folder / "log", stamped(rows.drop(columns="bad"), "at"))
    outcomes = truth(rows)
    late = outcomes["id"].between(60, 72)
    config = configure_with_outcomes(folder / "log", folder / "outcomes", folder / "results", CONFIG)
    deliver(folder / "outcomes", stamped(outcomes[~late], "known"))
    as_of = wish(as_of=START + 3 * WEEK_US)
    monitor(config, as_of)
    before = read_table(folder / "results", "metrics").to_pandas()
    deliver(folder / "outcomes", stamped(outcomes[late], "known"))
    monitor(config, as_of)
    return rows, outcomes, before, folder / "results"


def paired(rows, outcomes, week, **where):
    """Return the earliest rows of the ids of a week that versions 1 and 2 scored, beside their outcomes."""
    start = START + week * WEEK_US
    inside = rows[(rows["at"] >= start) & (rows["at"] < start + WEEK_US)]
    for name, value in where.items():
        inside = inside[inside[name] == value]
    one = {version: inside[inside["version"] == version].sort_values("at").drop_duplicates("id").set_index("id")
           for version in "12"}
    both = one["1"].join(one["2"], rsuffix="2", how="inner")
    return both.assign(y=outcomes.set_index("id")["bad"].reindex(both.index))


def champion_rows(metrics, week, version, **where):
    start = pd.Timestamp(START + week * WEEK_US, unit="us", tz="UTC")
    found = metrics[(metrics["family"] == "champion") & (metrics["model_version"] == version)
                    & (metrics["window_start"] == start) & (metrics["grain"] == "week")]
    value = where.get("region")
    found = found[found["segment_value"].isna() if value is None else found["segment_value"] == value]
    assert found["metric"].is_unique
    return found.set_index("metric")


@pytest.mark.parametrize("week, where", [(0, {}), (1, {}), (1, {"region": "south"})])
def test_numbers_are_those_of_a_hand_count(run_twice, week, where):
    rows, outcomes, _, results = run_twice
    found = champion_rows(read_table(results, "metrics").to_pandas(), week, "2", **where)
    pairs = paired(rows, outcomes, week, **where)
    agreement = found.loc["agreement_with_champion"]
    assert agreement["sample_size"] == len(pairs)
    assert agreement["value"] == pytest.approx((pairs["decision"] == pairs["decision2"]).mean(), rel=1e-12)
    known = pairs.dropna(subset="y").astype({"y": bool})
    right, other = known["decision"] == known["y"], known["decision2"] == known["y"]
    b, c = (right & ~other).sum(), (other & ~right).sum()
    assert b + c > 4
    test, accuracy, loss = (found.loc[name] for name in ("mcnemar", "accuracy_vs_champion", "loss_vs_champion"))
    assert test["value"] == pytest.approx((b - c) ** 2 / (b + c), rel=1e-12)
    assert test["p_value"] >= stats.binomtest(b, b + c).pvalue * (1 - 1e-9)
    assert accuracy["value"] == pytest.approx(other.mean() - right.mean(), abs=1e-12)
    assert accuracy["ci_low"] < accuracy["value"] < accuracy["ci_high"]
    assert (accuracy["reference"], accuracy["ci_method"], accuracy["sample_size"]) == (
        "champion:1", "paired_newcombe_or_folds", len(known))
    gap = log_losses(known["score2"], known["y"]) - log_losses(known["score"], known["y"])
    assert loss["value"] == pytest.approx(gap.mean(), rel=1e-9) and loss["feature"] == "log_loss"
    assert set(found["status"]) == {"ok"}


def test_ids_of_its_own_are_compared_at_equal_segment_shares(run_twice):
    rows, outcomes, _, results = run_twice
    row = champion_rows(read_table(results, "metrics").to_pandas(), 0, "3").loc["accuracy_vs_champion"]
    inside = rows[(rows["at"] < START + WEEK_US) & rows["version"].isin(["1", "3"])]
    known = inside.assign(y=inside["id"].map(outcomes.set_index("id")["bad"])).dropna(subset="y")
    right = (known["decision"] == known["y"]).groupby([known["region"], known["version"]]).mean().unstack()
    share = known.groupby("region").size() / len(known)
    assert row["value"] == pytest.approx(((right["3"] - right["1"]) * share).sum(), rel=1e-9)
    assert (row["ci_method"], row["reason"]) == ("unpaired_standardised", "no_common_ids")


def test_only_the_window_of_new_outcomes_is_restated(run_twice):
    _, _, before, results = run_twice
    after = read_table(results, "metrics").to_pandas()
    for week, revision in ((0, 1), (1, 2)):
        assert champion_rows(after, week, "2").loc["accuracy_vs_champion", "revision"] == revision
        assert champion_rows(after, week, "2").loc["agreement_with_champion", "revision"] == 1
    grown = [champion_rows(one, 1, "2").loc["accuracy_vs_champion", "sample_size"] for one in (before, after)]
    assert grown[1] - grown[0] == 11


def test_pair_cells_are_read_without_spark_and_have_a_comment_on_every_column(run_twice):
    results = run_twice[-1]
    found, rows = deltalake.DeltaTable(f"{results}/pair_cells"), read_table(results, "pair_cells")
    comments = {field.name: field.metadata.get("comment") for field in found.schema().fields}
    assert comments == {column: comment for column, _, comment in TABLES["pair_cells"].columns}
    assert found.protocol().min_reader_version == 1 and is_unique(rows, TABLES["pair_cells"].key)


def test_a_rule_can_judge_a_challenger(run_twice):
    verdicts = read_table(run_twice[-1], "verdicts").to_pandas()
    mine = verdicts[verdicts["rule"] == "no worse"]
    assert set(mine["model_version"]) == {"2"} and set(mine["verdict"]) == {"ok"}
    assert len(mine[mine["segment"].isna()]) >= 2
