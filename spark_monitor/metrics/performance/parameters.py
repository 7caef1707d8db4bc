"""Which numbers of a classifier have a parameter in their name: "lift@5%", "precision@1%", "recall@20%", "f2"."""

import re

from spark_monitor.metrics.performance import PERFORMANCE_METRICS
from spark_monitor.metrics.performance.f1 import f_beta
from spark_monitor.metrics.performance.lift import lift, precision_at, recall_at

OF_TOP_SHARE = {"lift": lift, "precision": precision_at, "recall": recall_at}
NUMBER = r"[0-9]+(?:\.[0-9]+)?"


def score_metric(name):
    """Return the metric of a name, listed or with a parameter.

    Raises
    ------
    KeyError
        If no metric has that name.

    Examples
    --------
    >>> score_metric("recall@20%").name, score_metric("f0.5").name, score_metric("gini").name
    ('recall@20%', 'f0.5', 'gini')
    """
    found = re.fullmatch(f"(?:({'|'.join(OF_TOP_SHARE)})@({NUMBER})%|f({NUMBER}))", name)
    if found is None or name in PERFORMANCE_METRICS:
        return PERFORMANCE_METRICS[name]
    maker, percent, beta = found.groups()
    try:
        return OF_TOP_SHARE[maker](float(percent) / 100) if maker else f_beta(float(beta))
    except ValueError as error:
        raise KeyError(f"{name}: {error}") from error


def has_score_parameter(name):
    """Say whether a name is that of a metric with a parameter that is not listed anyway, written as its rows are.

    Examples
    --------
    >>> [has_score_parameter(name) for name in ("lift@5%", "lift@10%", "lift@5.0%", "precision@0%", "f2", "f1", "f0")]
    [True, False, False, False, True, False, False]
    """
    try:
        return name not in PERFORMANCE_METRICS and score_metric(name).name == name
    except KeyError:
        return False
