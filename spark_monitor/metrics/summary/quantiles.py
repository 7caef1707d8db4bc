"""Which quantiles of a feature are reported."""

from functools import partial

from spark_monitor.metrics.quantiles import quantile
from spark_monitor.metrics.spec import FeatureMetric

PERCENTS = (1, 5, 25, 50, 75, 95, 99)

QUANTILES = tuple(
    FeatureMetric(
        name=f"p{percent:02d}", family="summary", compute=partial(quantile, level=percent / 100),
        formula=f"the ceil({percent / 100:g} n)-th smallest of n finite numbers, interpolated inside its bin",
        source="R. J. Hyndman, Y. Fan (1996), The American Statistician 50, 361-365, definition 1",
        applies_to=("numeric", "discrete"),
    )
    for percent in PERCENTS
)
