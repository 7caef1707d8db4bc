"""Metric rows of challengers: how far other versions of the model decide, and do, otherwise than the champion.

Rows of family "champion" are those of the challenger, `model_version`; `reference` is ``champion:<version>``. Where
both score the same ids in a day or hour (what slices are), numbers are paired, and `ci_method` begins with "paired".
Where a window has no such id, accuracy and mean loss are compared unpaired, at common segment shares
("unpaired_standardised", or "unpaired" within one segment value), and `reason` is ``no_common_ids``; all else is
undefined. Agreement needs no outcomes.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.pair_arrow import FAMILY
from spark_monitor.metrics.pairs import CHAMPION_METRICS
from spark_monitor.metrics.spec import Estimate
from spark_monitor.results.champion_pairs import NO_COMMON_IDS, Rivals
from spark_monitor.results.champion_unpaired import mean_of, unpaired_differences
from spark_monitor.results.class_sides import ClassSide, with_delay_groups
from spark_monitor.results.computing import joined, taken
from spark_monitor.results.labelled import Side, label_targets
from spark_monitor.results.performance import truth_of
from spark_monitor.results.regression import ErrorSide
from spark_monitor.results.request import ReferenceRequest
from spark_monitor.results.rows import metric_rows

LOSS, AGREEMENT = "loss_vs_champion", "agreement_with_champion"
MOST_TARGETS = 2_000


@dataclass(frozen=True)
class Against:
    """Why targets can't be compared with the champion, shape (K,); see `Compared`."""

    reason: np.ndarray


def evaluate_champion(table, request):
    """Yield the rows of family "champion", as record batches of the `metrics` table.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of `score_cells` or `error_cells`, and of `pair_cells` (their family says so), sorted by unit.
    request : EvaluationRequest
        With `scores.champion`.
    """
    scores, of_pairs = request.scores, pc.equal(table.column("family"), FAMILY)
    own, pairs = table.filter(pc.invert(of_pairs)), table.filter(of_pairs)
    regression = scores.loss == "squared_error"
    labelled = label_targets(own, request, ErrorSide if regression else ClassSide if scores.classes else Side)
    if labelled is None:
        return
    labelled = with_delay_groups(labelled) if scores.classes else labelled
    rivals, truth = Rivals.of(labelled, own, pairs), truth_of(labelled, labelled.curves())
    task = "regression" if regression else "multiclass" if scores.classes else "binary"
    specs = [spec for spec in CHAMPION_METRICS.values() if task in spec.tasks]
    found = _paired(rivals, specs, labelled.context)
    compared = (ReferenceRequest(f"champion:{scores.champion}", "champion", None, version=scores.champion),
                Against(rivals.obstacle))
    for spec in specs:
        feature, held = scores.loss if spec.name == LOSS else None, truth if "outcome" in spec.needs else None
        for picked, estimate in _numbers(spec, found.get(spec.name), labelled, rivals):
            rows = metric_rows(spec, FAMILY, feature, estimate, picked, labelled.context, compared, held)
            yield _explained(rows, rivals.obstacle[picked])


def _wanted(spec, rivals, context):
    return np.intersect1d(rivals.challengers, context.wanted(spec.name, FAMILY))


def _paired(rivals, specs, context):
    """Return targets with pairs and an `Estimate` of each metric for them, by its name."""
    wanted = [_wanted(spec, rivals, context) for spec in specs]
    picked = np.unique(np.concatenate(wanted))
    picked = picked[np.equal(rivals.obstacle[picked], None)]
    blocks = [np.arange(start, min(start + MOST_TARGETS, len(picked))) for start in range(0, len(picked), MOST_TARGETS)]
    parts = {spec.name: [] for spec in specs}
    for block in blocks:
        cells = rivals.pairs.take(picked[block])
        for spec in specs:
            alike = spec.name == AGREEMENT and rivals.pairs.classes > 2
            parts[spec.name].append(spec.compute(rivals.pairs.take(picked[block], alike) if alike else cells))
    return {name: (picked, joined(own, np.concatenate(blocks))) for name, own in parts.items() if own}


def _numbers(spec, found, labelled, rivals):
    """Yield targets and an `Estimate` for all challengers that get a metric: paired, unpaired, and undefined."""
    wanted = _wanted(spec, rivals, labelled.context)
    if found is not None:
        picked, estimate = found
        mine = np.isin(picked, wanted)
        if mine.any():
            yield picked[mine], taken(estimate, mine)
    wanted = wanted[~np.equal(rivals.obstacle[wanted], None)]
    metric, apart = mean_of(spec, labelled.context.request.scores), rivals.obstacle[wanted] == NO_COMMON_IDS
    if metric is not None:
        yield from unpaired_differences(metric, labelled, rivals, wanted[apart])
        wanted = wanted[~apart]
    if len(wanted):
        yield wanted, Estimate(np.full(len(wanted), np.nan), sample_size=np.zeros(len(wanted)))


def _explained(rows, obstacle):
    """Return rows that say, where they say nothing else, why they are not paired."""
    why = pc.coalesce(rows.column("reason"), pa.array(obstacle, pa.string()))
    return rows.set_column(rows.schema.get_field_index("reason"), rows.schema.field("reason"), why)
