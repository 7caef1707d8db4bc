"""What each group of a protected segment is compared with: what is always there, and what the configuration names."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from spark_monitor.cells.render import CROSSING
from spark_monitor.metrics.bias.comparisons import to_group, to_overall, to_rest
from spark_monitor.metrics.bias.extremes import to_extreme

TO_REST = "to_rest"
WORDS = {"rest": TO_REST, "best": "to_best", "worst": "to_worst", "overall": "to_overall"}
LARGEST = "largest"
COMPARE = {TO_REST: to_rest, "to_best": to_extreme, "to_worst": partial(to_extreme, best=False),
           "to_overall": to_overall}
RANKED = ("to_best", "to_worst")


@dataclass(frozen=True)
class Way:
    """One way of comparing single groups.

    Parameters
    ----------
    name : str
        What rows call it.
    compare : callable
        From `GroupRates` and `measure` to an `Estimate` of shape (G, K).
    asked : bool
        Whether the configuration asks for it, of whatever is compared with the rest.
    """

    name: str
    compare: Callable
    asked: bool

    def __call__(self, rates, measure):
        """Return the comparison of each group."""
        return self.compare(rates, measure=measure)

    def wanted(self, selection, spec):
        """Say whether a metric is to be compared so."""
        if self.name in RANKED and not spec.ranked:
            return False
        return selection.wants_of_group(spec.name, self.name) or (
            self.asked and selection.wants_of_group(spec.name, TO_REST))


def ways_of_groups(groups, reference, against):
    """Return the ways in which groups are compared, by name.

    Parameters
    ----------
    groups : Groups
    reference : Side
        Its largest group is the named one where the configuration names none.
    against : dict of str to tuple of str
        Protected column to words and names of groups. Of a crossing the words that all of its columns have.

    Returns
    -------
    dict of str to Way
    """
    columns = [against.get(column, ()) for column in groups.segment.split(CROSSING)]
    asked = [word for word in columns[0] if all(word in others for others in columns)]
    if len(columns) > 1:
        asked = [word for word in asked if word in (*WORDS, LARGEST)]
    ways = {name: Way(name, compare, any(WORDS.get(word) == name for word in asked))
            for name, compare in COMPARE.items()}
    named = [word for word in asked if word not in WORDS]
    for word in named or [LARGEST]:
        name = groups.names[_largest(reference, groups)] if word == LARGEST else word
        place = groups.names.index(name) if name in groups.names else -1
        ways[f"to:{name}"] = Way(f"to:{name}", partial(to_group, group=place), bool(named))
    return ways


def _largest(reference, groups):
    """Return the place of the group with most rows in the reference, the first of equals."""
    return int(np.where(groups.units < 0, 0, reference.rows[groups.units]).argmax())
