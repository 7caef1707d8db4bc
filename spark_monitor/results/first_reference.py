"""How far the first reference can be leaned on: how much of its truth has come, and how it wanders by itself."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from spark_monitor.cells.score_arrow import read_cells, to_score_cells
from spark_monitor.metrics.maturity import DELAY_METRICS

HOURS = {"hour": 1, "day": 24, "week": 168, "month": 730}
MICROSECONDS = 3_600_000_000
FEWEST, MOST = 4, 100
IMMATURE = "reference_immature"


@dataclass(frozen=True)
class Spans:
    """The reference's units, each cut into the same P spans of time.

    Parameters
    ----------
    cells : ScoreCells
        One target a unit and span: span p of unit u is target ``u * count + p``.
    count : int
        P.
    """

    cells: object
    count: int


def whole_of(labelled):
    """Return the number of the unit that holds all rows."""
    return next(place for place, (segment, _) in enumerate(labelled.context.unit_keys) if segment is None)


def is_mature(labelled, curves):
    """Say whether as much of the reference's truth has come as windows need.

    Parameters
    ----------
    labelled : Labelled
    curves : DelayCurves
        Of the targets.
    """
    scores, whole = labelled.context.request.scores, whole_of(labelled)
    delays, targets = labelled.reference.delays, np.flatnonzero(labelled.unit == whole)
    alone = replace(delays, predictions=delays.predictions[[whole]])
    grown = DELAY_METRICS["maturity"].compute(alone, curves.take(targets[:1]), scores.reference_known).value[0]
    return bool(grown >= scores.least)


def span_numbers(slices, unit, grain):
    """Return the span of each slice, -1 for one that is in none, and how many spans there are.

    Spans are as long as a window of the grain, or shorter where fewer than four such spans fit; of more than a hundred,
    a hundred are picked, spread evenly. They follow from the reference and the grain alone, so that no number depends
    on which windows are computed beside it.

    Parameters
    ----------
    slices : ndarray of int64
        Beginnings of slices, microseconds.
    unit : {"hour", "day"}
        How long a slice is.
    grain : {"hour", "day", "week", "month"}

    Examples
    --------
    >>> day = 86_400_000_000
    >>> span_numbers(np.array([0, 6, 7, 27]) * day, "day", "week")
    (array([0, 0, 1, 3]), 4)
    >>> span_numbers(np.arange(5) * day, "day", "month")
    (array([0, 0, 1, 2, 3]), 4)
    """
    if not len(slices):
        return np.empty(0, np.int64), 1
    # Rounded, for days of a clock change are an hour shorter or longer.
    place = np.round((slices - slices.min()) / (HOURS[unit] * MICROSECONDS)).astype(np.int64)
    held = int(place.max()) + 1
    count = min(held, max(held * HOURS[unit] // HOURS[grain], FEWEST))
    number = place * count // held
    if count <= MOST:
        return number, count
    new = np.full(count, -1)
    new[np.arange(MOST) * count // MOST] = np.arange(MOST)
    return new[number], MOST


def reference_spans(labelled, grain):
    """Return the `Spans` of the first reference for windows of a grain.

    Parameters
    ----------
    labelled : Labelled
    grain : str
    """
    rows, groups, count = rows_by_span(labelled, grain)
    edges, size = labelled.context.request.scores.edges, len(labelled.context.unit_keys) * count
    return Spans(to_score_cells(read_cells(rows, groups, edges), size, edges), count)


def rows_by_span(labelled, grain):
    """Return the first reference's rows of state that are in a span, their unit * count + span, and the count."""
    scores, rows = labelled.context.request.scores, labelled.rows
    slices = rows.column("slice").cast(pa.int64()).combine_chunks().to_numpy(zero_copy_only=False)
    numbers, count = span_numbers(slices, scores.unit, grain)
    kept = np.flatnonzero(numbers >= 0)
    return rows.take(pa.array(kept)), labelled.row_units[kept] * count + numbers[kept], count
