"""Metric rows of predicted values beside their outcomes: how far off they are, and how much of the truth has come."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.cells.error_arrow import read_error_folds, read_errors, read_losses, to_error_folds
from spark_monitor.metrics.bias import ERROR_METRICS
from spark_monitor.metrics.loss_cells import LossCells
from spark_monitor.metrics.performance.regression import REGRESSION_METRICS, has_parameter, regression_metric
from spark_monitor.results.bias import evaluate_bias
from spark_monitor.results.bias_means import means_of
from spark_monitor.results.expected_errors import evaluate_expected_errors
from spark_monitor.results.labelled import delay_cells, label_targets
from spark_monitor.results.performance import arrival_rows, conflict_rows, performance_rows, truth_of

MOST_TARGETS = 20_000


@dataclass(frozen=True)
class ErrorSide:
    """Error cells of K things that are looked at: windows, or the units of a reference; as `Side` for scores.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds or None
    delays : DelayCells
        Of one class.
    losses : LossCells
    """

    cells: object
    folds: object
    delays: object
    losses: object

    @classmethod
    def of(cls, table, slices, groups, size, scores):
        """Read the cells of rows of `ERROR_SCHEMA` of which row i, of `slices[i]`, goes to thing `groups[i]`."""
        cells = read_errors(table, scores.pivot).merge(groups, size)
        folds = to_error_folds(read_error_folds(table, groups), size)
        bins = scores.edges + 1
        losses = LossCells.of_sums(read_losses(table, groups, bins), size, bins)
        return cls(cells, folds, delay_cells(table, slices, groups, size, scores, classes=1), losses)

    @property
    def rows(self):
        """Predictions, labelled or not, shape (K,)."""
        return self.cells.row_count

    @property
    def effective(self):
        """The same: weights of unlabelled predictions are not kept."""
        return self.rows.astype(float)

    @property
    def labelled_rows(self):
        """Predictions with an outcome, shape (K,)."""
        return self.cells.labelled_rows

    def blocks(self, picked):
        """Yield places of `picked` in blocks that are small enough to be computed at once."""
        for start in range(0, len(picked), MOST_TARGETS):
            yield np.arange(start, min(start + MOST_TARGETS, len(picked)))

    def take(self, picked):
        """Return the cells and fold sums of some of them."""
        return self.cells.take(picked), None if self.folds is None else self.folds.take(picked)


def evaluate_errors(table, request):
    """Yield the metric rows of error cells, as record batches of the `metrics` table.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of `error_cells` sorted by unit; those of references have their name in `reference`.
    request : EvaluationRequest
    """
    labelled = label_targets(table, request, ErrorSide)
    if labelled is None:
        return
    curves = labelled.curves()
    truth = truth_of(labelled, curves)
    yield from arrival_rows(labelled, curves, truth)
    yield from conflict_rows(labelled)
    yield from performance_rows(labelled, truth, error_metrics(request.selections))
    yield from evaluate_bias(labelled, truth, tuple(ERROR_METRICS.values()), means_of)
    yield from evaluate_expected_errors(labelled, curves, truth)


def error_metrics(selections):
    """Return the specs of all listed metrics of errors, and of those with a parameter that are selected by name.

    Parameters
    ----------
    selections : dict of str to Selection

    Examples
    --------
    >>> from spark_monitor.metrics.selection import selected
    >>> [spec.name for spec in error_metrics({"overall": selected(["mae", "within@15"], "overall")})][-2:]
    ['interval_width', 'within@15']
    """
    named = sorted({name for selection in selections.values() for name in selection.names if has_parameter(name)})
    return [*REGRESSION_METRICS.values(), *map(regression_metric, named)]
