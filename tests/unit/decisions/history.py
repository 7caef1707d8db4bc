"""Small histories of a model: windows of days counted from 0, and metric rows with intervals as wide as one says."""

from spark_monitor.decisions.lifetimes import Lifetimes
from spark_monitor.decisions.spec import DAY_US, Facts
from spark_monitor.windows import Calendar

BEFORE = 0.80


def lifetimes(**versions):
    """Return the versions v1, v2, ... of {day: (rows, labelled)}."""
    windows = {name.removeprefix("v"): {day * DAY_US: pair for day, pair in own.items()}
               for name, own in versions.items()}
    return Lifetimes(windows, Calendar("UTC"), "day")


def metric_row(day, value, half=0.02, metric="roc_auc", family="performance", version="*", status="ok", **more):
    """Return a row of `metrics` of one day, its interval `half` to both sides."""
    known = value is not None and half is not None
    return {"model_version": version, "window_start": day * DAY_US, "window_end": (day + 1) * DAY_US, "feature": None,
            "family": family, "metric": metric, "reference": None, "value": value,
            "ci_low": value - half if known else None, "ci_high": value + half if known else None,
            "reference_value": BEFORE, "p_value": None, "sample_size": 500, "labelled_rows": 500, "status": status,
            **more}


def facts(values, low=0, versions=None, rows=None, **more):
    """Return the facts of a model whose roc_auc took some values on the days from 0 on."""
    rows = [metric_row(day, value) for day, value in enumerate(values)] if rows is None else rows
    days = {row["window_start"] // DAY_US: (500, 500) for row in rows}
    return Facts(versions or lifetimes(v1=days), low * DAY_US, rows, **more)
