"""What stands for a paired difference where versions share no ids: the difference at common segment shares."""

from dataclasses import replace

import numpy as np

from spark_monitor.cells.render import CROSSING
from spark_monitor.metrics.pairs.standardised import standardised_difference
from spark_monitor.metrics.performance import PERFORMANCE_METRICS
from spark_monitor.metrics.performance.regression import REGRESSION_METRICS
from spark_monitor.metrics.spec import Estimate
from spark_monitor.results.computing import computed
from spark_monitor.results.targets import OVERALL, SCOPES

LOSSES = {"log_loss": PERFORMANCE_METRICS["log_loss"], "squared_error": REGRESSION_METRICS["mse"]}


def mean_of(spec, scores):
    """Return the metric whose difference another one is; None where it is no mean over rows, or one of several classes.

    Parameters
    ----------
    spec : ChampionMetric
    scores : ScoreRequest
    """
    if scores.classes:
        return None
    return {"accuracy_vs_champion": PERFORMANCE_METRICS["accuracy"],
            "loss_vs_champion": LOSSES.get(scores.loss)}.get(spec.name)


def unpaired_differences(metric, labelled, rivals, picked):
    """Yield targets and the `Estimate` of a metric's differences, challenger less champion.

    All rows are compared at common shares of the values of the finest segment there is, the first of equals; a segment
    value, which is no longer cut, as it is.

    Parameters
    ----------
    metric : PerformanceMetric
    labelled : Labelled
    rivals : Rivals
    picked : ndarray of int64
        Challengers with a champion beside them.
    """
    context = labelled.context
    whole = context.scopes[picked] == SCOPES.index(OVERALL)
    for chosen, strata in ((picked[whole], _strata(context)), (picked[~whole], None)):
        if not len(chosen):
            continue
        sides = [_by_stratum(context, targets, strata) for targets in (rivals.champion[chosen], chosen)]
        asked = np.unique(np.concatenate([side[side >= 0] for side in sides]))
        estimate = computed(metric, labelled.current, asked)
        numbers = [_numbers(estimate, asked, side) for side in sides]
        found = standardised_difference(*(one for one, _ in numbers), *(rows for _, rows in numbers))
        yield chosen, found if strata is not None else replace(found, ci_method="unpaired")


def _strata(context):
    """Return the units that all rows are cut into; None without segments."""
    names = list(context.request.frozen_values)
    if not names:
        return None
    finest = max(names, key=lambda name: name.count(CROSSING))
    return np.array([unit for unit, (segment, _) in enumerate(context.unit_keys) if segment == finest], np.int64)


def _by_stratum(context, chosen, strata):
    """Return the targets of the strata of each target chosen, -1 where there is none, shape (K, S)."""
    if strata is None:
        return chosen[:, None]
    targets = context.targets
    place = {key: number for number, key in enumerate(zip(targets.unit.tolist(), targets.grain.tolist(),
                                                          targets.window.tolist(), targets.version.tolist()))}
    return np.array([[place.get((unit, targets.grain[one], targets.window[one], targets.version[one]), -1)
                      for unit in strata.tolist()] for one in chosen.tolist()], np.int64).reshape(len(chosen), -1)


def _numbers(estimate, asked, side):
    """Return an estimate by stratum, shape (K, S), NaN where there is no target, and the rows that each rests on."""
    place = np.minimum(np.searchsorted(asked, side), len(asked) - 1)
    value, low, high, rows = (np.where(side >= 0, array[place], np.nan) for array in
                              (estimate.value, estimate.ci_low, estimate.ci_high, estimate.sample_size.astype(float)))
    return Estimate(value, low, high), np.nan_to_num(rows)
