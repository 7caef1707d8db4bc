"""Are labelled rows counted by feature as by hand, though they were asked for after the first windows were done?"""

import math

import pytest
from equality import is_unique, read_table
from small_log import WEEKS, week_rows, week_start, wish
from small_outcomes import CONFIG, configure_with_outcomes, deliver, outcomes_of

from spark_monitor.tables.make_views import register
from spark_monitor.tables.store import TABLES, Store
from spark_monitor.windows import to_micros

MORE = CONFIG.replace("features: [amount]", "features: [amount, 'tick`ed']").replace(
    "overall: [row_count, performance, outcome_conflict_rate]", "overall: [maturity, relation]")
DAY_US = 86_400_000_000
ASKED = 4


@pytest.fixture(scope="module")
def asked_later(monitor, six_weeks, tmp_path_factory):
    """Return the results of four weeks without relations, and of two more with them."""
    folder = tmp_path_factory.mktemp("asked_later")
    deliver(folder / "outcomes", outcomes_of())
    given = six_weeks, folder / "outcomes", folder / "results"
    monitor(configure_with_outcomes(*given, MORE), wish(as_of=week_start(ASKED)))
    late = wish(as_of=week_start(WEEKS) + 30 * DAY_US)
    monitor(configure_with_outcomes(*given, MORE + "relation: {{features: [amount, tick*, other]}}\n"), late)
    return folder / "results"


def known_rows():
    """Return the predictions that have an outcome, with the last one known and their log loss, by hand."""
    last = {}
    for row in outcomes_of().to_pylist():
        if row["ref"] not in last or row["known"] > last[row["ref"]][0]:
            last[row["ref"]] = row["known"], row["said"]
    for row in (row for number in range(WEEKS) for row in week_rows(number).to_pylist()):
        if row["id"] in last:
            y = last[row["id"]][1] == "yes"
            yield to_micros(row["at"]), row, y, -math.log(row["score"] if y else 1 - row["score"])


def matches(cell, row):
    """Say whether a row is in a cell of the view, by the cell's bounds and name alone."""
    value = row[cell["feature"]]
    if value is None or cell["category"] is not None:
        return cell["category"] == ("(null)" if value is None else value)
    return (cell["lower"] is None or cell["lower"] < value) and (cell["upper"] is None or value <= cell["upper"])


def test_cells_of_days_and_of_the_reference_are_those_of_a_hand_count(spark, asked_later):
    register(Store(spark, str(asked_later)))
    # Days before were counted as well where outcomes came after the first run.
    cells = [row.asDict() for row in spark.sql("SELECT *, unix_micros(slice) AS at FROM relation_by_bin").collect()]
    cells = [cell for cell in cells if cell["reference"] or cell["at"] >= week_start(ASKED)]
    expected = {}
    for at, row, y, loss in known_rows():
        reference = "before" if at < week_start(2) else None
        if reference or at >= week_start(ASKED):
            day = at - (at - week_start(0)) % DAY_US
            for place, cell in enumerate(cells):
                own = (cell["at"], cell["reference"], cell["model_version"]) == (day, reference, row["version"])
                if own and matches(cell, row):
                    expected.setdefault(place, []).append((y, loss))
    assert len(expected) == len(cells) > 300
    for place, cell in enumerate(cells):
        rows = expected[place]
        assert cell["row_count"] == cell["weight"] == len(rows)
        assert cell["outcome_rate"] == pytest.approx(sum(y for y, _ in rows) / len(rows), rel=1e-12)
        assert cell["mean_loss"] == pytest.approx(sum(loss for _, loss in rows) / len(rows), rel=1e-12)
    # No row of the days and features counted is in no cell.
    counted = sum(1 for at, *_ in known_rows() if at < week_start(2) or at >= week_start(ASKED))
    assert sum(cell["row_count"] for cell in cells) == 2 * counted
    assert is_unique(read_table(asked_later, "relation_cells"), TABLES["relation_cells"].key)


def test_each_feature_of_a_window_has_its_rows_and_the_run_says_what_it_does_not_know(asked_later):
    rows = [row for row in read_table(asked_later, "metrics").to_pylist() if row["family"] == "relation"]
    mine = [row for row in rows if row["grain"] == "week" and row["model_version"] == "*"
            and to_micros(row["window_start"]) == week_start(ASKED)]
    known = [loss for at, _, _, loss in known_rows() if week_start(ASKED) <= at < week_start(ASKED + 1)]
    assert {(row["feature"], row["metric"]) for row in mine} == {
        (feature, metric) for feature in ("amount", "tick`ed")
        for metric in ("feature_relation_shift", "worst_slice_effect", "worst_slice_loss_ratio")}
    shifts = [row for row in mine if row["metric"] == "feature_relation_shift"]
    assert {(row["status"], row["sample_size"], row["reference"]) for row in shifts} == {("ok", len(known), "before")}
    assert all(row["reason"] for row in mine if row["metric"] != "feature_relation_shift")
    notes = [note for run in read_table(asked_later, "runs").to_pylist() for note in run["notes"] or ()]
    assert "relation.features: other: not counted, no features of the model" in notes
