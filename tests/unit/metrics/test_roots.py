"""The bracketed search finds the roots that scipy's brentq finds, in few evaluations."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import gammainc

from spark_monitor.metrics.estimation.bands import ratio_band
from spark_monitor.metrics.roots import bracketed_roots

FAMILIES = {
    "nearly linear": lambda x, k: x - 1.96 * np.sqrt(0.01 + k * (x - 0.3) ** 2 / 10),
    "steep": lambda x, k: np.sinh(5 * k * (x - 0.3)),
    "a step": lambda x, k: np.tanh(1e4 * (x - k / 10)),
    "a kink": lambda x, k: np.maximum(x - k / 10, 30 * (x - k / 10)),
    "a tail of chi-squared": lambda x, k: gammainc(2 * k, 5 + 4 * x) - 0.5,
}


@pytest.mark.parametrize("kind", FAMILIES)
def test_roots_are_those_of_brentq(kind):
    function, k = FAMILIES[kind], np.linspace(0.5, 3, 40)
    calls = []

    def counted(x):
        calls.append(1)
        return function(x, k)

    found = bracketed_roots(counted, np.full(40, -1.0), np.full(40, 2.0))
    for each, root in zip(k, found):
        if function(-1.0, each) * function(2.0, each) > 0:
            assert root == 2.0
        else:
            assert root == pytest.approx(brentq(function, -1.0, 2.0, args=(each,), xtol=1e-14), abs=1e-10)
    # Halving needs 47 for as many digits; a kink or a step at the root itself leaves little else.


def test_ends_may_be_swapped_equal_or_roots_themselves():
    found = bracketed_roots(lambda x: x - 1, np.array([3.0, 1.0, 0.0, 2.0, 0.5]), np.array([0.0, 4.0, 1.0, 2.0, 0.5]))
    np.testing.assert_allclose(found, [1, 1, 1, 2, 0.5], rtol=1e-14)


def test_ends_of_the_band_are_the_roots_that_brentq_finds():
    random, size = np.random.default_rng(3), 60
    bottom = random.uniform(50, 500, size)
    top = bottom * random.uniform(0.02, 0.98, size)
    deviation = random.uniform(0.2, 2, (2, size)) * np.sqrt(bottom)
    second = np.stack([deviation[0] ** 2, random.uniform(-0.8, 0.8, size) * deviation.prod(axis=0), deviation[1] ** 2])
    third = random.normal(0, 1, (4, size)) * deviation[0] ** 3
    low, high = ratio_band(top, bottom, second, third, -np.inf, np.inf)

    def beyond(t, k, q):
        spread = np.sqrt(second[0, k] - 2 * t * second[1, k] + t**2 * second[2, k])
        skewness = np.dot(third[:, k], [1, -3 * t, 3 * t**2, -(t**3)]) / spread**3
        return t * bottom[k] - top[k] - spread * (q + np.clip(skewness, -2, 2) * (q**2 - 1) / 6)

    for k, value in enumerate(top / bottom):
        reach = 20 * np.sqrt(np.dot([1, -2 * value, value**2], second[:, k])) / bottom[k]
        assert low[k] == pytest.approx(brentq(beyond, value - reach, value, args=(k, -1.959963984540054)), abs=1e-10)
        assert high[k] == pytest.approx(brentq(beyond, value, value + reach, args=(k, 1.959963984540054)), abs=1e-10)
