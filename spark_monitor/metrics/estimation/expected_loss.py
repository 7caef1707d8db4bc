"""How far a regression will be off, before outcomes are known: the reference's losses at current predictions."""

from dataclasses import dataclass, replace

import numpy as np

from spark_monitor.metrics.estimation.wander import between_variance
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.folds import link_interval
from spark_monitor.metrics.spec import Estimate

# By loss: its sum, and the sums of w^2 l and w^2 l^2, as `LossCells` has them.
LOSSES = {"mae": ("abs_error", "abs_e", "ee"), "mse": ("sq_error", "ee", "e4"), "mean_error": ("error", "e", "ee")}
# What can be below 0 is compared by how far it is off, everything else in proportion to what was expected.
SIGNED = ("mean_error",)
FIELDS = ("mean", "row_variance", "own_variance", "borrowed", "bin_variance", "wander")


@dataclass(frozen=True)
class LossCurves:
    """Mean absolute, squared and signed error by segment and prediction bin; axis 0 is the loss, by `LOSSES`.

    Parameters
    ----------
    mean : ndarray of float64, shape (3, S, P)
        Mean loss of a row, shrunk from the segment's own towards that of the prediction bin over all segments.
    row_variance : ndarray of float64, shape (3, S, P)
        Variance of the loss of a row.
    own_variance : ndarray of float64, shape (3, S, P)
        Variance of what the segment's own rows say of `mean`.
    borrowed : ndarray of float64, shape (3, S, P)
        Share of `mean` that comes from the bin over all segments.
    bin_variance : ndarray of float64, shape (3, P)
        Variance of the mean loss of a bin over all segments.
    wander : ndarray of float64, shape (3,)
        Variance of how far a slice's mean loss is off beyond chance, in proportion to its square but for `SIGNED`.
    """

    mean: np.ndarray
    row_variance: np.ndarray
    own_variance: np.ndarray
    borrowed: np.ndarray
    bin_variance: np.ndarray
    wander: np.ndarray

    @classmethod
    def of(cls, reference):
        """Average the losses of a reference, without `wander`.

        Parameters
        ----------
        reference : LossCells
            One target a segment, bins in the order of predictions. A bin without a row takes the mean of the nearest
            one that has some.

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
        >>> from spark_monitor.metrics.loss_cells import LossCells
        >>> errors, said = np.tile([1.0, -1.0, 3.0, -3.0], 10), np.tile([0.0, 0.0, 9.0, 9.0], 10)
        >>> LossCurves.of(LossCells.of_rows(said, said - errors, edges=[5.0])).mean[:, 0]
        array([[1., 3.],
               [1., 9.],
               [0., 0.]])
        """
        weight, squares = reference.of("known_weight"), reference.of("known_weight_sq")
        if not weight.sum() > 0:
            raise ValueError("the reference of an expected loss has no row with an error and a weight")
        found = {name: _curve(weight, squares, *(reference.of(part) for part in parts), name in SIGNED)
                 for name, parts in LOSSES.items()}
        # A segment of larger errors has errors that spread more.
        spread = np.maximum(found["mse"][0] - found["mean_error"][0] ** 2, 0.0)
        found["mean_error"] = (found["mean_error"][0], spread, *found["mean_error"][2:])
        return cls(*(np.stack(part) for part in zip(*found.values(), strict=True)), np.zeros(len(LOSSES)))

    def wandering(self, slices):
        """Return the curves with the wander that slices show.

        Parameters
        ----------
        slices : LossCells
            Target g S + s is segment s of slice g; slices as long as the windows to be estimated.
        """
        shape = (-1, *self.mean.shape[1:])
        weight, squares = (slices.of(name).reshape(shape) for name in ("known_weight", "known_weight_sq"))
        total, wander = weight.sum(axis=(1, 2)), []
        for at, (name, parts) in enumerate(LOSSES.items()):
            loss = slices.of(parts[0]).reshape(shape).sum(axis=(1, 2))
            expected = (weight * self.mean[at]).sum(axis=(1, 2))
            noise = (squares * self.row_variance[at]).sum(axis=(1, 2))
            reach = total if name in SIGNED else expected
            effect = np.nan_to_num(ratio(loss - expected, reach))
            wander.append(between_variance(effect, np.nan_to_num(ratio(reach**2, noise))))
        return replace(self, wander=np.array(wander))

    def of_targets(self, segment, wander):
        """Return the curves of K targets, each of one segment: S is 1, and axis 1 the target.

        Parameters
        ----------
        segment : ndarray of int64, shape (K,)
        wander : ndarray of float64, shape (K, 3)
            Of each target's own windows.
        """
        own = (getattr(self, name)[:, segment, None] for name in FIELDS[:4])
        shared = np.broadcast_to(self.bin_variance[:, None], (len(LOSSES), len(segment), self.mean.shape[2]))
        return type(self)(*own, shared, wander.T)

    def to_state(self):
        """Return the curves as plain lists, for a row of a table."""
        return {name: getattr(self, name).tolist() for name in FIELDS}

    @classmethod
    def from_state(cls, state):
        """Return the curves that `to_state` was asked of; equal to the bit."""
        return cls(*(np.array(state[name], float) for name in FIELDS))


def expected_losses(curves, weight, weight_sq, rows, band="realised"):
    """Return the estimated `mae`, `mse`, `mean_error` and `rmse` of K targets.

    Parameters
    ----------
    curves : LossCurves
        One for all targets, or `LossCurves.of_targets`.
    weight, weight_sq, rows : ndarray, shape (K, S, P)
        Sums of w and w^2, and rows, of all predictions by segment and prediction bin, with an outcome or without.
    band : {"realised", "population"}
        What `ci_low` and `ci_high` hold: the realised value of these very rows, or the value over all rows that could
        have come.

    Returns
    -------
    dict of str to Estimate
        In units of the outcome; of its square for `mse`. NaN: "no_predictions", "no_weight".

    Notes
    -----
    Right while only the mix of segments and predictions shifts. Bands are those of the mean, on the log scale but for
    `SIGNED`, from the rows' own noise (or that of having drawn them), the reference's noise and its wander between
    slices.

    Examples
    --------
    >>> from spark_monitor.metrics.loss_cells import LossCells
    >>> errors, said = np.tile([1.0, -1.0, 3.0, -3.0], 10), np.tile([0.0, 0.0, 9.0, 9.0], 10)
    >>> curves = LossCurves.of(LossCells.of_rows(said, said - errors, edges=[5.0]))
    >>> now = np.array([[[30.0, 10.0]]])
    >>> {name: float(found.value[0].round(3)) for name, found in expected_losses(curves, now, now, now).items()}
    {'mae': 1.5, 'mse': 3.0, 'mean_error': 0.0, 'rmse': 1.732}
    """
    total, count = weight.sum(axis=(1, 2)), rows.sum(axis=(1, 2))
    reasons = np.full(len(total), None, object)
    reasons[total <= 0] = "no_weight"
    reasons[count == 0] = "no_predictions"
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
        deviation = np.sqrt(ratio(noise, total**2) + curves.wander[at] * (1.0 if name in SIGNED else value**2))
        interval = link_interval(value, deviation, "identity" if name in SIGNED else "log")
        found[name] = _estimate(value, *interval, count, size, reasons, f"delta_{band}")
    square = found["mse"]
    found["rmse"] = _estimate(*(np.sqrt(end) for end in (square.value, square.ci_low, square.ci_high)), count, size,
                              reasons, square.ci_method)
    return found


def _estimate(value, low, high, rows, size, reasons, method):
    """Return the parts as an `Estimate`; what binning costs is not known."""
    return Estimate(value, low, high, sample_size=rows, effective_size=size, ci_method=method, ci_level=CI_LEVEL,
                    reasons=reasons)


def _curve(weight, squares, loss, loss_w2, loss_sq_w2, signed):
    """Return the first five fields of `LossCurves` for one loss, from sums of shape (S, P)."""
    held = np.flatnonzero(weight.sum(axis=0) > 0)
    nearest = held[np.abs(np.arange(weight.shape[1])[:, None] - held).argmin(axis=1)]
    bins = ratio(loss.sum(axis=0), weight.sum(axis=0))[nearest]
    second, first, held_squares = (each.sum(axis=0)[nearest] for each in (loss_sq_w2, loss_w2, squares))
    spread = np.maximum(ratio(second - 2 * bins * first, held_squares) + bins**2, 0.0)
    bin_size = ratio(weight.sum(axis=0) ** 2, squares.sum(axis=0))[nearest]
    # A lone row shows no spread of its own.
    spread = np.where(bin_size > 1, spread * ratio(bin_size, bin_size - 1), bins**2)
    size = np.nan_to_num(ratio(weight**2, squares))
    scale = np.ones(bins.shape) if signed else bins
    unit = np.where(scale > 0, scale, 1.0)
    relative = np.where(spread > 0, spread, 1.0) / unit**2
    effect = np.where(weight > 0, np.nan_to_num(ratio(loss, weight) - bins) / unit, 0.0)
    usable = (spread > 0) & (scale > 0)
    between = between_variance(effect.ravel(), np.where(usable, size / relative, 0.0).ravel())
    own = np.where(usable, between * size / (between * size + relative), 0.0)
    mean = bins + own * effect * unit
    return mean, spread * (mean / unit) ** 2, scale**2 * (1 - own) * between, 1 - own, spread / bin_size
