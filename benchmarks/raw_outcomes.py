"""What predictions and outcomes give when scikit-learn and fairlearn count them row by row."""

import warnings

import numpy as np
from scipy.stats import ks_2samp
from sklearn import metrics as sk

try:
    from fairlearn import metrics as fair
except ImportError:
    fair = None

FEWEST_OF_A_CLASS = 5
GROUP_SUPPORT = 30
CLIP = 1e-15
NEEDS_BOTH = (
    "precision", "recall", "specificity", "f1", "balanced_accuracy", "mcc", "cohen_kappa", "brier", "log_loss",
    "roc_auc", "average_precision", "gini", "score_ks",
)
CLASSIFIER = (
    "selection_rate", "base_rate", "true_positives", "false_positives", "false_negatives", "true_negatives", "accuracy",
    *NEEDS_BOTH,
)
REGRESSION = ("mae", "mse", "rmse", "mean_error", "mape", "smape", "wape", "r2")


def _of_decisions(y, d):
    (tn, fp), (fn, tp) = sk.confusion_matrix(y, d, labels=[0, 1])
    # Without a decision of each kind scikit-learn calls a coefficient 0 that is 0 / 0.
    varied = len(set(d)) > 1
    return {
        "true_positives": tp, "false_positives": fp, "false_negatives": fn, "true_negatives": tn,
        "accuracy": sk.accuracy_score(y, d), "precision": precision(y, d), "recall": recall(y, d),
        "specificity": specificity(y, d), "f1": sk.f1_score(y, d, zero_division=np.nan),
        "balanced_accuracy": sk.balanced_accuracy_score(y, d),
        "mcc": sk.matthews_corrcoef(y, d) if varied else np.nan, "cohen_kappa": sk.cohen_kappa_score(y, d),
    }


def _of_scores(y, s):
    auc = sk.roc_auc_score(y, s)
    return {
        "brier": sk.brier_score_loss(y, s), "log_loss": sk.log_loss(y, np.clip(s, CLIP, 1 - CLIP), labels=[0, 1]),
        "roc_auc": auc, "gini": 2 * auc - 1, "average_precision": sk.average_precision_score(y, s),
        "score_ks": ks_2samp(s[y == 1], s[y == 0], method="asymp").statistic,
    }


def performance(y, d, s):
    """Return metric -> number of rows that all have a decision (0 or 1) and a score; NaN where it is undefined.

    Parameters
    ----------
    y : ndarray of float64
        1, 0, or NaN where no outcome is known.
    d : ndarray of int
    s : ndarray of float64
    """
    known = ~np.isnan(y)
    of_all = {"selection_rate": d.mean() if len(d) else np.nan}
    y, d, s = y[known].astype(int), d[known], s[known]
    if not len(y):
        return of_all
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numbers = of_all | {"base_rate": y.mean()} | _of_decisions(y, d)
        if len(set(y)) > 1:
            numbers |= _of_scores(y, s)
    if min(y.sum(), len(y) - y.sum()) < FEWEST_OF_A_CLASS:
        numbers |= dict.fromkeys(NEEDS_BOTH, np.nan)
    return numbers


def regression(y, p):
    """Return metric -> number of rows whose outcome and prediction are both known, as `performance` does."""
    if not len(y):
        return {}
    mse = sk.mean_squared_error(y, p)
    scale, nonzero = np.abs(y) + np.abs(p), y != 0
    numbers = {
        "mae": sk.mean_absolute_error(y, p), "mse": mse, "rmse": sk.root_mean_squared_error(y, p),
        "mean_error": np.mean(p - y), "wape": np.abs(p - y).sum() / np.abs(y).sum() if nonzero.any() else np.nan,
        "smape": np.mean(2 * np.abs(p - y)[scale > 0] / scale[scale > 0]) if (scale > 0).any() else np.nan,
        "mape": sk.mean_absolute_percentage_error(y[nonzero], p[nonzero]) if nonzero.any() else np.nan,
    }
    return numbers | {"r2": sk.r2_score(y, p) if len(set(y)) > 1 else np.nan}


def precision(y, d):
    """Return TP / (TP + FP), NaN for 0 / 0."""
    return sk.precision_score(y, d, zero_division=np.nan)


def recall(y, d):
    """Return TP / (TP + FN), NaN for 0 / 0."""
    return sk.recall_score(y, d, zero_division=np.nan)


def specificity(y, d):
    """Return TN / (TN + FP), NaN for 0 / 0."""
    return sk.recall_score(y, d, pos_label=0, zero_division=np.nan)


def predicted_negative_right(y, d):
    """Return TN / (TN + FN), NaN for 0 / 0."""
    return sk.precision_score(y, d, pos_label=0, zero_division=np.nan)


def treatment(y, d):
    """Return FN / (FN + FP), NaN for 0 / 0."""
    wrong = y != d
    return np.mean(y[wrong]) if wrong.any() else np.nan


# Criterion -> (the rate, which rows its denominator holds; for two rates the smaller one counts).
CRITERIA = {
    "selection_rate": (lambda y, d: np.mean(d), lambda y, d: len(y)),
    "base_rate": (lambda y, d: np.mean(y), lambda y, d: len(y)),
    "recall": (recall, lambda y, d: sum(y)),
    "false_positive_rate": (lambda y, d: 1 - specificity(y, d), lambda y, d: sum(1 - y)),
    "false_negative_rate": (lambda y, d: 1 - recall(y, d), lambda y, d: sum(y)),
    "specificity": (specificity, lambda y, d: sum(1 - y)),
    "precision": (precision, lambda y, d: sum(d)),
    "false_discovery_rate": (lambda y, d: 1 - precision(y, d), lambda y, d: sum(d)),
    "negative_predictive_value": (predicted_negative_right, lambda y, d: sum(1 - d)),
    "false_omission_rate": (lambda y, d: 1 - predicted_negative_right(y, d), lambda y, d: sum(1 - d)),
    "accuracy": (sk.accuracy_score, lambda y, d: len(y)),
    "error_rate": (sk.zero_one_loss, lambda y, d: len(y)),
    "treatment_equality": (treatment, lambda y, d: sum(y != d)),
    "balanced_accuracy": (lambda y, d: (recall(y, d) + specificity(y, d)) / 2,
                          lambda y, d: min(sum(y), sum(1 - y))),
    "f1": (lambda y, d: sk.f1_score(y, d, zero_division=np.nan), lambda y, d: sum((y + d) > 0)),
    "average_odds": (lambda y, d: (recall(y, d) + 1 - specificity(y, d)) / 2, lambda y, d: min(sum(y), sum(1 - y))),
    "average_predictive_value": (lambda y, d: (precision(y, d) + 1 - predicted_negative_right(y, d)) / 2,
                                 lambda y, d: min(sum(d), sum(1 - d))),
}


def frame_of(criterion, y, d, group):
    """Return fairlearn's frame of a criterion over the groups with enough rows; None where fewer than two have them.

    Parameters
    ----------
    criterion : str
        A name of `CRITERIA`.
    y, d : ndarray
        As for `performance`.
    group : ndarray of str
    """
    rate, support = CRITERIA[criterion]
    kept = np.ones(len(y), bool) if criterion == "selection_rate" else ~np.isnan(y)
    y, d, group = np.nan_to_num(y[kept]).astype(int), d[kept], group[kept]
    enough = [name for name in np.unique(group) if support(y[group == name], d[group == name]) >= GROUP_SUPPORT]
    if len(enough) < 2:
        return None
    kept = np.isin(group, enough)
    return fair.MetricFrame(metrics=rate, y_true=y[kept], y_pred=d[kept], sensitive_features=group[kept])


def disparity(frame, measure, method):
    """Return fairlearn's difference or ratio of a frame, by "between_groups" or "to_overall"; NaN without a frame."""
    if frame is None:
        return np.nan
    if measure == "ratio" and not frame.by_group.max() > 0:
        return np.nan
    return float(getattr(frame, measure)(method=method))
