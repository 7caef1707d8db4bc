"""Which numbers say whether a model treats groups alike: every criterion, as a difference and as a ratio."""

from dataclasses import dataclass, field

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
        A name of `CRITERIA`, or "scoring_rate", or "equalized_odds".
    measure : {"difference", "ratio", "shrunk"}
        The last is no comparison, but each group's rate drawn towards that of all.
    formula, source : str
    lower, upper : float
    direction : {"higher_is_worse", "lower_is_worse", "two_sided"}
        Of the comparison between extreme groups.
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
    family: str = field(default="bias", init=False)


RATES = (
    *[(criterion.name, criterion.means, criterion.source) for criterion in CRITERIA.values()],
    (SCORING_RATE, "equal shares of scores above the median of all", "6 RCNY section 5-300"),
)
COMPARED = (*RATES, (EQUALIZED_ODDS, "equal recall and equal false positive rate, the worse of both", HARDT))

BIAS_METRICS = Catalogue(
    *[BiasMetric(f"{name}_{measure}", name, measure, formula=f"{means}, as a {measure}", source=source,
                 lower=-1.0 if measure == "difference" else 0.0, upper=1.0 if measure == "difference" else float("inf"),
                 direction="higher_is_worse" if measure == "difference" else "lower_is_worse")
      for name, means, source in COMPARED for measure in MEASURES],
    *[BiasMetric(f"{name}_{SHRUNK}", name, SHRUNK, formula=f"{name} of the group, drawn towards that of all groups",
                 source="J. Kleinman (1973), JASA 68, 46-54", lower=0.0, upper=1.0, direction="two_sided")
      for name, _, _ in RATES],
)
