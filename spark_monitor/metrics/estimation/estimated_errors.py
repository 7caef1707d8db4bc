"""Which errors of a regression are estimated before outcomes are known."""

from dataclasses import dataclass, field

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.estimation.expected_loss import expected_losses
from spark_monitor.metrics.performance.regression.mae import MAE
from spark_monitor.metrics.performance.regression.mean_error import MEAN_ERROR
from spark_monitor.metrics.performance.regression.mse import MSE, RMSE
from spark_monitor.metrics.spec import PerformanceMetric


@dataclass(frozen=True)
class EstimatedError:
    """An error of a regression, estimated from the reference's errors at current predictions.

    Parameters
    ----------
    realised : PerformanceMetric
        The metric itself; the estimate has its name.

    Examples
    --------
    >>> EstimatedError(MAE).name
    'mae'
    """

    realised: PerformanceMetric
    family: str = field(default="estimated", init=False)

    @property
    def name(self):
        """Name of the metric."""
        return self.realised.name

    @property
    def formula(self):
        """The metric's own formula, of expected losses."""
        return f"{self.realised.formula}; losses: means of the reference by segment and bin of prediction"

    @property
    def source(self):
        """Where the estimate is taken from."""
        return "NannyML's direct loss estimation with a table of means as loss model, nannyml.readthedocs.io"

    def compute(self, curves, weight, weight_sq, rows, band="realised"):
        """Return the estimate with one of its bands, see `expected_losses`."""
        return expected_losses(curves, weight, weight_sq, rows, band)[self.name]


ESTIMATED_ERRORS = Catalogue(EstimatedError(MAE), EstimatedError(RMSE), EstimatedError(MSE), EstimatedError(MEAN_ERROR))
