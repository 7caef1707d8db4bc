"""How far a regression will be off, before outcomes are known: the reference's losses at current predictions."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.metrics.estimation.wander import between_variance
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.folds import link_interval
from spark_monitor.metrics.spec import Estimate

# By loss: its sum, and the sums of w^2 l and w^2 l^2, as `ErrorCells` has them.
LOSSES = {"mae": ("abs_error", "abs_e", "ee"), "mse": ("squared_error", "ee", "e4")}
FIELDS = ("mean", "row_variance", "own_variance", "borrowed", "bin_variance", "wander")


@dataclass(frozen=True)
class LossCurves:
    """Mean absolute and mean squared error by segment and prediction bin; axis 0 is the loss, by `LOSSES`.

    Parameters
    ----------
    mean : ndarray of float64, shape (2, S, P)
        Mean loss of a row, shrunk from the segment's own towards that of the prediction bin over all segments.
    row_variance : ndarray of float64, shape (2, S, P)
        Variance of the loss of a row.
    own_variance : ndarray of float64, shape (2, S, P)
        Variance of what the segment's own rows say of `mean`.
    borrowed : ndarray of float64, shape (2, S, P)
        Share of `mean` that comes from the bin over all segments.
    bin_variance : ndarray of float64, shape (2, P)
        Variance of the mean loss of a bin over all segments.
    wander : ndarray of float64, shape (2,)
        Variance, in proportion to its square, of how far a slice's mean loss is off beyond chance.
    """

    mean: np.ndarray
    row_variance: np.ndarray
    own_variance: np.ndarray
    borrowed: np.ndarray
    bin_variance: np.ndarray
    wander: np.ndarray

    @classmethod
    def of(cls, reference, segments, slices=None):
        """Average the losses of a reference.

        Parameters
        ----------
        reference : ErrorCells
            Segment s and prediction bin b are target s P + b; bins are in the order of predictions. A bin without a
            row takes the mean of the nearest one that has some.
        segments : int
            S.
        slices : ErrorCells, optional
            The same rows by slice: target (g S + s) P + b, of slices as long as the windows to be estimated.

        Raises
        ------
        ValueError
            If the reference has no row with an error and a weight.

        Notes
        -----
        How much segments differ beyond chance, in proportion to the bin's mean, is one number for each loss, by the
        method of moments (see `between_variance`); a segment's own mean counts as much as that leaves it.

        Examples
        --------
        >>> from spark_monitor.metrics.error_cells import ErrorCells
        >>> errors = np.tile([1.0, -1.0, 3.0, -3.0], 10)
        >>> cells = ErrorCells.of_rows(errors, np.zeros(40), target=np.tile([0, 0, 1, 1], 10))
        >>> LossCurves.of(cells, segments=1).mean[:, 0]
        array([[1., 3.],
               [1., 9.]])
        """
        shape = (segments, len(reference) // segments)
        weight, squares = (reference.of(name).reshape(shape) for name in ("weight", "weight_sq"))
        if not weight.sum() > 0:
            raise ValueError("the reference of an expected loss has no row with an error and a weight")
        found = [_curve(weight, squares, *_sums(reference, names, shape)) for names in LOSSES.values()]
        curves = cls(*(np.stack(part) for part in zip(*found, strict=True)), np.zeros(2))
        return curves if slices is None else curves._wandering(slices, (-1, *shape))

    def _wandering(self, slices, shape):
        """Return the curves with the wander that slices show."""
        weight, squares = (slices.of(name).reshape(shape) for name in ("weight", "weight_sq"))
        wander = []
        for at, names in enumerate(LOSSES.values()):
            loss = _sums(slices, names, shape)[0].sum(axis=(1, 2))
            expected = (weight * self.mean[at]).sum(axis=(1, 2))
            noise = (squares * self.row_variance[at]).sum(axis=(1, 2))
            effect = np.nan_to_num(ratio(loss - expected, expected))
            wander.append(between_variance(effect, np.nan_to_num(ratio(expected**2, noise))))
        return type(self)(*(getattr(self, name) for name in FIELDS[:-1]), np.array(wander))

    def to_state(self):
        """Return the curves as plain lists, for a row of a table."""
        return {name: getattr(self, name).tolist() for name in FIELDS}

    @classmethod
    def from_state(cls, state):
        """Return the curves that `to_state` was asked of; equal to the bit."""
        return cls(*(np.array(state[name], float) for name in FIELDS))


def expected_losses(curves, weight, weight_sq, rows, band="realised"):
    """Return the estimated `mae`, `mse` and `rmse` of K targets.

    Parameters
    ----------
    curves : LossCurves
    weight, weight_sq, rows : ndarray, shape (K, S, P)
        Sums of w and w^2, and rows, of all predictions by segment and prediction bin, with an outcome or without.
    band : {"realised", "population"}
        What `ci_low` and `ci_high` hold: the realised value of these very rows, or the value over all rows that could
        have come.

    Returns
    -------
    dict of str to Estimate
        In units of the outcome; of its square for `mse`. NaN: "no_rows", "no_weight".

    Notes
    -----
    Right while only the mix of segments and predictions shifts. Bands are those of the mean on the log scale, from the
    rows' own noise (or that of having drawn them), the reference's noise and its wander between slices.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> errors = np.tile([1.0, -1.0, 3.0, -3.0], 10)
    >>> curves = LossCurves.of(ErrorCells.of_rows(errors, np.zeros(40), target=np.tile([0, 0, 1, 1], 10)), segments=1)
    >>> now = np.array([[[30.0, 10.0]]])
    >>> {name: float(found.value[0].round(3)) for name, found in expected_losses(curves, now, now, now).items()}
    {'mae': 1.5, 'mse': 3.0, 'rmse': 1.732}
    """
    total, count = weight.sum(axis=(1, 2)), rows.sum(axis=(1, 2))
    reasons = np.full(len(total), None, object)
    reasons[total <= 0] = "no_weight"
    reasons[count == 0] = "no_rows"
    size = np.nan_to_num(ratio(total**2, weight_sq.sum(axis=(1, 2))))
    found = {}
    for at, name in enumerate(LOSSES):
        value = ratio((weight * curves.mean[at]).sum(axis=(1, 2)), total)
        if band == "realised":
            noise = (weight_sq * curves.row_variance[at]).sum(axis=(1, 2))
        else:
            noise = (weight_sq * (curves.mean[at] - np.nan_to_num(value)[:, None, None]) ** 2).sum(axis=(1, 2))
        lent = ((weight * curves.borrowed[at]).sum(axis=1) ** 2 * curves.bin_variance[at]).sum(axis=1)
        noise = noise + lent + (weight**2 * curves.own_variance[at]).sum(axis=(1, 2))
        deviation = np.sqrt(ratio(noise, total**2) + curves.wander[at] * value**2)
        found[name] = _estimate(value, *link_interval(value, deviation, "log"), count, size, reasons, band)
    square = found["mse"]
    found["rmse"] = _estimate(*(np.sqrt(end) for end in (square.value, square.ci_low, square.ci_high)), count, size,
                              reasons, band)
    return found


def _estimate(value, low, high, rows, size, reasons, band):
    """Return the parts as an `Estimate`; what binning costs is not known."""
    return Estimate(value, low, high, sample_size=rows, effective_size=size, ci_method=f"delta_log_{band}",
                    ci_level=CI_LEVEL, reasons=reasons)


def _sums(cells, names, shape):
    """Return the sums of a loss, and of w^2 times it and its square, in a shape."""
    loss, first, second = names
    total = cells.squared_error if loss == "squared_error" else cells.of(loss)
    return tuple(values.reshape(shape) for values in (total, cells.of(first), cells.of(second)))


def _curve(weight, squares, loss, loss_w2, loss_sq_w2):
    """Return the first five fields of `LossCurves` for one loss, from sums of shape (S, P)."""
    held = np.flatnonzero(weight.sum(axis=0) > 0)
    nearest = held[np.abs(np.arange(weight.shape[1])[:, None] - held).argmin(axis=1)]
    bins = ratio(loss.sum(axis=0), weight.sum(axis=0))[nearest]
    sums = (each.sum(axis=0)[nearest] for each in (loss_sq_w2, loss_w2, squares))
    second, first, held_squares = sums
    spread = np.maximum(ratio(second - 2 * bins * first, held_squares) + bins**2, 0.0)
    bin_size = ratio(weight.sum(axis=0) ** 2, squares.sum(axis=0))[nearest]
    # A lone row shows no spread of its own.
    spread = np.where(bin_size > 1, spread * ratio(bin_size, bin_size - 1), bins**2)
    size = np.nan_to_num(ratio(weight**2, squares))
    safe = np.where(bins > 0, bins, 1.0)
    relative = np.where(spread > 0, spread, 1.0) / safe**2
    effect = np.where(weight > 0, np.nan_to_num(ratio(loss, weight)) / safe - 1, 0.0)
    usable = (spread > 0) & (bins > 0)
    between = between_variance(effect.ravel(), np.where(usable, size / relative, 0.0).ravel())
    own = np.where(usable, between * size / (between * size + relative), 0.0)
    mean = bins * (1 + own * effect)
    return mean, spread * (mean / safe) ** 2, bins**2 * (1 - own) * between, 1 - own, spread / bin_size
