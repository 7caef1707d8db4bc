"""Does `spark-monitor sql --known-at T --recompute` give what was published at T, and say where it had to guess?"""

import pyarrow as pa
import pytest
from equality import assert_equal_rows, read_table
from small_log import AS_OF, WEEKS, week_rows, week_start
from small_outcomes import CONFIG, configure_with_outcomes, deliver, outcomes_of

from spark_monitor.cli.sql import ask
from spark_monitor.pipeline import Wish, run
from spark_monitor.tables.known_at import BY_OUTCOME_TIME
from spark_monitor.tables.results import KEY, METRICS
from spark_monitor.windows import to_micros

HOUR_US = 3_600_000_000
# A day into the fourth week: outcomes of the third are to come, and some of those known are not loaded yet.
EARLIER = week_start(3) + 24 * HOUR_US
LOADED_AFTER = 12 * HOUR_US
SHORT = CONFIG.replace("[row_count, performance, outcome_conflict_rate]",
                       "[row_count, accuracy, selection_rate, labelled_share, maturity]"
                       ).replace("[row_count, accuracy, maturity, roc_auc]", "none")
UNTIMED = SHORT.replace(", ingested: loaded", "")


@pytest.fixture(scope="module")
def logs(six_weeks, tmp_path_factory):
    """Return both logs and a folder of results; every outcome is loaded half a day after it is known."""
    folder, rows = tmp_path_factory.mktemp("known_at"), outcomes_of()
    known = rows["known"].combine_chunks().cast(pa.int64()).to_numpy()
    loaded = pa.array(known + LOADED_AFTER).cast(pa.timestamp("us", "UTC"))
    deliver(folder / "outcomes", rows.set_column(rows.schema.get_field_index("loaded"), "loaded", loaded))
    return six_weeks, folder / "outcomes", folder / "results"


@pytest.fixture(scope="module")
def published(spark, logs):
    """Return what was published at the earlier moment; a later run has restated it since."""
    config = configure_with_outcomes(*logs, SHORT)
    run(spark, config, Wish(as_of=EARLIER), "earlier", EARLIER)
    rows = read_table(logs[2], "metrics")
    run(spark, config, Wish(as_of=AS_OF + 240 * HOUR_US), "later", AS_OF + 240 * HOUR_US)
    assert read_table(logs[2], "metrics").num_rows > rows.num_rows and read_table(logs[2], "metrics_history").num_rows
    return rows


def asked(logs, text, recompute):
    """Return all of `metrics` as the command answers."""
    found = ask(configure_with_outcomes(*logs, text), "SELECT * FROM metrics", 100_000, EARLIER, recompute)
    return pa.Table.from_pylist(found.records(), METRICS.schema)


@pytest.mark.parametrize("recompute", [False, True])
def test_the_answer_is_what_was_published_then(published, logs, recompute):
    found = asked(logs, SHORT, recompute)
    assert_equal_rows(found, published, KEY, "metrics")
    assert BY_OUTCOME_TIME not in found["reason"].to_pylist()


def test_without_a_time_of_loading_outcomes_count_from_their_own_and_rows_say_so(published, logs, capsys):
    found = asked(logs, UNTIMED, True).to_pylist()
    assert "outcomes.ingested is not configured" in capsys.readouterr().err
    weeks = [row for row in found if (row["grain"], row["model_version"], row["segment"]) == ("week", "*", None)
             and row["family"] in ("quality", "performance")]
    reasons = {(row["metric"], row["reason"]) for row in weeks if row["status"] == "ok"}
    assert ("accuracy", BY_OUTCOME_TIME) in reasons and ("maturity", BY_OUTCOME_TIME) in reasons
    assert ("row_count", None) in reasons and ("selection_rate", None) in reasons
    known = {row["ref"] for row in outcomes_of().to_pylist() if to_micros(row["known"]) <= EARLIER}
    loaded = {row["ref"] for row in outcomes_of().to_pylist() if to_micros(row["known"]) + LOADED_AFTER <= EARLIER}
    last = {row["id"] for row in week_rows(2).to_pylist()}
    rows = {row["metric"]: row for row in weeks if to_micros(row["window_start"]) == week_start(2)}
    assert rows["accuracy"]["labelled_rows"] == len(known & last) > len(loaded & last)
    names = "metric", "family", "grain", "model_version"
    then = [row["labelled_rows"] for row in published.to_pylist()
            if [row[name] for name in names] == ["accuracy", "performance", "week", "*"]
            and to_micros(row["window_start"]) == week_start(2)]
    assert then == [len(loaded & last)]
    assert len({to_micros(row["window_start"]) for row in weeks}) == 3 < WEEKS
