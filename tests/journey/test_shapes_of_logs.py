"""Are weights, shared logs, copies of rows, time zones and clock changes counted as a hand count does?"""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from equality import read_table
from small_log import append, configure, moment, wish

from spark_monitor.windows import to_micros

BERLIN = ZoneInfo("Europe/Berlin")
WEIGHTED = """
model: small
predictions: {{table: {log}, where: {{owner: "a"}}, id: id, time: at, weight: w, score: score, duplicates: off}}
windows: {{grain: day, time_zone: Europe/Berlin}}
references: [{{name: before, start: 2024-03-28, end: 2024-03-30}}]
metrics: {{overall: [row_count, quarantined_rate, duplicate_rate, missing_rate, nan_rate]}}
results: {results}
"""
HOURLY = """
model: small
predictions: {{table: {log}, id: id, time: at, score: score, features: [hour]}}
windows: {{grain: hour, rollups: [day], time_zone: Europe/Berlin}}
references: [{{name: before, start: 2024-10-25, end: 2024-10-26}}]
metrics: {{overall: [row_count, volume_ratio, freshness_hours]}}
results: {results}
"""
COPIES = """
model: small
predictions: {{table: {log}, id: [id, part], time: day, score: score, features: [x], deduplicate: true}}
windows: {{grain: week, time_zone: Europe/Berlin}}
references: [{{name: before, start: 2024-01-01, end: 2024-01-08}}]
metrics: {{overall: [row_count, duplicate_rate, mean]}}
results: {results}
"""


def overall(results, grain, metric, feature=None):
    """Return the values of a metric by the beginning of the window."""
    rows = read_table(results, "metrics").to_pylist()
    return {row["window_start"].astimezone(timezone.utc): row["value"] for row in rows
            if (row["grain"], row["metric"], row["feature"], row["model_version"]) == (grain, metric, feature, "*")}


def shared_log():
    """Return zone-less local times every ten minutes of four days with a clock change, of two owners, with weights."""
    start = datetime(2024, 3, 28, 0, 5)
    times = [start + timedelta(minutes=10 * n) for n in range(4 * 144)]
    random = np.random.default_rng(3)
    size = len(times)
    weights = random.integers(1, 5, size).astype(float)
    weights[300:305] = [-1, np.nan, np.inf, 0, 2]
    owners = random.choice(["a", "b"], size)
    owners[300:305] = "a"
    return pa.table({"id": pa.array(np.arange(size)), "at": pa.array(times, pa.timestamp("us")),
                     "owner": owners, "w": weights, "score": random.random(size),
                     "x": pa.array(random.choice([1.0, 2.0, np.nan], size), mask=random.random(size) < 0.2)})


def test_weights_a_shared_log_and_local_times_are_counted_as_by_hand(monitor, tmp_path):
    log, results, rows = tmp_path / "log", tmp_path / "results", shared_log()
    append(log, rows)
    summary = monitor(configure(log, results, WEIGHTED), wish(as_of=moment(2024, 4, 1)))
    mine = [row for row in rows.to_pylist() if row["owner"] == "a"]
    good = [row for row in mine if row["w"] >= 0 and row["w"] < float("inf")]
    days = [date(2024, 3, 28) + timedelta(days=n) for n in range(4)]
    bounds = {day: datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(timezone.utc) for day in days}
    by_day = {bounds[day]: [row for row in good if row["at"].date() == day] for day in days}
    assert overall(results, "day", "row_count") == {start: len(found) for start, found in by_day.items()}
    missing = {start: sum(row["w"] for row in found if row["x"] is None) / sum(row["w"] for row in found)
               for start, found in by_day.items()}
    assert overall(results, "day", "missing_rate", "x") == pytest.approx(missing, rel=1e-12)
    assert summary.run["quarantined_bad_weight"] == len(mine) - len(good) == 3
    assert summary.run["rows_in"] == len(mine)
    assert not any(value is not None for value in overall(results, "day", "duplicate_rate").values())


def test_hours_over_a_clock_change_are_counted_as_by_hand(monitor, tmp_path):
    log, results = tmp_path / "log", tmp_path / "results"
    first = moment(2024, 10, 24, 22)
    hours = 24 + 24 + 25
    times = np.repeat(first + np.arange(hours) * 3_600_000_000, np.arange(hours) % 3 + 1)
    append(log, pa.table({"id": np.arange(len(times)), "at": pa.array(times).cast(pa.timestamp("us", "UTC")),
                          "score": np.linspace(0, 1, len(times)), "hour": np.arange(len(times)) % 24}))
    monitor(configure(log, results, HOURLY), wish(as_of=moment(2024, 10, 27, 23)))
    counts = {to_micros(start): value for start, value in overall(results, "hour", "row_count").items()}
    assert counts == {first + n * 3_600_000_000: n % 3 + 1 for n in range(hours)}
    days = {to_micros(start): value for start, value in overall(results, "day", "row_count").items()}
    assert list(days) == [first, moment(2024, 10, 25, 22), moment(2024, 10, 26, 22)]
    assert list(days.values()) == [48, 48, 49]
    assert overall(results, "day", "volume_ratio")[datetime(2024, 10, 26, 22, tzinfo=timezone.utc)] == pytest.approx(
        49 / 25 / (48 / 24), rel=1e-12)


def test_each_id_is_counted_once_a_window_where_copies_are_left_out(monitor, tmp_path):
    log, results = tmp_path / "log", tmp_path / "results"
    days = [date(2024, 1, 1) + timedelta(days=n % 14) for n in range(280)]
    rows = pa.table({"id": np.arange(280), "part": ["a"] * 280, "day": pa.array(days, pa.date32()),
                     "score": np.linspace(0, 1, 280), "x": np.arange(280.0)})
    weekdays = rows.slice(0, 70).filter(pc.less(pc.day_of_week(rows.slice(0, 70)["day"]), 5))
    later = weekdays.set_column(2, "day", pc.add(weekdays["day"], pa.scalar(timedelta(days=1))).cast(pa.date32()))
    copies = later.set_column(4, "x", pa.array([1e9] * len(later)))
    other = rows.slice(0, 70).set_column(1, "part", pa.array(["b"] * 70))
    append(log, rows, copies, other)
    summary = monitor(configure(log, results, COPIES), wish(as_of=moment(2024, 1, 15)))
    kept = [*rows.to_pylist(), *other.to_pylist()]
    weeks = {datetime(2024, 1, day, tzinfo=BERLIN).astimezone(timezone.utc):
             [row["x"] for row in kept if date(2024, 1, day) <= row["day"] < date(2024, 1, day + 7)] for day in (1, 8)}
    assert overall(results, "week", "row_count") == {start: len(found) for start, found in weeks.items()}
    assert overall(results, "week", "mean", "x") == pytest.approx({s: np.mean(x) for s, x in weeks.items()}, rel=1e-12)
    assert summary.run["rows_deduplicated"] == copies.num_rows == 50
    assert summary.run["rows_in"] == summary.run["rows_counted"] + summary.run["rows_deduplicated"] == 400
