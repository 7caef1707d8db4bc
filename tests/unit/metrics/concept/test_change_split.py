"""What a metric's change is owed to: parts that add up, and are right where one kind of change was planted."""

import numpy as np
import pytest
from planted_changes import OTHER, merged_of, more_positives, score_cells_of, some_rows, strata_of
from scipy.optimize import brentq
from scipy.special import expit, logit

from spark_monitor.metrics.concept.split import change_path, split
from spark_monitor.metrics.concept.strata import merged_bins
from spark_monitor.metrics.performance.brier import BRIER
from spark_monitor.metrics.performance.log_loss import LOG_LOSS
from spark_monitor.metrics.performance.mcc import MCC
from spark_monitor.metrics.performance.rates import ACCURACY, BASE_RATE, PRECISION, RECALL
from spark_monitor.metrics.performance.roc_auc import ROC_AUC

METRICS = (BASE_RATE, ACCURACY, RECALL, PRECISION, MCC, BRIER, LOG_LOSS, ROC_AUC)


def kept_rate():
    """Return a change of the relation that leaves the base rate of usual rows: flatter, and moved to make up for it."""
    score, segment, _ = some_rows(np.random.default_rng(0), 400_000)
    odds = logit(score) * np.array([1.0, 0.6, 1.3])[segment] + np.array([0.0, 0.8, -0.6])[segment]
    level = brentq(lambda a: (expit(0.5 * odds + a) - expit(odds)).mean(), -5, 5)
    return lambda odds: 0.5 * odds + level


def parts_of(rng, rows, metrics, count, size, reference_size):
    usual = [some_rows(rng, reference_size) for _ in range(count)]
    current = [rows(size) for _ in range(count)]
    merged = merged_of(usual[0])
    path = change_path(strata_of(current, merged), strata_of(usual, merged))
    now, before = score_cells_of(current), score_cells_of(usual)
    for metric in metrics:
        change = metric.compute(now, None).value - metric.compute(before, None).value
        found = split(path, metric, change)
        yield metric.name, change, found.mix_effect, found.label_rate_effect, found.relation_effect


@pytest.mark.parametrize("size, count", [(6000, 60), (60_000, 6)])
def test_each_kind_planted_alone_is_found_alone(size, count):
    rng, flatter = np.random.default_rng(1), kept_rate()
    planted = {
        "covariate": (lambda n: some_rows(rng, n, mix=OTHER, shift=0.5), (3, 4)),
        "label": (lambda n: more_positives(rng, n), (4,)),
        "relation": (lambda n: some_rows(rng, n, change=flatter), (2, 3)),
    }
    for kind, (rows, nothing) in planted.items():
        for found in parts_of(rng, rows, METRICS, count, size, size):
            for place in nothing:
                noise = 3 * found[place].std() / np.sqrt(count)
                assert abs(found[place].mean()) <= 0.002 + noise, (kind, found[0], place)


def test_parts_add_up_to_the_change():
    rng = np.random.default_rng(2)
    rows = [lambda n: some_rows(rng, n, mix=OTHER, shift=-0.4, change=lambda odds: 0.8 * odds + 0.3)]
    for _, change, *parts in parts_of(rng, rows[0], METRICS, 20, 1500, 4000):
        np.testing.assert_allclose(sum(parts), change, atol=1e-12, rtol=0)


def test_nothing_changed_has_no_parts():
    rng = np.random.default_rng(3)
    rows = [some_rows(rng, 2000)]
    strata = strata_of(rows, merged_of(rows[0]))
    path = change_path(strata, strata)
    for metric in METRICS:
        found = split(path, metric)
        for part in (found.mix_effect, found.label_rate_effect, found.relation_effect):
            np.testing.assert_allclose(part, 0, atol=1e-10)


def test_mix_reweights_the_reference_as_counted_by_hand():
    rng = np.random.default_rng(4)
    usual, current = some_rows(rng, 300_000), some_rows(rng, 300_000, mix=OTHER)
    merged = merged_of(usual)
    path = change_path(strata_of([current], merged), strata_of([usual], merged))
    place = [merged[np.searchsorted(np.linspace(0, 1, 201)[1:-1], rows[0])] * 3 + rows[1] for rows in (usual, current)]
    rows, hits, now = (np.bincount(at, weights, 63) for at, weights in
                       ((place[0], None), (place[0], usual[2]), (place[1], None)))
    chance = np.divide(hits, rows, out=np.zeros(63), where=rows > 0)
    truth = (now * chance).sum() / now.sum() - hits.sum() / rows.sum()
    assert split(path, BASE_RATE).mix_effect[0] == pytest.approx(truth, abs=1e-3)


def test_a_segment_that_the_reference_lacks_takes_the_line_of_all():
    rng = np.random.default_rng(5)
    usual = some_rows(rng, 20_000, mix=(0.5, 0.5, 0.0))
    current = some_rows(rng, 6000, mix=(0.4, 0.4, 0.2))
    merged = merged_of(usual)
    found = split(change_path(strata_of([current], merged), strata_of([usual], merged)), ACCURACY)
    assert np.isfinite([found.mix_effect, found.label_rate_effect, found.relation_effect]).all()


def test_one_outcome_class_and_no_rows_leave_the_rest_unharmed():
    rng = np.random.default_rng(6)
    usual, current = some_rows(rng, 3000), some_rows(rng, 3000, shift=0.3)
    never = (*current[:2], np.zeros(3000, int))
    nothing = tuple(part[:0] for part in current)
    merged = merged_of(usual)
    path = change_path(strata_of([current, never, nothing], merged), strata_of([usual] * 3, merged))
    together = split(path, ACCURACY)
    alone = split(change_path(strata_of([current], merged), strata_of([usual], merged)), ACCURACY)
    assert together.mix_effect[0] == pytest.approx(alone.mix_effect[0], abs=1e-12)
    assert np.isfinite(together.relation_effect[1]) and np.isnan(together.mix_effect[2])


def test_merged_bins_are_at_most_as_many_as_asked_and_in_order():
    weight = np.random.default_rng(7).exponential(size=1001) ** 4
    merged = merged_bins(weight)
    assert merged[-1] == merged[-2] + 1 <= 20 and (np.diff(merged) >= 0).all() and (np.diff(merged) <= 1).all()
    np.testing.assert_array_equal(merged_bins(np.zeros(4))[-1] > 0, True)
