"""Outcomes in a run: the log pinned, its changes followed to slices, and predictions counted beside their outcomes."""

from dataclasses import dataclass

import numpy as np
from pyspark.sql import functions as F

from spark_monitor.cells.batches import ROWS_OF_LISTS, sized_batches
from spark_monitor.logs.arrivals import changed_keys, known_between, predictions_touched
from spark_monitor.logs.changes import changed_files
from spark_monitor.logs.names import quote
from spark_monitor.logs.outcomes import bind_outcomes
from spark_monitor.logs.survey import QUARTER_US
from spark_monitor.pipeline.tasks import shares_disk
from spark_monitor.pipeline.freezing import span_of
from spark_monitor.pipeline.label_cells import label_cells, label_texts, rows_to_label, table_of
from spark_monitor.pipeline.pair_cells import replace_pairs
from spark_monitor.pipeline.relation_labels import is_lacking, relation_bins, store_relations
from spark_monitor.tables.store import instants, of_model
from spark_monitor.tables.table import literal


@dataclass(frozen=True)
class Labels:
    """The outcome log of a run.

    Parameters
    ----------
    source : Source
    layout : OutcomeLayout
    as_of : int
        Microseconds: what is not known by then is not known.
    """

    source: object
    layout: object
    as_of: int


@dataclass(frozen=True)
class News:
    """What the outcome log says since the last run.

    Parameters
    ----------
    quarters : ndarray of int64 or None
        Beginnings of the quarters of an hour with predictions whose outcomes came, changed or went; None where the
        log can't say.
    keys, predictions, orphans : int
        Keys whose outcomes came, changed or went, predictions touched, and keys without any prediction.
    """

    quarters: np.ndarray | None
    keys: int = 0
    predictions: int = 0
    orphans: int = 0


def open_labels(job, as_of):
    """Pin the outcome log and bind its columns; None where none is configured.

    Raises
    ------
    ContractError
        If the log is not there, or has not the columns that the configuration promises.
    """
    if job.config.outcomes is None:
        return None
    source = job.shared.pin(job.spark, job.config.outcomes.table, shares_disk(job.spark))
    schema = source.columns(job.spark)
    return Labels(source, bind_outcomes(job.config, schema, job.layout.spark_types, label_texts(job.config)), as_of)


def follow_outcomes(job, past):
    """Return the `News` of the outcome log since the last run that followed it."""
    labels = job.labels
    if labels is None or not past.labelled:
        return News(np.empty(0, np.int64))
    files = changed_files(job.spark, labels.source, past.outcome_id, past.outcomes_through)
    if files is None:
        return News(None)
    if not any(files) and past.outcomes_as_of == labels.as_of:
        return News(np.empty(0, np.int64))
    with job.step("follow outcomes") as told:
        keys = changed_keys(job.spark, labels.source, labels.layout, files, past.outcomes_through)
        # Rows that the log held already, but nobody could know at the moment that the last run looked from.
        low, high = sorted((past.outcomes_as_of, labels.as_of))
        keys = keys.unionByName(known_between(job.spark, labels.source, labels.layout, low, high)).distinct()
        news = News(*predictions_touched(keys, job.rows(), job.layout, labels.layout))
        told["text"] = (f"{news.keys:,} keys, {news.predictions:,} predictions touched, "
                        f"{news.orphans:,} keys without one")
    return news


def count_labels(job, agenda, frozen):
    """Count the agenda's slices beside their outcomes and replace their score cells."""
    if job.labels is None or not agenda.label_slices:
        return
    with job.step("count outcomes") as told, sized_batches(job.spark, ROWS_OF_LISTS):
        starts = [s.start for s in agenda.label_slices]
        bounds = np.array(sorted({edge for s in agenda.label_slices for edge in (s.start, s.end)}), np.int64)
        wanted = np.isin(bounds[:-1], starts)
        rows = rows_to_label(job, bounds, wanted)
        cells = label_cells(job, job.layout, rows, frozen, bounds, wanted)
        cells = cells.withColumn("reference", F.lit(None).cast("string"))
        _store(job, cells, of_model(job.model, "reference IS NULL", instants("slice", starts)))
        replace_pairs(job, frozen, agenda.label_slices, bounds)
        told["text"] = f"{len(starts)} slices"
    if relation_bins(job.config, frozen):
        with job.step("count relations") as told, sized_batches(job.spark, ROWS_OF_LISTS):
            store_relations(job, job.layout, rows, frozen, bounds, f"reference IS NULL AND {instants('slice', starts)}",
                            wanted=wanted)
            told["text"] = f"{len(relation_bins(job.config, frozen))} features"


def count_reference_labels(job, reference, span, frozen):
    """Count a reference's rows beside their outcomes, by slice, where its rows have the log's ids."""
    labels = job.labels
    names = [quote(name) for name in job.config.predictions.id]
    if labels is None or list(span.layout.identity) != names or span.layout.raw_time is None:
        return
    cells = label_cells(job, span.layout, span.rows, frozen, span.bounds).withColumn("reference", F.lit(reference.name))
    mine = f"reference = {literal(reference.name)}"
    _store(job, cells, of_model(job.model, mine))
    if reference == job.config.references[0]:
        store_relations(job, span.layout, span.rows, frozen, span.bounds, mine, reference.name)


def refresh_references(job, frozen, news, first):
    """Count references beside their outcomes again where the news touches their rows; say whether there was one.

    A reference's features are read once. Its truth comes as late as everybody's, and what is compared with it, and
    estimated from it, follows.
    """
    moved = False
    for reference, request in zip(job.config.references, frozen.references):
        if job.labels is None or request.span is None:
            continue
        low, high = request.span
        quarters = news.quarters
        if quarters is None or ((quarters + QUARTER_US > low) & (quarters < high)).any():
            with job.step(f"count outcomes of reference {reference.name}") as told:
                count_reference_labels(job, reference, span_of(job, reference, first), frozen)
                told["text"] = "its outcomes changed; every window is compared anew"
            moved = True
    if job.labels is not None and is_lacking(job, frozen):
        reference = job.config.references[0]
        with job.step(f"count relations of reference {reference.name}") as told:
            count_reference_labels(job, reference, span_of(job, reference, first), frozen)
            told["text"] = "they were asked for after it was frozen; windows published before wait for a backfill"
    return moved


def _store(job, cells, predicate):
    job.store.replace(table_of(job.config), job.stamped(cells), predicate)
