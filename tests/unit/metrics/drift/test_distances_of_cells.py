"""The statistics over cells against SciPy and against sums written out by hand."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from spark_monitor.metrics.drift import DRIFT_STATISTICS
from spark_monitor.metrics.histogram import Histograms


def compare(name, current, reference, **fields):
    sides = [Histograms.of_counts(counts, kind="categorical", **fields) for counts in (current, reference)]
    return DRIFT_STATISTICS[name].compute(*sides)


@pytest.fixture(params=range(8))
def tables(request):
    draw = np.random.default_rng(request.param)
    cells = draw.integers(1, 30)
    shares = draw.dirichlet(np.full(cells, 0.5), 2)
    current, reference = draw.multinomial(draw.integers(1, 500), shares[0], 6), draw.multinomial(5000, shares[1], 6)
    return current, reference


def test_jensen_shannon_equals_scipy(tables):
    current, reference = tables
    expected = [jensenshannon(a, b, base=2) for a, b in zip(current, reference)]
    np.testing.assert_allclose(compare("js_distance", current, reference).value, expected, rtol=1e-9, atol=1e-9)


def test_chi_squared_and_cramers_v_equal_scipy(tables):
    current, reference = tables
    for k, (a, b) in enumerate(zip(current, reference)):
        table = np.stack([a, b])[:, a + b > 0]
        truth = stats.chi2_contingency(table, correction=False).statistic
        chi = compare("chi_squared", current, reference).value[k]
        assert chi == pytest.approx(truth, rel=1e-9, abs=1e-9)
        if table.shape[1] > 1:
            truth = stats.contingency.association(table, method="cramer")
            assert compare("cramers_v", current, reference).value[k] == pytest.approx(truth, rel=1e-9, abs=1e-9)


def test_the_plain_distances_equal_their_definitions(tables):
    current, reference = tables
    p, q = current / current.sum(axis=1, keepdims=True), reference / reference.sum(axis=1, keepdims=True)
    for name, truth in (("hellinger", np.linalg.norm(np.sqrt(p) - np.sqrt(q), axis=1) / np.sqrt(2)),
                        ("total_variation", np.abs(p - q).sum(axis=1) / 2),
                        ("l_infinity", np.abs(p - q).max(axis=1))):
        np.testing.assert_allclose(compare(name, current, reference).value, truth, rtol=1e-9, atol=1e-12)


def test_kl_equals_scipys_entropy_where_no_cell_is_empty():
    current, reference = [[7, 20, 3]], [[30, 30, 40]]
    assert compare("kl_divergence", current, reference).value[0] == pytest.approx(stats.entropy(*current, *reference))


def test_an_empty_cell_counts_as_half_a_row():
    # 6 and 4 of 10 rows against 5, 0 and 15 of 20: the empty cells are 0.5 / 20 and 0.5 / 10.
    by_hand = sum((p - q) * np.log(p / q) for p, q in ((0.6, 0.25), (0.4, 0.025), (0.05, 0.75)))
    assert compare("psi", [[6, 4, 0]], [[5, 0, 15]]).value[0] == pytest.approx(by_hand, rel=1e-12)


def test_psi_is_kl_both_ways():
    current, reference = [[6, 4, 0, 9]], [[5, 0, 15, 0]]
    both = [compare("kl_divergence", *sides).value[0] for sides in ((current, reference), (reference, current))]
    assert compare("psi", current, reference).value[0] == pytest.approx(sum(both), rel=1e-12)


def test_nulls_are_a_cell_and_coarse_bins_are_merged():
    sides = [Histograms.of_counts(counts, coarse=np.array([0, 0, 1]), nulls=nulls)
             for counts, nulls in (([[1, 3, 4]], [2]), ([[3, 1, 4]], [2]))]
    assert DRIFT_STATISTICS["total_variation"].compute(*sides).value[0] == 0
    gone = Histograms.of_counts([[1, 3, 4]], coarse=np.array([0, 0, 1]), nulls=[0])
    # 2 of 10 rows were null, now none is: a fifth of the rows has another cell.
    assert DRIFT_STATISTICS["total_variation"].compute(gone, sides[1]).value[0] == pytest.approx(0.2)


def test_weights_count_instead_of_rows():
    weights = np.array([[3.0, 1.0, 0, 0, 0, 0, 0]])
    weighted = Histograms.of_counts([[1, 9]], kind="categorical", weights=weights, weight_squares=np.array([2.0]))
    plain = Histograms.of_counts([[50, 50]], kind="categorical")
    estimate = DRIFT_STATISTICS["chi_squared"].compute(weighted, plain)
    # Shares 3/4 and 1/4 of an effective sample of 4^2 / 2 = 8 rows.
    truth = stats.chi2_contingency([[6, 2], [50, 50]], correction=False).statistic
    assert estimate.value[0] == pytest.approx(truth, rel=1e-12)
    assert DRIFT_STATISTICS["total_variation"].compute(weighted, plain).value[0] == pytest.approx(0.25)


def test_one_filled_cell_is_no_difference():
    for name in ("chi_squared", "cramers_v", "psi", "l_infinity"):
        estimate = compare(name, [[5, 0]], [[9, 0]])
        assert (estimate.value[0], estimate.expected[0]) == (0, 0)
        assert estimate.p_value is None or estimate.p_value[0] == 1
