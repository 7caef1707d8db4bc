"""Are comparisons within strata those of Mantel and Haenszel?"""

import numpy as np
import pytest
import scipy.stats

from spark_monitor.metrics.bias.conditional import within_strata
from spark_monitor.metrics.bias.group_counts import GroupCounts
from spark_monitor.metrics.bias.group_means import mean_rates
from spark_monitor.metrics.bias.group_rates import group_rates

# P. Bickel, E. Hammel, J. O'Connell (1975), Science 187: admitted and rejected men and women, departments A to F.
BERKELEY = [((512, 313), (89, 19)), ((353, 207), (17, 8)), ((120, 205), (202, 391)),
            ((138, 279), (131, 244)), ((53, 138), (94, 299)), ((22, 351), (24, 317))]


def admissions(tables):
    return [group_rates(GroupCounts.of_confusion([[[[no, 0], [yes, 0]]] for yes, no in table]), "selection_rate",
                        min_rows=1) for table in tables]


def test_berkeley_admissions_give_the_published_statistic():
    # R's mantelhaen.test(UCBAdmissions, correct = FALSE): X-squared = 1.5246, p-value = 0.2169.
    answer = within_strata(admissions(BERKELEY), "difference")
    assert answer.p_value[:, 0] == pytest.approx([0.2169, 0.2169], abs=5e-5)
    assert (answer.ci_low < 0).all() and (answer.ci_high > 0).all()


def test_both_measures_are_those_of_mantel_and_haenszel():
    n = np.array([[sum(side) for side in table] for table in BERKELEY], float)
    hits = np.array([[side[0] for side in table] for table in BERKELEY], float)
    both = n.sum(axis=1)
    gap = ((hits[:, 0] * n[:, 1] - hits[:, 1] * n[:, 0]) / both).sum() / (n.prod(axis=1) / both).sum()
    ratio = (hits[:, 0] * n[:, 1] / both).sum() / (hits[:, 1] * n[:, 0] / both).sum()
    strata = admissions(BERKELEY)
    assert within_strata(strata, "difference").value[:, 0] == pytest.approx([gap, -gap], abs=1e-12)
    assert within_strata(strata, "ratio").value[:, 0] == pytest.approx([ratio, 1 / ratio], rel=1e-12)


@pytest.mark.parametrize(("measure", "equal"), [("difference", 0.0), ("ratio", 1.0)])
def test_intervals_hold_where_groups_differ_between_strata_only(measure, equal):
    random, windows = np.random.default_rng(1), 3000
    rates, sizes = np.array([0.2, 0.5, 0.8]), np.array([[30, 60, 90], [120, 60, 40]])
    strata = []
    for rate, (n, m) in zip(rates, sizes.T):
        hits = np.stack([random.binomial(n, rate, windows), random.binomial(m, rate, windows)])
        table = np.zeros((2, windows, 2, 2))
        table[..., 1, 0], table[..., 0, 0] = hits, np.array([[n], [m]]) - hits
        strata.append(group_rates(GroupCounts.of_confusion(table), "selection_rate", min_rows=1))
    answer = within_strata(strata, measure)
    covered = (answer.ci_low <= equal) & (answer.ci_high >= equal)
    assert 0.94 <= covered[0].mean() <= 0.965
    assert 0.035 <= (answer.p_value[0] < 0.05).mean() <= 0.06
    assert ((answer.ci_low <= answer.value) & (answer.value <= answer.ci_high)).all()


def test_strata_without_both_say_nothing_and_few_rows_are_too_few():
    apart = within_strata(admissions([((20, 20), (0, 0)), ((0, 0), (30, 30))]), "difference")
    assert np.isnan(apart.value).all() and set(apart.reasons[:, 0]) == {"no_common_stratum"}
    few = within_strata(admissions([((5, 5), (40, 40)), ((200, 200), (0, 0))]), "difference")
    assert set(few.reasons[:, 0]) == {"too_few_rows"} and few.sample_size[0, 0] == 10
    none = within_strata(admissions([((10, 30), (0, 40))]), "ratio")
    assert none.reasons[0, 0] == "zero_rate" and none.value[1, 0] == 0


def test_means_are_compared_at_the_weights_of_least_variance():
    random = np.random.default_rng(2)
    shape = (2, 3, 1)
    value, variance, rows = random.random(shape) + 1, random.random(shape) / 50, np.full(shape, 100)
    strata = [mean_rates(v, s, n, n, n, np.full(v.shape, None), min_rows=1) for v, s, n in zip(value, variance, rows)]
    answer = within_strata(strata, "difference")
    rest, spread = value[:, 1:].mean(axis=1), variance[:, 1:].sum(axis=1) / 4
    weight = 1 / (variance[:, 0] + spread)
    gap = (weight * (value[:, 0] - rest)).sum() / weight.sum()
    assert answer.value[0, 0] == pytest.approx(gap, rel=1e-12)
    p = 2 * scipy.stats.norm.sf(abs(gap) * np.sqrt(weight.sum()))
    assert answer.p_value[0, 0] == pytest.approx(1 - (1 - p) ** 3, rel=1e-9)
