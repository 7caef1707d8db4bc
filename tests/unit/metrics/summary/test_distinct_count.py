"""How many values there are, against a set of the rows."""

import numpy as np
import pytest

from spark_monitor.metrics.summary import SUMMARY_METRICS

COMPUTE = SUMMARY_METRICS["distinct_count"].compute


def test_known_categories_are_counted_exactly(of_rows):
    estimate = COMPUTE(of_rows(["a", "b", "a", None], kind="categorical", bins=("a", "b", "c")))
    assert (estimate.value[0], estimate.error_bound[0], estimate.sample_size[0]) == (2, 0, 3)


@pytest.mark.parametrize("seed", range(30))
def test_the_rows_number_of_categories_is_within_the_bound(of_rows, seed):
    draw = np.random.default_rng(seed)
    names = ["a", "b", "c", "other1", "other2", "other3", "new1", "new2"]
    rows = [str(name) for name in draw.choice(names, draw.integers(1, 12))]
    estimate = COMPUTE(of_rows(rows, kind="categorical", bins=("a", "b", "c"), has_other=True))
    assert estimate.value[0] <= len(set(rows)) <= estimate.value[0] + estimate.error_bound[0]


@pytest.mark.parametrize("seed", range(30))
def test_the_rows_number_of_values_is_within_the_bound(of_rows, seed):
    draw = np.random.default_rng(seed)
    rows = draw.choice([0.0, 1.0, 2.0, 1.5, 1.25, 9.0], draw.integers(1, 12))
    h = of_rows(rows, kind="discrete", bins=[0.0, 1.0, 2.0])
    estimate = COMPUTE(h)
    assert estimate.value[0] <= len(set(rows)) <= estimate.value[0] + estimate.error_bound[0]
    assert h.unseen[0] or estimate.error_bound[0] == 0


def test_only_new_categories_are_at_least_one(of_rows):
    estimate = COMPUTE(of_rows(["new", "newer"], kind="categorical", bins=()))
    assert (estimate.value[0], estimate.error_bound[0]) == (1, 1)
