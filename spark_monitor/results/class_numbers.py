"""Numbers of decisions among several classes, of any of the things that are looked at."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.performance.multiclass import multiclass_metrics
from spark_monitor.results.computing import joined


def class_numbers(side, picked):
    """Return the estimates of `multiclass_metrics` for some things; without any decision they say so.

    Parameters
    ----------
    side : ClassSide
    picked : ndarray of int64
        Which things, in order, one at least.

    Returns
    -------
    dict of str to Estimate
    """
    blocks = list(side.blocks(picked))
    parts = [multiclass_metrics(*side.take(picked[block])) for block in blocks]
    known = side.labelled_rows[picked] > 0
    found = {name: joined([part[name] for part in parts], np.concatenate(blocks)) for name in parts[0]}
    return {name: replace(one, reasons=np.where(known & (one.reasons == "no_outcomes"), "no_decisions", one.reasons))
            for name, one in found.items()}
