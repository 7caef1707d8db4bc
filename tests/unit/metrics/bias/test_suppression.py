"""Small groups' counts are left out so that no total gives them away."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from spark_monitor.metrics.bias.suppression import suppressed


def test_one_small_group_takes_the_next_smallest_with_it():
    np.testing.assert_array_equal(suppressed([3, 500, 40, 200]), [True, False, True, False])


def test_two_groups_too_small_together_take_a_third():
    np.testing.assert_array_equal(suppressed([3, 4, 40, 200]), [True, True, True, False])


def test_nothing_is_left_out_where_no_group_is_small():
    assert not suppressed([10, 500, 0]).any()


@given(arrays.arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 60)))
def test_every_line_keeps_its_secret(table):
    hidden = suppressed(table)
    assert hidden[(table > 0) & (table < 10)].all() and not hidden[table == 0].any()
    for lines, out in ((table, hidden), (table.T, hidden.T)):
        for line, gone in zip(lines, out):
            alone = gone.sum() == 1 or (gone.any() and line[gone].sum() < 10)
            assert not alone or (gone == (line > 0)).all()
