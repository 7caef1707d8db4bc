"""Do the bands of estimates hold what is realised at their nominal rate while nothing but the covariates shifts?"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="module")
def bench():
    """Return the script that prints how often bands hold."""
    path = Path(__file__).parents[4] / "benchmarks" / "estimates.py"
    spec = importlib.util.spec_from_file_location("estimates", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("task", ["regression", "classes"])
def test_both_bands_hold_theirs_at_their_nominal_rate(bench, monkeypatch, task):
    monkeypatch.setattr(bench, "POPULATION", 50_000)
    # Windows of one reference share its noise: the share is known to about 1 %.
    found = getattr(bench, task)(np.random.default_rng(4), 20, 20, 500, 7_000, 0.0)
    for name, each in found.items():
        realised, population, estimate, value = each.mean(axis=1)
        assert 0.92 <= realised <= 0.985 and 0.9 <= population, (name, realised, population)
        assert estimate == pytest.approx(value, rel=0.03), name


def test_a_band_misses_what_is_realised_where_errors_change_at_equal_predictions(bench, monkeypatch):
    draw = bench.errors

    def larger(random, days, rows, shift, wander):
        said, outcome = draw(random, days, rows, shift, wander)
        return said, outcome if not shift else said - 1.5 * (said - outcome)

    monkeypatch.setattr(bench, "errors", larger)
    found = bench.regression(np.random.default_rng(5), 2, 20, 200, 7_000, 0.0)
    assert found["mae"][0].mean() < 0.1
