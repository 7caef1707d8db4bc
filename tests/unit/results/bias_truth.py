"""Two random logs, and what fairlearn and scikit-learn say of a log's groups."""

import fairlearn.metrics as fairlearn
import pandas as pd
from bias_logs import drawn
from sklearn import metrics as sklearn

LOG, OLD = drawn(6000, range(3), 1), drawn(5000, range(-5, 0), 2)


def rate(numerator, denominator):
    def of(y_true, y_pred):
        return numerator(y_true, y_pred).sum() / denominator(y_true, y_pred).sum()

    return of


# By criterion: the rate, as fairlearn or scikit-learn counts it, and the rows of its denominator.
TRUTH = {
    "recall": (fairlearn.true_positive_rate, lambda y, d: y == 1),
    "false_positive_rate": (fairlearn.false_positive_rate, lambda y, d: y == 0),
    "false_negative_rate": (fairlearn.false_negative_rate, lambda y, d: y == 1),
    "specificity": (fairlearn.true_negative_rate, lambda y, d: y == 0),
    "precision": (sklearn.precision_score, lambda y, d: d == 1),
    "false_discovery_rate": (rate(lambda y, d: (y == 0) & (d == 1), lambda y, d: d == 1), lambda y, d: d == 1),
    "negative_predictive_value": (rate(lambda y, d: (y == 0) & (d == 0), lambda y, d: d == 0), lambda y, d: d == 0),
    "false_omission_rate": (rate(lambda y, d: (y == 1) & (d == 0), lambda y, d: d == 0), lambda y, d: d == 0),
    "accuracy": (sklearn.accuracy_score, lambda y, d: y >= 0),
    "error_rate": (sklearn.zero_one_loss, lambda y, d: y >= 0),
    "balanced_accuracy": (sklearn.balanced_accuracy_score, None),
    "f1": (sklearn.f1_score, lambda y, d: (y == 1) | (d == 1)),
    "base_rate": (lambda y, d: y.mean(), lambda y, d: y >= 0),
}


def frames(rows, criterion):
    """Return fairlearn's frame of one criterion over the groups with 30 rows of the denominator at least."""
    y, d = rows["y"].astype(float), rows["d"].astype(int)
    if criterion == "selection_rate":
        compute, enough = fairlearn.selection_rate, y.notna() | True
        y = y.fillna(0)
    else:
        known = y.notna()
        rows, y, d = rows[known], y[known].astype(int), d[known]
        compute, of = TRUTH[criterion]
        enough = of(y, d) if of else None
    if enough is None:
        rows_of = pd.concat([(y == c).groupby(rows["carrier"]).sum() for c in (0, 1)], axis=1).min(axis=1)
    else:
        rows_of = enough.groupby(rows["carrier"]).sum()
    keep = rows["carrier"].isin(rows_of.index[rows_of >= 30])
    frame = fairlearn.MetricFrame(metrics=compute, y_true=y[keep], y_pred=d[keep],
                                  sensitive_features=rows["carrier"][keep])
    return frame, set(rows_of.index[rows_of >= 30])
