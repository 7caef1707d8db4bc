"""Metric rows of bias of a model with several classes: of its accuracy, and of each class against the rest."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.bias import OF_CLASSES, SHARE_METRICS, SHRUNK, bias_of_class
from spark_monitor.results.bias import evaluate_bias

OF_DECISIONS = tuple(spec for spec in SHARE_METRICS.values() if spec.criterion == "accuracy")
OF_ONE_CLASS = tuple(name for name, spec in SHARE_METRICS.items()
                     if spec.criterion in OF_CLASSES and spec.measure != SHRUNK)


def evaluate_class_bias(labelled, truth):
    """Yield the bias rows of all protected segments, as record batches of the `metrics` table.

    Parameters
    ----------
    labelled : Labelled
        Of `ClassSide`.
    truth : Truth
        Of its targets.
    """
    scores = labelled.context.request.scores
    if not scores.protected:
        return
    sides = labelled.current, labelled.reference
    yield from evaluate_bias(_with_sides(labelled, *(side.right_or_wrong() for side in sides)), truth, OF_DECISIONS)
    for number, (label, *_) in enumerate(scores.classes):
        two = (side.against_others(np.full(side.size, number)) for side in sides)
        yield from evaluate_bias(_with_sides(labelled, *two), truth,
                                 tuple(bias_of_class(f"{name}:{label}") for name in OF_ONE_CLASS))


def _with_sides(labelled, current, reference):
    return replace(labelled, current=current, reference=reference)
