"""The bins of delays: every delay in one, none coarser than a few per cent."""

import numpy as np

from spark_monitor.metrics.maturity.delay_bins import BINS, EDGES, LEAK, MINUTE, delay_bin, last_known_edge

DAY = 24 * 60 * MINUTE


def test_every_edge_ends_its_own_bin():
    np.testing.assert_array_equal(delay_bin(EDGES), np.arange(len(EDGES)))
    np.testing.assert_array_equal(delay_bin(EDGES + 1), np.arange(1, BINS))


def test_an_outcome_before_its_prediction_has_a_bin_of_its_own():
    assert (delay_bin([-(10**17), -DAY, -1]) == LEAK).all()
    assert delay_bin(0) != LEAK


def test_edges_grow_by_three_per_cent_from_a_quarter_of_an_hour_to_five_years():
    growth = EDGES[2:] / EDGES[1:-1]
    assert EDGES[1] == 15 * MINUTE and EDGES[-1] == 5 * 365 * DAY
    assert (growth > 1).all() and (growth < 1.0301).all()


def test_nothing_is_known_of_slices_that_have_not_ended():
    np.testing.assert_array_equal(last_known_edge([-1, -DAY]), [-1, -1])


def test_the_last_known_edge_is_the_longest_that_the_age_covers():
    ages = np.random.default_rng(1).integers(0, 6 * 365 * DAY, 500)
    found = last_known_edge(ages)
    truth = [max(j for j, edge in enumerate(EDGES) if edge <= age) for age in ages]
    np.testing.assert_array_equal(found, truth)
