"""The test of what a score means: it fires when that changes, and not when other rows come."""

import numpy as np
import pytest
from planted_changes import OTHER, merged_of, more_positives, score_cells_of, some_rows, strata_of
from scipy import stats

from spark_monitor.metrics.concept.kind import kind_of_change, score_parts, score_wander
from spark_monitor.metrics.concept.label_drift import label_drift
from spark_monitor.metrics.concept.relation_shift import (
    excess,
    relation_parts,
    relation_shift,
    relation_wander,
    shift_estimate,
)
from spark_monitor.metrics.score_cells import FoldSums


def windows(rng, count, size, references=3000, **kinds):
    merged = merged_of(some_rows(rng, 20000, base=kinds.get("base", -1.5)))
    plain = {"base": kinds["base"]} if "base" in kinds else {}
    current = strata_of([some_rows(rng, size, **kinds) for _ in range(count)], merged)
    return current, strata_of([some_rows(rng, references, **plain) for _ in range(count)], merged)


def fired(estimate):
    return (estimate.p_value < 0.05).mean()


@pytest.mark.parametrize("n, m, y, z", [(10, 10, 6, 2), (30, 8, 1, 3), (500, 40, 3, 1)])
def test_moments_are_those_of_the_hypergeometric_distribution(n, m, y, z):
    now, before = ((np.full((1, 1, 1), float(a)), np.full((1, 1, 1), float(b))) for a, b in ((n, y), (m, z)))
    truth = stats.hypergeom(n + m, y + z, n)
    beyond, variance, fourth, exposure = (part.item() for part in excess(now, before))
    assert beyond == pytest.approx(y - truth.mean())
    assert variance == pytest.approx(truth.var())
    chance = truth.pmf(np.arange(y + z + 1))
    about = np.arange(y + z + 1) - truth.mean()
    assert fourth == pytest.approx((chance * about**4).sum() - 3 * truth.var()**2, rel=1e-6)
    assert beyond / exposure == pytest.approx(y / n - z / m)


def test_one_bin_is_the_test_of_mantel_and_haenszel():
    rows, hits = np.array([[[12.0], [20.0], [15.0]]]), np.array([[[8.0], [12.0], [9.0]]])
    others, other_hits = np.array([[[11.0], [25.0], [10.0]]]), np.array([[[3.0], [9.0], [4.0]]])
    found = relation_parts((rows, hits), (others, other_hits)).square[0, 0]
    gaps, variances = [], []
    for n, y, m, z in zip(*(part.ravel() for part in (rows, hits, others, other_hits)), strict=True):
        truth = stats.hypergeom(int(n + m), int(y + z), int(n))
        gaps.append(y - truth.mean())
        variances.append(truth.var())
    assert found == pytest.approx(sum(gaps)**2 / sum(variances), rel=1e-12)


@pytest.mark.parametrize("base", [-1.5, -4.5])
def test_other_segments_and_other_scores_alone_do_not_fire(base):
    current, reference = windows(np.random.default_rng(1), 600, 1500, mix=(0.1, 0.3, 0.6), shift=0.6, base=base)
    assert 0.03 <= fired(relation_shift(current, reference)) <= 0.075


@pytest.mark.parametrize("change", [lambda odds: odds + 0.35, lambda odds: 0.6 * odds - 0.4],
                         ids=["level", "slope"])
def test_it_fires_when_scores_mean_something_else(change):
    current, reference = windows(np.random.default_rng(2), 100, 2000, mix=OTHER, change=change)
    assert fired(relation_shift(current, reference)) >= 0.9


def test_days_that_differ_by_habit_are_no_change():
    rng = np.random.default_rng(3)
    merged, fires, plain, strong = merged_of(some_rows(rng, 5000)), [], [], []
    for _ in range(100):
        levels = rng.normal(0, 0.3, 30)
        levels[29] += 1.5
        days = strata_of([some_rows(rng, 600, change=lambda odds, level=level: odds + level) for level in levels],
                         merged)
        slices, of = days.take(np.arange(28)), np.zeros(28, int)
        reference, wander = slices.merge(of, 1), relation_wander(slices, of, 1)
        fires.append(fired(relation_shift(days.take([28]), reference, wander)))
        plain.append(fired(relation_shift(days.take([28]), reference)))
        strong.append(fired(relation_shift(days.take([29]), reference, wander)))
    assert np.mean(fires) <= 0.09 < 0.3 < np.mean(plain)
    assert np.mean(strong) >= 0.8


def test_the_value_is_what_chances_differ_by():
    rng = np.random.default_rng(4)
    current, reference = windows(rng, 3, 200_000, references=200_000, change=lambda odds: odds + 0.5)
    found, same = relation_shift(current, reference), relation_shift(reference, reference)
    assert np.all((found.value > 0.05) & (found.value < 0.12) & (found.expected < 0.01))
    np.testing.assert_allclose(same.value, 0, atol=1e-15)
    np.testing.assert_allclose(same.p_value, 1, atol=1e-6)


def test_undefined_shifts_have_their_reason():
    some, none = (np.full((1, 1, 2), x) for x in (50.0, 0.0))
    left, right = np.array([[[50.0, 0.0]]]), np.array([[[0.0, 50.0]]])
    for current, reference, reason in (
        ((none, none), (some, some / 2), "no_outcomes"), ((some, some / 2), (none, none), "no_reference"),
        ((left, left / 2), (right, right / 2), "no_common_cells"), ((some, none), (some, none), "one_class"),
    ):
        found = shift_estimate(current, reference)
        assert np.isnan(found.value[0]) and np.isnan(found.p_value[0]) and found.reasons[0] == reason


def test_kinds_are_told_apart():
    rng = np.random.default_rng(5)
    merged = merged_of(some_rows(rng, 20000))
    planted = {
        "covariate": lambda: some_rows(rng, 4000, mix=OTHER, shift=0.5), "label": lambda: more_positives(rng, 4000),
        "relation": lambda: some_rows(rng, 4000, change=lambda odds: 0.5 * odds - 1),
        "none": lambda: some_rows(rng, 4000),
    }
    for kind, rows in planted.items():
        current, reference = (strata_of([side() for _ in range(60)], merged)
                              for side in (rows, lambda: some_rows(rng, 6000)))
        found = kind_of_change(relation_shift(current, reference).p_value, current, reference)
        assert (found.kind == kind).mean() >= 0.8, kind


def test_classes_that_score_alike_fire_at_the_nominal_rate():
    current, reference = windows(np.random.default_rng(6), 800, 800, references=1500)
    found = kind_of_change(np.full(800, 0.5), current, reference).scores_p
    assert 0.035 <= (found < 0.05).mean() <= 0.065


def test_one_class_of_two_bins_is_pearsons_statistic():
    rng = np.random.default_rng(7)
    current, reference = windows(rng, 1, 500)
    found = score_parts(current, reference).square.sum()
    truth = 0.0
    for outcome in (0, 1):
        table = np.stack([side.of("rows")[0, :, :-1, :, outcome].sum(axis=(0, 2)) for side in (current, reference)])
        table = table[:, table.sum(axis=0) > 0]
        truth += stats.chi2_contingency(table, correction=False).statistic * (table.sum() - 1) / table.sum()
    assert found == pytest.approx(truth, rel=1e-9)


def test_slices_of_an_even_reference_hardly_wander():
    rng = np.random.default_rng(8)
    slices = strata_of([some_rows(rng, 300) for _ in range(800)], merged_of(some_rows(rng, 20000)))
    for wander in (relation_wander, score_wander):
        found = wander(slices, np.repeat([0, 1], 400), 2)
        np.testing.assert_allclose(found.factor, 1, atol=0.2)


def test_label_drift_is_the_pooled_test_of_two_shares():
    now, before = score_cells_of([some_rows(np.random.default_rng(9), 900, shift=0.4)]), score_cells_of(
        [some_rows(np.random.default_rng(10), 2000)])
    found = label_drift(now, before)
    table = np.array([[cells.total("rows", cells.outcome == y)[0] for y in (1, 0)] for cells in (now, before)])
    assert found.p_value[0] == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-6)
    assert found.value[0] == pytest.approx(table[0, 0] / 900 - table[1, 0] / 2000, abs=1e-12)
    assert found.ci_low[0] < found.value[0] < found.ci_high[0] and found.ci_method == "newcombe"


def test_repeated_rows_make_label_drift_less_certain():
    rng = np.random.default_rng(11)
    outcome, fold = (rng.random(300) < 0.3).astype(int), rng.integers(0, 32, 300)
    score = np.full(3000, 0.5)
    folds = FoldSums.of_rows(score, np.ones(3000, int), np.repeat(outcome, 10), np.repeat(fold, 10))
    now, before = (score_cells_of([(score, np.zeros(3000, int), y)])
                   for y in (np.repeat(outcome, 10), np.arange(3000) % 5 == 0))
    alone, folded = label_drift(now, before), label_drift(now, before, current_folds=folds)
    assert folded.p_value[0] > alone.p_value[0]
    assert folded.ci_high[0] - folded.ci_low[0] > 1.5 * (alone.ci_high[0] - alone.ci_low[0])
    assert folded.ci_method == "newcombe_or_folds"


def test_no_labels_on_a_side_have_their_reason():
    some = score_cells_of([some_rows(np.random.default_rng(12), 50)])
    none = some.where(np.zeros(len(some.rows), bool))
    assert (label_drift(none, some).reasons[0], label_drift(some, none).reasons[0]) == ("no_outcomes", "no_reference")
