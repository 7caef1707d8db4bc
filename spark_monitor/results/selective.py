"""What selective labels do to metric rows: numbers that a decision hides are bounds, others stand reweighted too."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.maturity.maturity import arrived_shares
from spark_monitor.metrics.selective import BOUNDED, bounded_estimate, reweight, reweighted_rate, selective_reasons
from spark_monitor.metrics.selective.reweighted_metrics import REWEIGHTED, reweighted_name
from spark_monitor.metrics.spec import Estimate
from spark_monitor.results.computing import joined
from spark_monitor.results.context import beside
from spark_monitor.results.rows import metric_rows

FAMILY = "performance"


def least_arrived(labelled, curves):
    """Return the share of outcomes, of the class that comes last, that is to have come by now; 1 where not known."""
    shares = arrived_shares(labelled.current.delays, curves, labelled.context.request.scores.as_of)
    least = np.nan_to_num(shares, nan=np.inf).min(axis=1)
    return np.where(np.isfinite(least), least, 1.0)


def hidden_targets(name, labelled, come):
    """Return the targets at which one decision has kept the outcomes that a number needs from coming, boolean (K,)."""
    return selective_reasons(name, labelled.current.cells, come) == "selective_labels"


def hidden_rows(spec, labelled, picked, before, truth):
    """Return the rows of a number that selective labels leave undefined, with worst-case bounds where there are any."""
    cells = labelled.current.cells.take(picked)
    if spec.name in BOUNDED:
        estimate = bounded_estimate(spec.name, cells)
    else:
        estimate = Estimate(np.full(len(picked), np.nan), sample_size=cells.total("rows", cells.labelled),
                            reason="selective_labels")
    rows = labelled.reference.rows[labelled.unit[picked]]
    return metric_rows(spec, FAMILY, None, beside(estimate, before, rows), picked, labelled.context, truth=truth)


def reweighted_rows(labelled, truth, come):
    """Yield the rows of metrics whose labelled rows are weighted to all predictions, where some have no label."""
    side, context = labelled.current, labelled.context
    short = truth.labelled < side.rows
    for spec in REWEIGHTED.values():
        picked = context.wanted(spec.name, FAMILY)
        plain = spec.name.removesuffix(reweighted_name(""))
        picked = picked[short[picked] & (truth.labelled[picked] > 0) & ~hidden_targets(plain, labelled, come)[picked]]
        if not len(picked):
            continue
        parts, places = [], []
        for block in side.blocks(picked):
            cells, _ = side.take(picked[block])
            new = reweight(cells)
            estimate = reweighted_rate(plain, spec.compute(new.cells, None), new.cells)
            parts.append(replace(estimate, sample_size=cells.total("rows", cells.labelled)))
            places.append(block)
        yield metric_rows(spec, FAMILY, None, joined(parts, np.concatenate(places)), picked, context, truth=truth)
