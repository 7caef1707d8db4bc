"""Are p-values those of sampling and wander together, by numerical integration and by simulation?"""

import numpy as np
import pytest
from scipy import integrate, stats

from spark_monitor.rules.habit.chance import beyond_noncentral, p_values


@pytest.mark.parametrize(("freedom", "far"), [(1, 4.0), (9, 0.5), (9, 30.0), (19, 100.0), (99, 1000.0)])
def test_the_tail_of_noncentral_chi_squared_is_scipys_and_never_much_smaller(freedom, far):
    chi_squared = stats.ncx2.isf([0.5, 0.1, 1e-3, 1e-6], freedom, far)
    exact = stats.ncx2.sf(chi_squared, freedom, far)
    ours = beyond_noncentral(chi_squared, np.float64(freedom), np.float64(far))
    assert (ours / exact > 0.97).all() and (ours / exact < 2.0).all()


@pytest.mark.parametrize("tail", [1.5, 5.0, 15.0])
@pytest.mark.parametrize("habit", [1e-4, 0.003, 0.05])
def test_p_values_are_the_mixture_over_students_distribution(tail, habit):
    freedom, kappa = 9, 0.002
    for chi_squared in (5.0, 20.0, 60.0, 300.0):
        def integrand(t, x=chi_squared):
            return stats.ncx2.sf(x, freedom, max(habit * t * t / kappa, 1e-12)) * 2 * stats.t.pdf(t, tail)

        exact = sum(integrate.quad(integrand, *part, limit=200)[0] for part in ((0, 5), (5, 50), (50, np.inf)))
        found = p_values(np.array([chi_squared]), np.array([9.0]), np.array([kappa]),
                         np.array([stats.chi2.sf(chi_squared, freedom)]), np.array([habit]), np.array([tail]))[0]
        # Tails are rounded to a fortieth and Sankaran is too careful in the furthest tail.
        assert found == pytest.approx(exact, rel=0.25, abs=1e-8)


def test_a_feature_that_wanders_as_usual_has_uniform_p_values():
    random = np.random.default_rng(3)
    count, kappa, habit, tail = 20_000, 0.001, 0.01, 8.0
    moved = habit * random.standard_t(tail, count) ** 2
    chi_squared = stats.ncx2.rvs(9, moved / kappa, random_state=random)
    p = p_values(chi_squared, np.full(count, 9.0), np.full(count, kappa), stats.chi2.sf(chi_squared, 9),
                 np.full(count, habit), np.full(count, tail))
    for level in (0.001, 0.01, 0.1, 0.5):
        spread = np.sqrt(level * (1 - level) / count)
        assert (p <= level).mean() <= 1.1 * level + 4 * spread
        assert (p <= level).mean() >= 0.7 * level - 4 * spread


def test_no_p_value_is_below_that_of_sampling_and_one_cell_is_no_evidence():
    assert p_values(np.array([90.0, 0.0]), np.array([9.0, 0.0]), np.full(2, 0.001), np.array([0.3, 1.0]),
                    np.full(2, 1e-12), np.full(2, 15.0)).tolist() == [pytest.approx(0.3), 1.0]
