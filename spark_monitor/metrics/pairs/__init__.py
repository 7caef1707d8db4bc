"""Which of two versions of a model is the better one, on the same rows or on different ones."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.pairs.agreement import decision_kappa, equal_share
from spark_monitor.metrics.pairs.discordance import mcnemar
from spark_monitor.metrics.pairs.paired import (
    accuracy_difference, loss_difference, precision_difference, recall_difference, specificity_difference,
)

NEWCOMBE = "Interval: R. Newcombe (1998), Statistics in Medicine 17, 2635-2650, method 10; p-value: McNemar's mid-p"
CLASSES = ("binary", "multiclass")
LOSSES = ("log_loss", "squared_error", "zero_one_loss")


@dataclass(frozen=True)
class ChampionMetric:
    """A number that compares another version of a model, the challenger, with the champion.

    `compute(cells)` takes the `PairedCells` of K targets, the champion first, and returns an `Estimate`; differences
    are the challenger's number less the champion's. Further fields as in `PerformanceMetric`.
    """

    name: str
    compute: Callable
    formula: str
    source: str
    tasks: tuple = ("binary",)
    needs: tuple = ("decision", "outcome")
    lower: float = -1.0
    upper: float = 1.0
    direction: str = "lower_is_worse"
    unit: str = ""
    family: str = field(default="champion", init=False)


CHAMPION_METRICS = Catalogue(
    ChampionMetric(
        "agreement_with_champion", equal_share, "rows that both versions decide alike / rows that both decide",
        "Interval: E. B. Wilson (1927), JASA 22, 209-212", CLASSES, ("decision",), lower=0.0, direction="two_sided"),
    ChampionMetric(
        "kappa_with_champion", decision_kappa, "(agreement - agreement by chance) / (1 - agreement by chance)",
        "J. Cohen (1960), Educational and Psychological Measurement 20, 37-46", needs=("decision",),
        direction="two_sided"),
    ChampionMetric(
        "mcnemar", mcnemar, "(b - c)^2 / (b + c), b and c: rows that only the one, and only the other, is right about",
        "Q. McNemar (1947), Psychometrika 12, 153-157; p-value: exact binomial", CLASSES, lower=0.0, upper=np.inf,
        direction="two_sided"),
    ChampionMetric("accuracy_vs_champion", accuracy_difference, "accuracy - the champion's", NEWCOMBE, CLASSES),
    ChampionMetric("recall_vs_champion", recall_difference, "recall - the champion's", NEWCOMBE),
    ChampionMetric("specificity_vs_champion", specificity_difference, "specificity - the champion's", NEWCOMBE),
    ChampionMetric(
        "precision_vs_champion", precision_difference, "precision - the champion's",
        "C. Moskowitz and M. Pepe (2006), Clinical Trials 3, 272-279"),
    ChampionMetric(
        "loss_vs_champion", loss_difference,
        "mean loss - the champion's; feature says of which: log_loss (clip 1e-15), squared_error or zero_one_loss",
        "Interval and p-value: normal, of paired differences", (*CLASSES, "regression"), ("outcome",), lower=-np.inf,
        upper=np.inf, direction="higher_is_worse"),
)
