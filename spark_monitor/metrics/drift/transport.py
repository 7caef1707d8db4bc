"""What is known of two cumulative shares between the edges of their bins, and what the area between them can be."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.metrics.drift.cumulative import cumulative_shares

TAIL_CUTS = 2.0 ** -np.arange(1, 11)
LEAST_DECAY, MOST_DECAY = 4.0, 500.0


@dataclass(frozen=True)
class Side:
    """One side's cumulative share on the S segments of the line, each array of shape (K, S).

    Parameters
    ----------
    least, most : ndarray
        Bounds of the share anywhere inside a segment.
    start, end : ndarray
        The share at a segment's ends if the rows of a bin are spread evenly, those of an open bin exponentially.
    below, above : ndarray, shape (K,)
        The largest area that the share can have below the first edge, and that it can leave to 1 above the last one.
    """

    least: np.ndarray
    most: np.ndarray
    start: np.ndarray
    end: np.ndarray
    below: np.ndarray
    above: np.ndarray


@dataclass(frozen=True)
class Segments:
    """The line cut at every edge and at both sides' minima and maxima, so that inside a segment each side's cumulative
    share is 0, is 1, or lies between its shares at the two ends of one bin.

    Parameters
    ----------
    width : ndarray, shape (K, S)
    bins : ndarray of int, shape (K, S)
        The bin that a segment lies in.
    last : int
        The last bin.
    current, reference : Side
    """

    width: np.ndarray
    bins: np.ndarray
    last: int
    current: Side
    reference: Side

    @classmethod
    def of(cls, current, reference):
        """Cut the line for two blocks of histograms of numbers on the same bins."""
        edges = current.edges if current.kind == "numeric" else current.edges[:-1]
        ends = [end[:, None] for h in (current, reference) for end in (h.minimum, h.maximum)]
        if len(edges):
            below = np.maximum(edges[0] - np.fmin(ends[0], ends[2]), 0.0)
            above = np.maximum(np.fmax(ends[1], ends[3]) - edges[-1], 0.0)
            ends += [edges[0] - below * TAIL_CUTS, edges[-1] + above * TAIL_CUTS]
        cuts = np.sort(np.hstack([np.broadcast_to(edges, (len(current), len(edges))), *ends]), axis=-1)
        bins = np.searchsorted(edges, cuts[:, :-1], side="right")
        sides = [_side(h, edges, cuts, bins) for h in (current, reference)]
        return cls(np.diff(cuts, axis=-1), bins, len(edges), *sides)

    def likely_area(self):
        """Return the area between both sides if rows are spread as `Side.start` and `Side.end` say, shape (K,)."""
        start, end = self.current.start - self.reference.start, self.current.end - self.reference.end
        size = np.abs(start) + np.abs(end)
        crossing = np.divide(start**2 + end**2, size, out=np.zeros_like(size), where=size > 0)
        return (np.where(start * end >= 0, size, crossing) / 2 * self.width).sum(axis=-1)

    def bounds(self, difference_of_means):
        """Return the least and the largest area that there can be, each of shape (K,).

        Parameters
        ----------
        difference_of_means : ndarray, shape (K,)
            Mean of current less mean of reference, NaN where not known. It equals the area where current's cumulative
            share is below (`right`) less the area where it is above (`left`), so either one gives the distance.
        """
        f, g = self.current, self.reference
        least_left, least_right = (self._area(gap) for gap in (f.least - g.most, g.least - f.most))
        most_left = self._area(f.most - g.least, f.below, g.above)
        most_right = self._area(g.most - f.least, g.below, f.above)
        apart = np.maximum(f.most - g.least, g.most - f.least)
        lowest = least_left + least_right
        highest = self._area(apart, f.below + g.below, f.above + g.above)
        shift = difference_of_means
        for other in (np.abs(shift), 2 * least_left + shift, 2 * least_right - shift):
            lowest = np.fmax(lowest, other)
        for other in (2 * most_left + shift, 2 * most_right - shift):
            highest = np.fmin(highest, other)
        return lowest, highest

    def _area(self, height, below=np.inf, above=np.inf):
        """Return the area under the positive part of `height`, its parts in the open bins capped, shape (K,)."""
        area = np.maximum(height, 0.0) * self.width
        first, last = self.bins == 0, self.bins == self.last
        inside = np.where(first | last, 0.0, area).sum(axis=-1)
        if self.last == 0:
            return area.sum(axis=-1)
        return (inside + np.minimum(np.where(first, area, 0.0).sum(axis=-1), below)
                + np.minimum(np.where(last, area, 0.0).sum(axis=-1), above))

    def noise(self, current_size, reference_size):
        """Return the integral of sqrt(H (1 - H)), H the share of both sides together, shape (K,)."""
        share = np.divide(current_size, current_size + reference_size, out=np.zeros_like(current_size),
                          where=current_size + reference_size > 0)[:, None]
        start = self.current.start * share + self.reference.start * (1 - share)
        end = self.current.end * share + self.reference.end * (1 - share)
        spread = sum(weight * np.sqrt(np.clip(h * (1 - h), 0.0, None))
                     for weight, h in ((1 / 6, start), (4 / 6, (start + end) / 2), (1 / 6, end)))
        return (spread * self.width).sum(axis=-1)


def _side(histograms, edges, cuts, bins):
    shares = cumulative_shares(histograms)
    least, most = np.take_along_axis(shares, bins, axis=-1), np.take_along_axis(shares, bins + 1, axis=-1)
    low, high = histograms.minimum[:, None], histograms.maximum[:, None]
    ends = np.concatenate([[-np.inf], edges, [np.inf]])
    bottom, top = np.maximum(ends[bins], low), np.minimum(ends[bins + 1], high)
    before, after = cuts[:, 1:] <= low, cuts[:, :-1] >= high
    spread = []
    for at in (cuts[:, :-1], cuts[:, 1:]):
        along = np.clip(np.divide(at - bottom, top - bottom, out=np.zeros_like(at), where=top > bottom), 0.0, 1.0)
        if len(edges):
            _thin_out(along, bins == 0, lambda part, rate: np.expm1(rate * part) / np.expm1(rate),
                      _decay(histograms, np.maximum(edges[0] - low, 0.0)))
            _thin_out(along, bins == len(edges), lambda part, rate: 1 - np.expm1(rate * (1 - part)) / np.expm1(rate),
                      _decay(histograms, np.maximum(high - edges[-1], 0.0)))
        spread.append(least + (most - least) * along)
    inside = (np.where(before, 0.0 * part, np.where(after, 1.0 + 0.0 * part, part)) for part in (least, most, *spread))
    return Side(*inside, *_tails(histograms, edges, shares))


def _thin_out(along, where, law, rate):
    """Put an open bin's exponential spread in place of the even one, in `along` itself."""
    along[where] = law(along[where], np.broadcast_to(rate, along.shape)[where])


def _decay(histograms, width):
    """Return the rate of an exponential tail per `width`, the distance from the edge to the farthest row.

    Its scale is the standard deviation, or a quarter of the width (that of some 30 rows) where that is less: neither
    depends on the number of rows.
    """
    deviation = np.sqrt(histograms.m2 / np.maximum(histograms.finite, 1))[:, None]
    wide = np.divide(width, deviation, out=np.zeros_like(width), where=deviation > 0)
    return np.clip(wide, LEAST_DECAY, MOST_DECAY)


def _tails(histograms, edges, shares):
    """Return the largest areas in the open bins that mean and variance allow.

    A share p of rows whose mean is t can lie no farther off than the variance between them and the others allows,
    (mean - t)^2 p / (1 - p) <= variance, and their area is p (edge - t).
    """
    if histograms.weights is not None or not len(edges):
        return np.full((2, len(histograms)), np.inf)
    deviation = np.sqrt(histograms.m2 / np.maximum(histograms.finite, 1))
    areas = []
    for p, distance in ((shares[:, 1], histograms.mean - edges[0]), (1 - shares[:, -2], edges[-1] - histograms.mean)):
        most = deviation * np.sqrt(np.clip(p * (1 - p), 0.0, None)) - p * distance
        areas.append(np.where(np.isnan(most), np.inf, np.maximum(most, 0.0) * (1 + 1e-9)))
    return areas
