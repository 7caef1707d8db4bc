"""A metric of many targets: computed in blocks of like size, joined in their order, some of them taken."""

import numpy as np

from spark_monitor.metrics.spec import Estimate

ARRAYS = ("value", "ci_low", "ci_high", "error_bound", "p_value", "sample_size", "effective_size", "reasons")


def computed(spec, side, picked):
    """Return a metric of some targets, computed in blocks of like size."""
    parts, places = [], []
    for block in side.blocks(picked):
        parts.append(spec.compute(*side.take(picked[block])))
        places.append(block)
    return joined(parts, np.concatenate(places)) if parts else Estimate(np.empty(0))


def joined(parts, places):
    """Return estimates of blocks as one, back in the order of the targets."""
    order = np.argsort(places, kind="stable")
    arrays = {}
    for name in ARRAYS:
        given = [getattr(part, name) for part in parts]
        if any(one is not None for one in given):
            nothing, kind = (None, object) if name == "reasons" else (np.nan, float)
            filled = [np.full(len(part.value), nothing, kind) if one is None else one
                      for one, part in zip(given, parts)]
            arrays[name] = np.concatenate(filled)[order]
    first = parts[0]
    return Estimate(**arrays, ci_method=first.ci_method, ci_level=first.ci_level, reason=first.reason)


def taken(estimate, picked):
    """Return an estimate of some of its targets."""
    arrays = {name: getattr(estimate, name)[picked] for name in ARRAYS if getattr(estimate, name) is not None}
    return Estimate(**arrays, ci_method=estimate.ci_method, ci_level=estimate.ci_level, reason=estimate.reason)
