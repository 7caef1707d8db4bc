"""What the scoring service and the airlines would have written: a prediction log and an outcome log, as Delta tables.

``predictions`` is partitioned by date and grows by one commit a month; ``outcomes`` grows by one commit a month, in
the order in which the outcomes became known. What they hold depends on nothing but the flights and the model.
"""

import shutil
from pathlib import Path

import pyarrow as pa

from spark_monitor.demo.flights import load_flights
from spark_monitor.demo.model import score_in_order
from spark_monitor.errors import SparkMonitorError

INSTANT = pa.timestamp("us", tz="UTC")

PREDICTIONS = pa.schema([
    ("flight_id", pa.string()),
    ("predicted_at", INSTANT),
    ("model_version", pa.string()),
    ("tail_number", pa.string()),
    ("origin", pa.string()),
    ("carrier", pa.string()),
    ("dest", pa.string()),
    ("distance", pa.int32()),
    ("weekday", pa.int32()),
    ("scheduled_hour", pa.int32()),
    ("scheduled_minute", pa.int32()),
    ("scheduled_arrival", pa.int32()),
    ("temp", pa.float64()),
    ("dewp", pa.float64()),
    ("humid", pa.float64()),
    ("wind_dir", pa.float64()),
    ("wind_speed", pa.float64()),
    ("wind_gust", pa.float64()),
    ("precip", pa.float64()),
    ("pressure", pa.float64()),
    ("visib", pa.float64()),
    ("probability", pa.float64()),
    ("decision", pa.string()),
    ("expected_delay", pa.float64()),
    ("date", pa.date32()),
])
OUTCOMES = pa.schema([("flight_id", pa.string()), ("late", pa.string()), ("arrival_delay", pa.float64()),
                      ("known_at", INSTANT)])


def write_logs(spark, folder, overwrite=False, say=print):
    """Write ``folder/predictions`` and ``folder/outcomes``: the flights of February to December 2013 and what became
    of them.

    Parameters
    ----------
    spark : SparkSession
        With Delta Lake.
    folder : str or Path
        A local folder; made where it isn't there.
    overwrite : bool
        Whether Delta tables that are there already may be deleted; anything else there is never touched.
    say : callable
        Told one line for each step.

    Raises
    ------
    SparkMonitorError
        If a log is there already and may not be deleted, or if the flights' package is missing.
    """
    places = {name: Path(folder).absolute() / name for name in ("predictions", "outcomes")}
    _clear(places.values(), overwrite)
    flights = load_flights()
    say(f"{len(flights):,} flights of 2013 read")
    scored = score_in_order(flights, say=say)
    for name, commits, partition in (
        ("predictions", prediction_commits(scored), ["date"]),
        ("outcomes", outcome_commits(scored), []),
    ):
        for commit in commits:
            _append(spark, commit, places[name], partition)
        say(f"{places[name]}: {sum(map(len, commits)):,} rows in {len(commits)} commits")


def prediction_commits(scored):
    """Return the prediction log as one table a month, in order.

    Parameters
    ----------
    scored : DataFrame
        Flights as `model.score_in_order` makes them.

    Returns
    -------
    list of pyarrow.Table
        Columns of `PREDICTIONS`; ``date`` is the UTC date of ``predicted_at``. Missing values are null, never NaN.
    """
    return _by_month(scored.assign(date=scored["predicted_at"].dt.date), "predicted_at", PREDICTIONS)


def outcome_commits(scored):
    """Return the outcome log as one table for each month in which outcomes became known, in order.

    Parameters
    ----------
    scored : DataFrame
        Flights as `model.score_in_order` makes them; those that never arrived, or elsewhere, have no outcome.

    Returns
    -------
    list of pyarrow.Table
        Columns of `OUTCOMES`, rows in the order of ``known_at``; ``late`` is "late" or "on_time" as the decision is,
        ``arrival_delay`` is in minutes as ``expected_delay`` is.

    Examples
    --------
    >>> import pandas as pd
    >>> known_at = pd.to_datetime(["2013-03-01", None, "2013-02-28"], utc=True)
    >>> arrivals = pd.DataFrame({"flight_id": ["a", "b", "c"], "late": ["late", None, "on_time"], "known_at": known_at,
    ...                          "arrival_delay": [20.0, None, 3.0]})
    >>> [commit["flight_id"].to_pylist() for commit in outcome_commits(arrivals)]
    [['c'], ['a']]
    """
    known = scored[scored["known_at"].notna()]
    return _by_month(known.sort_values(["known_at", "flight_id"]), "known_at", OUTCOMES)


def _by_month(frame, time, schema):
    # The rows come in the order of time, so that months come in order too.
    months = frame.groupby(frame[time].dt.strftime("%Y-%m"), sort=False)
    return [pa.Table.from_pandas(rows[schema.names], schema, preserve_index=False) for _, rows in months]


def _append(spark, commit, place, partition):
    # One task a commit: one file a date, and the same files whatever the number of cores.
    rows = spark.createDataFrame(commit).coalesce(1)
    rows.write.format("delta").mode("append").partitionBy(*partition).save(str(place))


def _clear(places, overwrite):
    there = [place for place in places if place.exists() and any(place.iterdir())]
    for place in there:
        if not overwrite:
            raise SparkMonitorError(f"{place}: expected no log, found one; say that it may be overwritten")
        if not (place / "_delta_log").is_dir():
            raise SparkMonitorError(f"{place}: expected a Delta table to overwrite, found something else; not touched")
    for place in there:
        shutil.rmtree(place)
