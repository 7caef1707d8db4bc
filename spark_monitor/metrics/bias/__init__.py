"""Which numbers say whether a model treats groups alike: every criterion, as a difference and as a ratio."""

from dataclasses import dataclass, field, replace

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.bias.criteria import CRITERIA, HARDT
from spark_monitor.metrics.bias.measures import MEASURES

SHRUNK, SCORING_RATE, EQUALIZED_ODDS = "shrunk", "scoring_rate", "equalized_odds"


@dataclass(frozen=True)
class BiasMetric:
    """One criterion compared in one way of counting; the functions that compare it take both names.

    Parameters
    ----------
    name : str
    criterion : str
        A name of `CRITERIA`, or "scoring_rate", "equalized_odds", "mean_error" or "mae".
    measure : {"difference", "ratio", "shrunk"}
        The last is no comparison, but each group's rate drawn towards that of all.
    formula, source : str
    lower, upper : float
    direction : {"higher_is_worse", "lower_is_worse", "two_sided"}
        Of the comparison between extreme groups.
    ranked : bool
        Whether one end is the best: groups are then compared with the best and the worst too.
    """

    name: str
    criterion: str
    measure: str
    formula: str
    source: str
    lower: float
    upper: float
    direction: str
    unit: str = ""
    ranked: bool = True
    family: str = field(default="bias", init=False)


AGARWAL = "A. Agarwal, M. Dudik, Z. Wu (2019), Fair regression, ICML, PMLR 97 (bounded group loss)"
RATES = (
    *[(criterion.name, criterion.means, criterion.source) for criterion in CRITERIA.values()],
    (SCORING_RATE, "equal shares of scores above the median of all", "6 RCNY section 5-300"),
)
COMPARED = (*RATES, (EQUALIZED_ODDS, "equal recall and equal false positive rate, the worse of both", HARDT))

INFINITE = float("inf")

SHARE_METRICS = Catalogue(
    *[BiasMetric(f"{name}_{measure}", name, measure, formula=f"{means}, as a {measure}", source=source,
                 lower=-1.0 if measure == "difference" else 0.0, upper=1.0 if measure == "difference" else INFINITE,
                 direction="higher_is_worse" if measure == "difference" else "lower_is_worse")
      for name, means, source in COMPARED for measure in MEASURES],
    *[BiasMetric(f"{name}_{SHRUNK}", name, SHRUNK, formula=f"{name} of the group, drawn towards that of all groups",
                 source="J. Kleinman (1973), JASA 68, 46-54", lower=0.0, upper=1.0, direction="two_sided")
      for name, _, _ in RATES],
)
ERROR_METRICS = Catalogue(
    BiasMetric("mean_error_difference", "mean_error", "difference", "equal mean errors, as a difference", AGARWAL,
               -INFINITE, INFINITE, "higher_is_worse", "outcome", ranked=False),
    BiasMetric("mae_difference", "mae", "difference", "equal mean absolute errors, as a difference", AGARWAL,
               -INFINITE, INFINITE, "higher_is_worse", "outcome"),
    BiasMetric("mae_ratio", "mae", "ratio", "equal mean absolute errors, as a ratio", AGARWAL, 0.0, INFINITE,
               "lower_is_worse"),
)
BIAS_METRICS = Catalogue(*SHARE_METRICS.values(), *ERROR_METRICS.values())
OF_CLASSES = ("selection_rate", "recall", "precision", "false_positive_rate")


def bias_of_class(name):
    """Return the facts of a comparison of one class against the rest, such as "recall_ratio:late".

    Raises
    ------
    KeyError
        If no comparison is called so.

    Examples
    --------
    >>> bias_of_class("recall_ratio:late").formula
    'late against the rest: equal opportunity, as a ratio'
    """
    base, _, label = name.partition(":")
    spec = SHARE_METRICS[base]
    if not label or spec.criterion not in OF_CLASSES or spec.measure == SHRUNK:
        raise KeyError(name)
    return replace(spec, name=name, formula=f"{label} against the rest: {spec.formula}")
