"""Which numbers say whether a model treats groups alike: every criterion, as a difference and as a ratio."""

from dataclasses import dataclass, field

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.bias.criteria import CRITERIA
from spark_monitor.metrics.bias.measures import MEASURES


@dataclass(frozen=True)
class BiasMetric:
    """One criterion compared in one way of counting; the functions that compare it take both names.

    Parameters
    ----------
    name : str
    criterion : str
        A name of `CRITERIA`.
    measure : {"difference", "ratio"}
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


BIAS_METRICS = Catalogue(*[
    BiasMetric(f"{criterion.name}_{measure}", criterion.name, measure, formula=f"{criterion.means}, as a {measure}",
               source=criterion.source, lower=-1.0 if measure == "difference" else 0.0,
               upper=1.0 if measure == "difference" else float("inf"),
               direction="higher_is_worse" if measure == "difference" else "lower_is_worse")
    for criterion in CRITERIA.values() for measure in MEASURES
])
