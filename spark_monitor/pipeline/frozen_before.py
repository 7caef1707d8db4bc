"""What was frozen before, read back from its tables: bins, values of segments, references."""

from dataclasses import dataclass, field

from spark_monitor.cells.freeze import LEFT_OUT, PERFORMANCE, SEGMENT, from_row
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.render import CROSSING
from spark_monitor.errors import ReferenceMissingError
from spark_monitor.pipeline.freezing import definition
from spark_monitor.results.request import ReferenceRequest
from spark_monitor.tables.state import BINS, REFERENCES
from spark_monitor.tables.store import of_model
from spark_monitor.windows import to_micros


@dataclass(frozen=True)
class Frozen:
    """What stands since the references were frozen.

    Parameters
    ----------
    bins : dict of (str, str) to Bins
        Family and feature to bins.
    segments : tuple of SegmentPlan
        Overall first; `columns` are columns of the log.
    left_out : dict of str to str
        Column to reason.
    references : tuple of ReferenceRequest
    scores : dict of str to Bins
        Bins of "score", or of each "score:<class>", where predictions are counted beside outcomes.
    """

    bins: dict
    segments: tuple
    left_out: dict
    references: tuple
    scores: dict = field(default_factory=dict)


def stored_references(job):
    """Return the stored row of each reference by name; one configured otherwise than it was frozen is refused."""
    known = {row["reference"]: _with_moments(row)
             for row in job.store.fetch(REFERENCES, of_model(job.model)).to_pylist()}
    for reference in job.config.references:
        row = known.get(reference.name)
        if row is not None and row["definition"] != definition(reference):
            raise ReferenceMissingError(
                f"reference {reference.name!r} was frozen as {row['definition']}, and is configured as "
                f"{definition(reference)}; `spark-monitor reference` freezes it anew")
    return known


def _with_moments(row):
    """Return a row of `references` with its times as numbers."""
    named = {"outcomes_as_of": "outcomes_as_of", "low": "span_start", "high": "span_end"}
    return row | {name: None if row[column] is None else to_micros(row[column]) for name, column in named.items()}


def stored_bins(job):
    """Return the stored bins and values of segments as `Frozen` without references; None where there are none."""
    found = job.store.fetch(BINS, of_model(job.model)).to_pylist()
    return as_frozen(job, found) if found else None


def as_frozen(job, rows):
    """Return rows of the `bins` table as `Frozen` without references."""
    bins = {(row["family"], row["feature"]): from_row(row) for row in rows if row["family"] not in (SEGMENT, LEFT_OUT)}
    scores = {feature: bins.pop((family, feature)) for family, feature in list(bins) if family == PERFORMANCE}
    values = {row["feature"]: tuple(row["categories"]) for row in rows if row["family"] == SEGMENT}
    names = [CROSSING.join(columns) for columns in job.config.segments]
    missing = [name for name in names if name not in values]
    if missing:
        raise ReferenceMissingError(f"segments {', '.join(missing)} came after the reference was frozen; "
                                    "`spark-monitor reference` freezes it anew")
    segments = (SegmentPlan(None), *[SegmentPlan(name, columns, values[name])
                                     for name, columns in zip(names, job.config.segments)])
    left_out = {row["feature"]: row["reason"] for row in rows if row["family"] == LEFT_OUT}
    return Frozen(bins, segments, left_out, (), scores)


def reference_request(row, reference):
    """Return what an evaluation needs to know of a reference, from its stored row and its configuration."""
    kind = "same_window" if reference.kind == "version" and reference.start is None else reference.kind
    return ReferenceRequest(reference.name, kind, row["reference_id"], row.get("slices"), reference.rolling,
                            reference.model_version, reference.match == "version",
                            row.get("outcomes_as_of") if kind == "table" else None,
                            None if row.get("low") is None or kind == "table" else (row["low"], row["high"]))
