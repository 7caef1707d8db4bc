"""Which rates can be equal between groups, and which cells each rate is taken of."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spark_monitor.catalogue import Catalogue

# (decision, outcome): index 0 negative, 1 positive, 2 none or unlabelled.
TN, FN, FP, TP = (0, 0), (0, 1), (1, 0), (1, 1)
REJECTED, SELECTED = (TN, FN, (0, 2)), (FP, TP, (1, 2))
POSITIVE, NEGATIVE = (FN, TP, (2, 1)), (TN, FP, (2, 0))


def plain_rate(share, size):
    """Return the only part as it is."""
    return share[0], size[0]


def mean_of_two(share, size):
    """Return the mean of two shares of different rows, and the size of one share as sure as that.

    The size is p (1 - p) / variance by the delta method, with half a row added to each cell so that it is never 0 / 0.
    """
    value = share.mean(axis=0)
    p = (share * size + 0.5) / (size + 1)
    middle = p.mean(axis=0)
    # A part without rows has no share, so that the value is NaN; its size must only not divide by 0.
    variance = (p * (1 - p) / np.where(size > 0, size, 1)).sum(axis=0) / 4
    return value, np.where((size > 0).all(axis=0), middle * (1 - middle) / variance, 0.0)


def f1_of_jaccard(share, size):
    """Return F1 = 2 J / (1 + J) of J = TP / (TP + FP + FN), and the size n (1 + J)^2 / 2 by the delta method."""
    return 2 * share[0] / (1 + share[0]), size[0] * (1 + np.nan_to_num(share[0])) ** 2 / 2


@dataclass(frozen=True)
class Criterion:
    """A rate that is to be equal between groups.

    Parameters
    ----------
    name : str
    parts : tuple of (hits, all)
        One share, or two, each of the cells (decision, outcome) in `hits` among those in `all`.
    means : str
        What equality of it is called.
    source : str
    higher_is_better : bool
        Which end is the best group.
    reason : str
        Why it is undefined where `all` is empty.
    combine : callable
        From shares and effective sizes of the parts, shape (P, ...), to value and effective size of the rate.
    """

    name: str
    parts: tuple
    means: str
    source: str
    higher_is_better: bool = True
    reason: str = "no_outcomes"
    combine: Callable = plain_rate


HARDT = "M. Hardt, E. Price, N. Srebro (2016), NeurIPS 29"
VERMA = "S. Verma, J. Rubin (2018), Fairness definitions explained, FairWare"
CHOULDECHOVA = "A. Chouldechova (2017), Big Data 5(2), 153-163"

CRITERIA = Catalogue(
    Criterion("selection_rate", ((SELECTED, SELECTED + REJECTED),), "statistical parity; as a ratio disparate impact",
              "29 CFR 1607.4 D (four-fifths rule)", reason="no_decisions"),
    Criterion("base_rate", ((POSITIVE, POSITIVE + NEGATIVE),), "equal label rates", VERMA),
    Criterion("recall", (((TP,), (TP, FN)),), "equal opportunity", HARDT, reason="one_class"),
    Criterion("false_positive_rate", (((FP,), (FP, TN)),), "predictive equality", CHOULDECHOVA, False, "one_class"),
    Criterion("false_negative_rate", (((FN,), (TP, FN)),), "equal miss rates", CHOULDECHOVA, False, "one_class"),
    Criterion("specificity", (((TN,), (FP, TN)),), "equal true negative rates", VERMA, reason="one_class"),
    Criterion("precision", (((TP,), (TP, FP)),), "predictive parity", CHOULDECHOVA, reason="no_predicted_positives"),
    Criterion("false_discovery_rate", (((FP,), (TP, FP)),), "equal false discovery", VERMA, False,
              "no_predicted_positives"),
    Criterion("negative_predictive_value", (((TN,), (TN, FN)),), "equal negative predictive value", VERMA,
              reason="no_predicted_negatives"),
    Criterion("false_omission_rate", (((FN,), (TN, FN)),), "equal false omission", VERMA, False,
              "no_predicted_negatives"),
    Criterion("accuracy", (((TP, TN), (TP, TN, FP, FN)),), "overall accuracy equality", VERMA),
    Criterion("error_rate", (((FP, FN), (TP, TN, FP, FN)),), "equal error rates", VERMA, False),
    Criterion("treatment_equality", (((FN,), (FN, FP)),), "equal share of misses among errors, so equal FN / FP",
              "R. Berk et al. (2018), Sociological Methods & Research 50(1), 3-44", False, "no_errors"),
    Criterion("balanced_accuracy", (((TP,), (TP, FN)), ((TN,), (FP, TN))), "equal balanced accuracy",
              "K. Brodersen et al. (2010), ICPR", reason="one_class", combine=mean_of_two),
    Criterion("f1", (((TP,), (TP, FP, FN)),), "equal F1", "C. van Rijsbergen (1979), Information Retrieval, 2nd ed.",
              reason="no_positives", combine=f1_of_jaccard),
    Criterion("average_odds", (((TP,), (TP, FN)), ((FP,), (FP, TN))), "average odds difference: mean of both rates",
              "R. Bellamy et al. (2018), AI Fairness 360, arXiv 1810.01943", reason="one_class", combine=mean_of_two),
    Criterion("average_predictive_value", (((TP,), (TP, FP)), ((FN,), (TN, FN))),
              "average predictive value difference", "R. Bellamy et al. (2018), AI Fairness 360, arXiv 1810.01943",
              reason="one_decision", combine=mean_of_two),
)
