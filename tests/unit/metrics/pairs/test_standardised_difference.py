"""Two versions compared on different rows, at equal segment shares."""

import numpy as np
import pytest

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.pairs.standardised import standardised_difference


def side(hits, rows):
    return share_estimate(hits, rows, rows, rows)


def test_a_version_with_easier_rows_gains_nothing():
    rows, others = np.array([[900.0, 100.0]]), np.array([[100.0, 900.0]])
    found = standardised_difference(side(rows * [0.9, 0.6], rows), side(others * [0.9, 0.6], others), rows, others)
    assert found.value[0] == pytest.approx(0, abs=1e-12)
    assert found.p_value[0] > 0.999 and found.ci_method == "unpaired_standardised"


def test_a_hand_worked_standardisation():
    rows, others = np.array([[60.0, 40.0]]), np.array([[20.0, 80.0]])
    found = standardised_difference(side(np.array([[30.0, 30.0]]), rows), side(np.array([[15.0, 56.0]]), others),
                                    rows, others)
    assert found.value[0] == pytest.approx(0.4 * (15 / 20 - 30 / 60) + 0.6 * (56 / 80 - 30 / 40), abs=1e-12)


def test_segments_of_one_version_only_are_left_out():
    rows, others = np.array([[50.0, 50.0]]), np.array([[50.0, 0.0]])
    found = standardised_difference(side(rows / 2, rows), side(others, others), rows, others)
    assert (found.value[0], found.sample_size[0], found.reference_size[0]) == (0.5, 50, 50)
    none = standardised_difference(side(rows, rows), side(0 * rows, 0 * rows), rows, 0 * rows)
    assert np.isnan(none.value[0]) and none.reasons[0] == "no_common_segments"


def test_the_interval_covers_the_true_difference():
    rng = np.random.default_rng(12)
    rows, others = rng.multinomial(600, [0.6, 0.3, 0.1], 4000), rng.multinomial(300, [0.2, 0.3, 0.5], 4000)
    chance, other = np.array([0.2, 0.5, 0.8]), np.array([0.3, 0.55, 0.75])
    found = standardised_difference(side(rng.binomial(rows, chance), rows), side(rng.binomial(others, other), others),
                                    rows, others)
    truth = ((rows + others) / 900 * (other - chance)).sum(axis=1)
    assert 0.94 <= ((found.ci_low <= truth) & (truth <= found.ci_high)).mean() <= 0.965
