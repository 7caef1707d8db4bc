"""Where versions score the same ids: which slices can hold such pairs, and the plan that the kernel follows."""

import numpy as np
from pyspark.sql import functions as F

from spark_monitor.cells.bins import ROWS
from spark_monitor.cells.kernel.conflicts import CONFLICT
from spark_monitor.cells.kernel.pairs import PairPlan
from spark_monitor.cells.kernel.scores import DECISION, FOLD, SCORE
from spark_monitor.cells.pair_feed import added_up, count_pairs, without_pairs
from spark_monitor.cells.render import escape
from spark_monitor.logs.names import quote
from spark_monitor.logs.outcomes import keys_of
from spark_monitor.pipeline.freezing import batch_columns, segments_on
from spark_monitor.pipeline.label_cells import (
    bins_of, class_requests, class_scores, classes_of, joined_rows, label_texts, role_columns, rows_to_label,
)
from spark_monitor.tables.state import FEATURE_CELLS, PAIR_CELLS
from spark_monitor.tables.store import instants, of_model


def loss_of(config):
    """Return the loss by which versions are compared: the one that the model's output allows.

    Examples
    --------
    >>> from types import SimpleNamespace as Config
    >>> loss_of(Config(task="binary", predictions=Config(score=None)))
    'zero_one_loss'
    """
    if config.task == "regression":
        return "squared_error"
    return "log_loss" if config.predictions.score else "zero_one_loss"


def replace_pairs(job, frozen, slices, bounds):
    """Count the pairs of some slices and replace their cells.

    Which versions a slice holds is known from its feature cells: without the champion or without any other version it
    is not read again.

    Parameters
    ----------
    job : Job
    frozen : Frozen
    slices : list of Window
        Those just counted beside their outcomes.
    bounds : ndarray of int64
        Of the span that they were counted in.
    """
    if job.config.champion is None or job.layout.version is None:
        return
    champion, starts = escape(job.config.champion), [s.start for s in slices]
    seen = job.store.read(FEATURE_CELLS, job.model).where(instants("slice", starts)).where(
        f"feature = '{ROWS}' AND segment IS NULL AND row_count > nulls").select("slice", "model_version")
    found = {(row["start"], row["model_version"])
             for row in seen.select(F.expr("unix_micros(slice)").alias("start"), "model_version").collect()}
    rivals = {start for start, version in found if version != champion}
    if not rivals and job.store.read(PAIR_CELLS) is None:
        return
    facts = {"feature": loss_of(job.config), "bins_id": _bins_id(job.config, frozen), "champion": champion}
    partial = without_pairs(seen.where(F.col("model_version") != champion), facts)
    both = sorted(rivals & {start for start, version in found if version == champion})
    if both:
        partial = partial.unionByName(_partial(job, frozen, bounds, np.isin(bounds[:-1], both), facts))
    cells = added_up(partial, len(classes_of(job.config)[0]), facts)
    job.store.replace(PAIR_CELLS, job.stamped(cells), of_model(job.model, instants("slice", starts)))


def _bins_id(config, frozen):
    return class_requests(config, frozen)[1] if config.task == "multiclass" else bins_of(config, frozen).bins_id


def _partial(job, frozen, bounds, wanted, facts):
    config, layout = job.config, job.layout
    batch = batch_columns([name for s in frozen.segments for name in s.columns])
    roles = {name: column for name, column in role_columns(config, layout).items() if name not in ("low", "high")}
    rows = joined_rows(job, layout, rows_to_label(job, bounds, wanted), batch, bounds, roles,
                       with_keys=True).drop(CONFLICT)
    scores = (SCORE,) if SCORE in roles else ()
    plan = PairPlan(bounds, segments_on(batch, frozen.segments, config), facts["champion"], facts["feature"],
                    label_texts(config), class_scores(config) or scores, layout.weight is not None, DECISION in roles,
                    FOLD in roles, wanted)
    return count_pairs(rows, keys_of(job.labels.layout), plan, facts)
