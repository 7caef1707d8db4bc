"""Labelled rows by feature in a run, where the configuration asks for it: which features, from which rows, when."""

from fnmatch import fnmatchcase

from pyspark.sql import functions as F

from spark_monitor.cells.kernel.conflicts import CONFLICT
from spark_monitor.cells.kernel.plan import FeaturePlan
from spark_monitor.cells.kernel.relations import RelationPlan
from spark_monitor.cells.kernel.scores import DECISION, OUTCOME, SCORE
from spark_monitor.cells.relation_feed import count_relations
from spark_monitor.pipeline.freezing import batch_columns
from spark_monitor.pipeline.label_cells import class_scores, classes_of, joined_rows, label_texts, role_columns
from spark_monitor.results.request import RelationRequest
from spark_monitor.tables.state import RELATION_CELLS
from spark_monitor.tables.store import of_model
from spark_monitor.tables.table import literals


def relation_bins(config, frozen):
    """Return the bins, by name, of the features by whose values labelled rows are counted; none where none are.

    Parameters
    ----------
    config : MonitorConfig
    frozen : Frozen
    """
    globs = config.relation_features if config.outcomes is not None else ()
    return {feature: bins for (family, feature), bins in sorted(frozen.bins.items())
            if family == "drift" and any(fnmatchcase(feature, glob) for glob in globs)}


def relation_request(config, frozen):
    """Return what the evaluation of relation cells needs; None where none are counted."""
    features = tuple(relation_bins(config, frozen))
    return RelationRequest(features, len(classes_of(config)[0]) or 1) if features else None


def store_relations(job, layout, rows, frozen, bounds, place, reference=None, wanted=None):
    """Count some rows of a log by the values of features, beside their outcomes, and replace their cells.

    Features whose column is not there, or has another type than when it was frozen, are left out.

    Parameters
    ----------
    job : Job
    layout : Layout
        How these rows are read.
    rows : pyspark.sql.DataFrame
    frozen : Frozen
    bounds : ndarray of int64
        Bounds of the slices.
    place : str
        Condition that holds for the cells of these rows, of whatever feature.
    reference : str or None
        The reference that the rows are of.
    wanted : ndarray of bool, optional
        Which of the slices to count.
    """
    chosen = relation_bins(job.config, frozen)
    bins = {name: one for name, one in chosen.items() if layout.types.get(name) == one.data_type}
    if not bins:
        return
    names = batch_columns(bins)
    roles = {name: column for name, column in role_columns(job.config, layout).items()
             if name == DECISION or name.partition(":")[0] == SCORE}
    joined = joined_rows(job, layout, rows, names, bounds, roles)
    # Rows without an outcome say nothing here, so that they are never handed over to Python.
    known = joined.drop(CONFLICT).where(F.col(OUTCOME).isNotNull())
    features = tuple(FeaturePlan(one, (names[name],)) for name, one in bins.items())
    cells = count_relations(known, _plan(job.config, layout, roles, features, bounds, wanted))
    mine = f"feature IN ({literals(chosen)})"
    job.store.replace(RELATION_CELLS, job.stamped(cells.withColumn("reference", F.lit(reference).cast("string"))),
                      of_model(job.model, place, mine))


def _plan(config, layout, roles, features, bounds, wanted):
    scores = class_scores(config)
    return RelationPlan(bounds, features, config.task, label_texts(config), scores, bool(scores) or SCORE in roles,
                        DECISION in roles, layout.version is not None, layout.weight is not None, wanted, coded=True)


def is_lacking(job, frozen):
    """Say whether features were never counted in the first reference, since they were asked for after it was frozen.

    Parameters
    ----------
    job : Job
    frozen : Frozen
    """
    types, reference = job.layout.types, job.config.references[0]
    asked = {(name, one.bins_id) for name, one in relation_bins(job.config, frozen).items()
             if types.get(name) == one.data_type}
    if not asked or reference.kind == "table":
        return False
    stored = job.store.read(RELATION_CELLS, job.model)
    if stored is None:
        return True
    found = stored.where(F.col("reference") == reference.name).select("feature", "bins_id").distinct().collect()
    return not asked <= {(row["feature"], row["bins_id"]) for row in found}


def note_unknown_features(job, frozen):
    """Note the features that the configuration names and that there are no bins of."""
    known = {feature for family, feature in frozen.bins if family == "drift"}
    unknown = [name for name in job.config.relation_features if not set("*?[") & set(name) and name not in known]
    if unknown:
        job.notes.append(f"relation.features: {', '.join(unknown)}: not counted, no features of the model")
