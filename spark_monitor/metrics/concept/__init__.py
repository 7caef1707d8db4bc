"""Whether what scores mean has changed, told apart from a change of the rows that are scored."""

from dataclasses import dataclass, field

import numpy as np

from spark_monitor.catalogue import Catalogue

SPLIT = "Steps of the path reference -> mix -> label rate -> current, see split.py"


@dataclass(frozen=True)
class ConceptMetric:
    """What a number about a change from the reference, and about its kind, declares about itself.

    The functions of this folder compute them; fields as in `PerformanceMetric`.
    """

    name: str
    formula: str
    source: str
    lower: float = -np.inf
    upper: float = np.inf
    direction: str = "two_sided"
    unit: str = ""
    family: str = field(default="concept", init=False)


RELATION_SHIFT = ConceptMetric(
    "relation_shift", "root mean square over rows of P(y | score bin) less the reference's, within segment values",
    "Mantel and Haenszel (1959), JNCI 22, 719-748; over-dispersion: McCullagh and Nelder (1989), section 4.5",
    lower=0.0, upper=1.0, direction="higher_is_worse")
CONCEPT_KIND = ConceptMetric(
    "concept_kind", "0 none, 1 covariate, 2 label, 3 relation: by tests of P(y | score) and P(score | y) at 5 %",
    "Both tests as relation_shift and scores_given_outcome_p have them", lower=0.0, upper=3.0,
    direction="higher_is_worse")
SCORES_P = ConceptMetric(
    "scores_given_outcome_p", "p-value of equal scores within each outcome class",
    "van Elteren (1960), Bulletin of the International Statistical Institute 37, 351-361", lower=0.0, upper=1.0,
    direction="lower_is_worse")
BASE_RATE_SHIFT = ConceptMetric(
    "base_rate_shift", "base rate less the reference's", "Newcombe (1998), Statistics in Medicine 17, 873-890",
    lower=-1.0, upper=1.0)
EFFECTS = (
    ConceptMetric("mix_effect", "the metric's change that is owed to other rows", SPLIT),
    ConceptMetric("label_rate_effect", "the metric's change that is owed to more or fewer positives", SPLIT),
    ConceptMetric("relation_effect", "the rest of the metric's change: scores mean something else", SPLIT),
)
CONCEPT_METRICS = Catalogue(RELATION_SHIFT, *EFFECTS, BASE_RATE_SHIFT, CONCEPT_KIND, SCORES_P)
