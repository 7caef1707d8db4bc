"""What one row adds to the cells of a regression: its error in every form that a metric needs."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

COUNTS = ("rows", "unlabelled", "unpredicted", "unusable", "zero_outcomes", "bounded", "covered")
# Every row is of one of these.
KINDS = COUNTS[:4]
SUMS = ("weight", "abs_error", "abs_outcome", "ape_weight", "ape", "smape_weight", "smape", "bounded_weight",
        "covered_weight", "width")
SQUARES = ("weight_sq", "e", "abs_e", "ee", "e_abs_e", "e4", "abs_y", "abs_ey", "z", "zz", "z3", "z4", "eez", "eezz",
           "ape0", "ape1", "ape2", "smape0", "smape1", "smape2", "width0", "width1", "width2")
FOLD_SUMS = ("rows", "weight", "error", "sq_error", "abs_error", "outcome", "sq_outcome", "abs_outcome", "ape_weight",
             "ape", "smape_weight", "smape", "bounded_weight", "covered_weight", "width")
LOSS_SUMS = ("weight", "weight_sq", "known", "known_weight", "error", "abs_error", "sq_error", "known_weight_sq", "e",
             "abs_e", "ee", "e4")

# Three digits, in steps of at most 1 %: round tolerances are edges.
MANTISSAS = (*range(100, 200), *range(200, 500, 2), *range(500, 1000, 5))
ERROR_EDGES = np.array([float(f"{m}e{k - 2}") for k in range(-9, 12) for m in MANTISSAS] + [1e12])
LAST_BIN = len(ERROR_EDGES) + 1


def error_bin(error):
    """Return the bin of each signed error: 0 for none, 1 to `LAST_BIN` by size, negative where the error is.

    Bin b > 0 holds ``ERROR_EDGES[b - 2] < |e| <= ERROR_EDGES[b - 1]``; the first reaches down to 0, the last has no
    end. Edges go from 1e-9 to 1e12 in steps of 0.5 to 1 %.

    Examples
    --------
    >>> error_bin(np.array([0.0, 1e-12, 15.0, 15.01, -15.0, np.inf])).tolist()
    [0, 1, 3551, 3552, -3551, 7352]
    """
    size = np.searchsorted(ERROR_EDGES, np.abs(error)) + 1
    return np.sign(error).astype(np.int64) * size


def bin_ends(bins):
    """Return the least and the greatest error of each bin, signed; infinite for the last bins.

    Examples
    --------
    >>> bin_ends(np.array([3551, -3551, 0]))
    (array([ 14.9, -15. ,   0. ]), array([ 15. , -14.9,   0. ]))
    """
    ends = np.concatenate([[0.0, 0.0], ERROR_EDGES, [np.inf]])
    size = np.abs(bins)
    near, far = np.where(size == 0, 0.0, ends[size]), np.where(size == 0, 0.0, ends[size + 1])
    return np.where(bins < 0, -far, near), np.where(bins < 0, -near, far)


@dataclass(frozen=True)
class ErrorRows:
    """Rows of a regression, ready to be added up.

    Parameters
    ----------
    known : ndarray of bool, shape (n,)
        Whether both the outcome and the prediction are finite; only such rows have an error.
    error, outcome, prediction : ndarray of float64, shape (n,)
        The error is prediction - outcome; all are 0 where not `known`.
    weight : ndarray of float64, shape (n,)
    counts : dict of str to ndarray of bool
        Which rows belong to each of `COUNTS`.
    width : ndarray of float64, shape (n,)
        Of the prediction interval; 0 where the row is not `bounded`.
    pivot : float
        A typical outcome, frozen, around which powers of outcomes are summed.

    Examples
    --------
    >>> rows = ErrorRows.of([3.0, np.nan, 5.0], [2.0, 4.0, np.nan])
    >>> rows.error, rows.counts["unpredicted"], rows.counts["unlabelled"]
    (array([1., 0., 0.]), array([False,  True, False]), array([False, False,  True]))
    """

    known: np.ndarray
    error: np.ndarray
    outcome: np.ndarray
    prediction: np.ndarray
    weight: np.ndarray
    counts: dict
    width: np.ndarray
    pivot: float

    @classmethod
    def of(cls, prediction, outcome, weight=None, low=None, high=None, pivot=0.0):
        """Make the rows from plain arrays.

        Parameters
        ----------
        prediction, outcome : array_like of float, shape (n,)
            A NaN outcome is unlabelled, an infinite one unusable; a prediction that is not finite is missing.
        weight : array_like of float, optional
            Not negative; 1 where not given.
        low, high : array_like of float, optional
            The prediction interval; a row has one where both are finite and its outcome is.
        pivot : float
        """
        prediction, outcome = np.asarray(prediction, float), np.asarray(outcome, float)
        n = len(outcome)
        labelled = np.isfinite(outcome)
        known = labelled & np.isfinite(prediction)
        low, high = (np.full(n, np.nan) if end is None else np.asarray(end, float) for end in (low, high))
        bounded = labelled & np.isfinite(low) & np.isfinite(high)
        with np.errstate(over="ignore"):
            width = np.where(bounded, high, 0.0) - np.where(bounded, low, 0.0)
            p, y = np.where(known, prediction, 0.0), np.where(known, outcome, 0.0)
            error = p - y
        counts = {
            "rows": known, "unlabelled": np.isnan(outcome), "unpredicted": labelled & ~known,
            "unusable": np.isinf(outcome), "zero_outcomes": known & (outcome == 0), "bounded": bounded,
            "covered": bounded & (outcome >= low) & (outcome <= high),
        }
        w = np.ones(n) if weight is None else np.asarray(weight, float)
        return cls(known, error, y, p, w, counts, width, float(pivot))

    @cached_property
    def percentages(self):
        """APE and sMAPE of each row as fractions, each after whether the row has it; 0 where it has none."""
        size = np.abs(self.error)
        has_ape = self.known & (self.outcome != 0)
        both = np.abs(self.outcome) + np.abs(self.prediction)
        has_smape = self.known & (both > 0)
        with np.errstate(over="ignore", invalid="ignore"):
            ape = np.divide(size, np.abs(self.outcome), out=np.zeros_like(size), where=has_ape)
            smape = np.divide(2 * size, both, out=np.zeros_like(size), where=has_smape)
        return has_ape, ape, has_smape, smape

    @cached_property
    @np.errstate(over="ignore", invalid="ignore")
    def sums(self):
        """What each row adds to each of `SUMS`, in their order."""
        w, (has_ape, ape, has_smape, smape) = self.weight, self.percentages
        terms = (self.known, np.abs(self.error), np.abs(self.outcome), has_ape, ape, has_smape, smape,
                 self.counts["bounded"], self.counts["covered"], self.width)
        return tuple(w * term for term in terms)

    @cached_property
    @np.errstate(over="ignore", invalid="ignore")
    def squares(self):
        """What each row adds to each of `SQUARES`, all weighted by the square of the weight, in their order."""
        v, e, a, y, b = self.weight**2, self.error, np.abs(self.error), np.abs(self.outcome), self.counts["bounded"]
        z = np.where(self.known, self.outcome - self.pivot, 0.0)
        ee, zz, (has_ape, ape, has_smape, smape) = e * e, z * z, self.percentages
        return (v * self.known, v * e, v * a, v * ee, v * e * a, v * ee * ee, v * y, v * a * y, v * z, v * zz,
                v * zz * z, v * zz * zz, v * ee * z, v * ee * zz, v * has_ape, v * ape, v * ape**2, v * has_smape,
                v * smape, v * smape**2, v * b, v * self.width, v * self.width**2)

    @cached_property
    @np.errstate(over="ignore", invalid="ignore")
    def fold_sums(self):
        """What each row adds to each of `FOLD_SUMS`, in their order."""
        z = np.where(self.known, self.outcome - self.pivot, 0.0)
        weight, abs_error, abs_outcome, *rest = self.sums
        return (self.known.astype(float), weight, self.weight * self.error, self.weight * self.error**2, abs_error,
                self.weight * z, self.weight * z**2, abs_outcome, *rest)

    @cached_property
    @np.errstate(over="ignore", invalid="ignore")
    def losses(self):
        """What each row adds to each of `LOSS_SUMS`, in their order."""
        weight, abs_error, *_ = self.sums
        weight_sq, e, abs_e, ee, _, e4, *_ = self.squares
        return (self.weight, self.weight**2, self.known.astype(float), weight, self.weight * self.error, abs_error,
                self.weight * self.error**2, weight_sq, e, abs_e, ee, e4)
