"""Which model scored a flight, and what it said: two versions of a classifier, each live from a day on."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from threadpoolctl import threadpool_limits

from spark_monitor.demo.flights import CATEGORICAL, FEATURES, LATE, ON_TIME

# At 0.3 about a quarter of the flights are called late, about as many as are; at 0.5 it would be few of them.
THRESHOLD = 0.3


@dataclass(frozen=True)
class Version:
    """A version of the model, and the instant from which on it scores every flight."""

    name: str
    live_from: pd.Timestamp


VERSIONS = (
    Version("1", pd.Timestamp("2013-02-01", tz="UTC")),
    Version("2", pd.Timestamp("2013-07-01", tz="UTC")),
)
LOG_END = pd.Timestamp("2014-01-01", tz="UTC")


def train(frame, live_from, trees=HistGradientBoostingClassifier, target="late"):
    """Fit a model of arrivals on every flight whose outcome was known before `live_from`.

    Parameters
    ----------
    frame : DataFrame
        Flights as `flights.flight_frame` makes them; missing weather is a value of its own to the model.
    live_from : Timestamp, UTC
    trees : class
        HistGradientBoostingClassifier or HistGradientBoostingRegressor.
    target : {"late", "arrival_delay"}

    Returns
    -------
    Pipeline
        Fitted; `FEATURES` in, classes "late" and "on_time", or minutes, out. The same frame gives the same model.
    """
    known = frame[frame["known_at"] < live_from]
    # A name that training never met is missing to the model, as it would be to a service that can't stop.
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    columns = make_column_transformer((codes, list(CATEGORICAL)), remainder="passthrough")
    model = trees(
        max_iter=80, learning_rate=0.1, max_leaf_nodes=15, min_samples_leaf=100, l2_regularization=1.0,
        categorical_features=list(range(len(CATEGORICAL))), early_stopping=False, random_state=2013,
    )  # fmt: skip
    # Seconds of work: several threads that wait for each other on a busy machine take twenty times as long as one.
    with threadpool_limits(limits=1):
        return make_pipeline(columns, model).fit(known[list(FEATURES)], known[target])


def score(frame, model):
    """Return the probability of a late arrival for each flight, shape (rows,), with six decimals.

    Examples
    --------
    >>> class Half:
    ...     classes_ = np.array(["late", "on_time"])
    ...     def predict_proba(self, features):
    ...         return np.full((len(features), 2), 0.5)
    >>> score(pd.DataFrame(columns=FEATURES, index=range(2)), Half())
    array([0.5, 0.5])
    """
    # The last bits differ between processors; rounding keeps the log the same everywhere.
    return np.round(model.predict_proba(frame[list(FEATURES)])[:, list(model.classes_).index(LATE)], 6)


def decide(probability):
    """Return "late" where the probability is at least `THRESHOLD`, else "on_time".

    Examples
    --------
    >>> decide(np.array([0.29, 0.3])).tolist()
    ['on_time', 'late']
    """
    return np.where(np.asarray(probability) >= THRESHOLD, LATE, ON_TIME)


def score_in_order(frame, versions=VERSIONS, end=LOG_END, say=print):
    """Return the flights predicted from the first version's first day until `end`, scored by the version of their day.

    Parameters
    ----------
    frame : DataFrame
        Flights as `flights.flight_frame` makes them, the training periods included.
    versions : sequence of Version
        In the order of ``live_from``; each is trained on what was known when it went live.
    end : Timestamp, UTC
        Not included.
    say : callable
        Told one line for each version.

    Returns
    -------
    DataFrame
        The frame's columns and ``model_version``, ``probability``, ``decision``, ``expected_delay`` (minutes), in the
        frame's order. Cancelled and diverted flights are scored like all others.
    """
    until = [version.live_from for version in versions[1:]] + [end]
    parts = []
    for version, stop in zip(versions, until):
        rows = frame[(frame["predicted_at"] >= version.live_from) & (frame["predicted_at"] < stop)]
        probability = score(rows, train(frame, version.live_from))
        minutes = train(frame, version.live_from, HistGradientBoostingRegressor, "arrival_delay")
        parts.append(rows.assign(
            model_version=version.name, probability=probability, decision=decide(probability),
            expected_delay=np.round(minutes.predict(rows[list(FEATURES)]), 3)))
        say(f"version {version.name} trained on what was known on {version.live_from:%Y-%m-%d}, "
            f"{len(rows):,} flights scored until {stop:%Y-%m-%d}")
    return pd.concat(parts)
