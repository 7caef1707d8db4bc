"""Values are found between edges as NumPy finds them, whatever the edges and however many values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_monitor.metrics.maturity.delay_bins import EDGES
from spark_monitor.metrics.sorted_search import FEWEST, find_places

MANY = 2 * FEWEST
YEAR_1600, YEAR_2999 = -11_676_096_000_000_000, 32_472_144_000_000_000


def around(edges, rng):
    """Return values on, just below and just above each edge, and at random between them."""
    near = [edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)] if edges.dtype.kind == "f" else [
        edges, edges - 1, edges + 1]
    low, high = float(edges[0]), float(edges[-1])
    share = rng.uniform(0, 1, MANY)
    between = (low * (1 - share) + high * share).astype(edges.dtype)
    return np.concatenate([*near, between])


EDGE_SETS = {
    "even": np.linspace(0, 1, 1023), "one step": np.array([0.0, 1.0]), "negative": np.linspace(-7, -3, 50),
    "crowded at the top": 1 - np.geomspace(1e-12, 1, 400)[::-1], "crowded at nought": np.geomspace(1e-300, 1, 700),
    "on both sides of nought": np.array([-5.0, -1e-9, 0.0, 1e-9, 5.0]), "huge": np.array([-1e308, 0.0, 1e308]),
    "delays": EDGES, "hours of a year": np.arange(8761) * 3_600_000_000 + 1_704_067_200_000_000,
    "microseconds far away": YEAR_2999 + np.arange(6), "centuries": np.array([YEAR_1600, 0, YEAR_2999]),
}


@pytest.mark.parametrize("name", EDGE_SETS)
def test_places_are_numpys_on_below_and_above_every_edge(name):
    edges = EDGE_SETS[name]
    values = around(edges, np.random.default_rng(1))
    np.testing.assert_array_equal(find_places(edges, values), np.searchsorted(edges, values, side="left"))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40), st.integers(0, 9))
def test_places_are_numpys_for_any_edges(edges, seed):
    edges = np.unique(edges) + 0.0
    rng = np.random.default_rng(seed)
    values = np.concatenate([rng.choice(edges, MANY), rng.normal(0, 1e3, MANY), [-np.inf, np.inf]])
    np.testing.assert_array_equal(find_places(edges, values), np.searchsorted(edges, values, side="left"))
