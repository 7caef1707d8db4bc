"""References: frozen once, then never read again; the first one freezes the bins of every feature."""

from dataclasses import replace

import pyarrow.compute as pc

from spark_monitor.cells.bins import ROWS
from spark_monitor.cells.freeze import LEFT_OUT, PERFORMANCE, SEGMENT, left_out_row
from spark_monitor.errors import ContractError, ReferenceMissingError
from spark_monitor.logs.features import choose_features, prediction_features, score_sources
from spark_monitor.pipeline.feeds import choose_feed, with_fallback
from spark_monitor.pipeline.freezing import (count_reference, definition, has_own_cells, make_bins, no_rows,
                                             reference_id, span_of)
from spark_monitor.pipeline.frozen_before import as_frozen, reference_request, stored_bins, stored_references
from spark_monitor.pipeline.labels import count_reference_labels
from spark_monitor.tables.local import with_column, without_rows
from spark_monitor.tables.state import BINS, REFERENCE_CELLS, REFERENCES
from spark_monitor.tables.store import of_model
from spark_monitor.tables.table import literal
from spark_monitor.windows import to_datetime


def freeze_missing(job, first, again=False):
    """Freeze every configured reference and feature that is not frozen yet, and return what stands.

    Parameters
    ----------
    job : Job
    first : int or None
        Time of the log's first row: where a rolling reference takes its bins from.
    again : bool
        Freeze all of them anew.

    Returns
    -------
    Frozen

    Raises
    ------
    ReferenceMissingError
        If a reference is configured otherwise than it was frozen, or has no rows.
    """
    if again and job.store.read(REFERENCES) is not None:
        # Without their rows in `references` none counts as frozen, should the run die before all are frozen anew.
        job.store.replace(REFERENCES, REFERENCES.rows([]), of_model(job.model))
    known = stored_references(job)
    frozen = stored_bins(job) if job.config.references[0].name in known else None
    if frozen is None:
        frozen, known = _freeze_bins(job, first), {}
    else:
        frozen = _freeze_later(job, frozen, first)
    for reference in job.config.references:
        if reference.name not in known:
            known[reference.name] = _freeze_reference(job, reference, frozen, first)
    return replace(frozen, references=tuple(reference_request(known[r.name], r) for r in job.config.references))


def _wanted(job):
    """Return all features that the configuration asks for, the columns that it leaves out, and what is wrong."""
    chosen, left_out, problems = choose_features(job.config, job.layout.types)
    words = [s.feature for s in chosen if s.feature.startswith("(")]
    if words:
        raise ContractError(f"predictions.features: {', '.join(words)}: names that begin with ( are our own; "
                            "exclude them")
    said = [*prediction_features(job.config, job.layout.types), *score_sources(job.config, job.layout.types)]
    return [*chosen, *said], left_out, problems


def _make_bins(job, sources, segments, first):
    """Make bins from the first reference, and from the next ones for what it has no column of."""
    found, left = [], sources
    for reference in job.config.references:
        if reference == job.config.references[0] or (left and has_own_cells(reference, job.config)):
            found += make_bins(job, reference, left, () if found else segments, first)
            made = {(row["family"], row["feature"]) for row in found}
            made |= {("drift", feature) for family, feature in made if family == LEFT_OUT}
            left = [s for s in left if (s.family, s.feature) not in made]
    return found, left


def _store_bins(job, rows, predicate):
    ids = sorted(row["bins_id"] for row in rows if row.get("bins_id"))
    stamp = {"model": job.model, "reference_id": reference_id(job.config.references[0], ids),
             "frozen_at": to_datetime(job.started_at)}
    job.store.replace(BINS, BINS.rows([{**row, **stamp} for row in rows]), predicate)


def _freeze_bins(job, first):
    with job.step("freeze bins") as told:
        sources, left_out, problems = _wanted(job)
        if problems:
            raise ContractError("\n".join(problems))
        found, without = _make_bins(job, sources, job.config.segments, first)
        if not any(row["sample_rows"] for row in found):
            raise ReferenceMissingError(no_rows(job.config.references[0], job))
        left_out += [(s.feature, "no_reference") for s in without]
        found += [left_out_row(name, why, job.layout.types.get(name)) for name, why in left_out]
        told["text"] = f"{sum(row['family'] not in (SEGMENT, LEFT_OUT) for row in found)} features"
        _store_bins(job, found, of_model(job.model))
    return as_frozen(job, found)


def _freeze_later(job, frozen, first):
    """Freeze alone, from the same references, the features that the configuration names since the bins were frozen.

    `features: auto` was resolved when they were: a column that came later is reported as new, and not counted.
    """
    automatic = job.config.predictions.features.include is None
    sources, _, problems = _wanted(job)
    # By now a column that is gone or has another type fails its feature only, and the run says so.
    job.notes += problems
    later = [s for s in sources if (s.family, s.feature) not in frozen.bins
             and not (s.family == PERFORMANCE and s.feature in frozen.scores)
             and frozen.left_out.get(s.feature) not in ("mostly_distinct", "no_reference")
             and not (automatic and s.family == "drift")]
    if not later:
        return frozen
    with job.step("freeze later features") as told:
        made = _make_bins(job, later, (), first)[0]
        # A reference whose rows are gone, or are all older than the column, has no value to make bins from.
        found = [row for row in made if row["family"] == LEFT_OUT or row["sample_rows"]]
        with_bins = {row["feature"] for row in found}
        found += [left_out_row(s.feature, "no_reference", s.data_type) for s in later if s.feature not in with_bins]
        made = as_frozen(job, [*found, *_segment_rows(frozen)])
        alone = replace(frozen, bins=made.bins, scores=made.scores)
        one_by_one = " OR ".join(f"(feature = {literal(feature)} AND family = {literal(family)})"
                                 for family, feature in alone.bins)
        for reference in job.config.references:
            if has_own_cells(reference, job.config) and alone.bins:
                _store_cells(job, span_of(job, reference, first), alone, stored_references(job)[reference.name],
                             one_by_one)
            if has_own_cells(reference, job.config) and alone.scores:
                count_reference_labels(job, reference, span_of(job, reference, first), alone)
        mine = " OR ".join(f"(feature = {literal(s.feature)} AND family IN ({literal(s.family)}, 'left_out'))"
                           for s in later)
        _store_bins(job, found, of_model(job.model, mine))
        told["text"] = ", ".join(s.feature for s in later)
    return replace(frozen, bins={**frozen.bins, **alone.bins}, scores={**frozen.scores, **alone.scores})


def _segment_rows(frozen):
    return [{"family": SEGMENT, "feature": s.name, "categories": s.values} for s in frozen.segments if s.name]


def _store_cells(job, span, frozen, row, condition=None):
    """Count a reference and replace its cells; under a condition those of some features only, without the rows'."""
    def write(feed):
        cells = count_reference(job, span, frozen, feed)
        for name, value in (("model", job.model), ("reference", row["reference"]),
                            ("reference_id", row["reference_id"])):
            cells = with_column(cells, name, value)
        if condition:
            cells = without_rows(cells)
        mine = of_model(job.model, f"reference = {literal(row['reference'])}", condition)
        job.store.replace(REFERENCE_CELLS, cells, mine)

    with_fallback(job, choose_feed(job.spark, job.config, span.source, span.layout,
                                   listed=job.shared.listing), write)


def _freeze_reference(job, reference, frozen, first):
    """Store one reference: its cells where it has rows of its own, and then the row that says it is frozen."""
    ids = sorted(bins.bins_id for bins in frozen.bins.values())
    row = {"model": job.model, "reference": reference.name, "reference_id": reference_id(reference, ids),
           "kind": reference.kind, "definition": definition(reference), "frozen_at": to_datetime(job.started_at),
           "purposes": ["bins", "comparison"] if reference == job.config.references[0] else ["comparison"]}
    if has_own_cells(reference, job.config):
        with job.step(f"count reference {reference.name}") as told:
            span = span_of(job, reference, first)
            _store_cells(job, span, frozen, row)
            total = _total_rows(job, reference)
            if not total:
                raise ReferenceMissingError(no_rows(reference, job))
            count_reference_labels(job, reference, span, frozen)
            told["text"] = f"{total:,} rows"
        row.update(source_table=span.source.table, source_id=span.source.id, source_version=span.source.version)
        if span.layout.raw_time:
            if job.labels is not None:
                row["outcomes_as_of"] = job.labels.as_of
            row.update(low=span.start, high=span.end)
            row.update(slices=len(span.bounds) - 1, span_start=to_datetime(span.start), span_end=to_datetime(span.end))
    written = {**row, "outcomes_as_of": to_datetime(row["outcomes_as_of"]) if row.get("outcomes_as_of") else None}
    job.store.replace(REFERENCES, REFERENCES.rows([written]),
                      of_model(job.model, f"reference = {literal(reference.name)}"))
    return row


def _total_rows(job, reference):
    whole = f"reference = {literal(reference.name)} AND slice IS NULL AND segment IS NULL AND feature = '{ROWS}'"
    return pc.sum(job.store.fetch(REFERENCE_CELLS, of_model(job.model, whole))["row_count"]).as_py()
