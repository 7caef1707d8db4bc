"""A joined row's decision, outcome, fold, delay and conflict as one whole number: where each stands, and how it is read.

What a row costs on its way to Python is its columns. From the lowest bit on the number holds

    2 bits  outcome + 2: none of the classes, none, negative, positive
    2 bits  decision + 1: none, negative, positive
    1 bit   whether outcomes of the row's key contradict each other
    5 bits  fold
    the rest: microseconds from the prediction to its outcome, + 1; at most `LONGEST`, and 0 for any that was known
            before, or that there is not
"""

import numpy as np
import pyarrow as pa

from spark_monitor.cells.kernel.conflicts import CONFLICT
from spark_monitor.cells.kernel.scores import FOLD, SCORE, code_scores, read_scores
from spark_monitor.metrics.maturity.delay_bins import BINS as DELAYS
from spark_monitor.metrics.maturity.delay_bins import EDGES, delay_bin
from spark_monitor.metrics.score_cells import FOLDS

PACKED = "p"
DECISION_AT, CONFLICT_AT, FOLD_AT, DELAY_AT = 2, 4, 5, 10
# What is longer than the last edge is in one bin.
LONGEST = int(EDGES[-1]) + 2


def unpack(numbers):
    """Return decision, outcome, conflict, fold and delay of packed rows, each an array.

    Parameters
    ----------
    numbers : ndarray of int64

    Examples
    --------
    >>> one = 3 | 2 << DECISION_AT | 1 << CONFLICT_AT | 31 << FOLD_AT | 61 << DELAY_AT
    >>> [part.tolist() for part in unpack(np.array([one, 1]))]
    [[1, -1], [1, -1], [True, False], [31, 0], [60, -1]]
    """
    return (((numbers >> DECISION_AT) & 3) - 1, (numbers & 3) - 2, (numbers >> CONFLICT_AT & 1).astype(bool),
            numbers >> FOLD_AT & FOLDS - 1, (numbers >> DELAY_AT) - 1)


def code_packed(batch, plan):
    """Return the `CodedRows` of a batch that has "p" in place of "d", "y", "known", "fold" and "conflict".

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    plan : ScorePlan
    """
    decision, outcome, conflict, fold, delay = unpack(batch.column(PACKED).to_numpy())
    score = read_scores(batch.column(SCORE)) if plan.scored else np.full(batch.num_rows, np.nan)
    delay = np.where(outcome >= 0, np.maximum(outcome, 0) * DELAYS + delay_bin(delay), -1)
    wide = batch.append_column(CONFLICT, pa.array(conflict)).append_column(FOLD, pa.array(fold))
    return code_scores(wide, plan, decision, outcome, score, delay)
