"""Are rows that come packed in one number counted as the same rows in columns are?"""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from spark_monitor.cells.kernel.packed import (
    CONFLICT_AT, DECISION_AT, DELAY_AT, FOLD_AT, LONGEST, code_packed,
)
from spark_monitor.cells.kernel.scores import ScorePlan, code_rows
from spark_monitor.metrics.maturity.delay_bins import EDGES

LABELS = (frozenset({"0"}), frozenset({"1"}))
PLAN = ScorePlan(np.array([0, 1 << 62]), (), np.linspace(0.1, 0.9, 9), LABELS, folded=True, coded=True, contested=True)


def draw(size=2_000):
    """Return rows of every kind: without decision or outcome, of no class, known too early and far too late."""
    random = np.random.default_rng(3)
    delays = [*EDGES, *(EDGES + 1), -5, 10**17]
    rows = SimpleNamespace(
        at=random.integers(0, 10**12, size), score=random.uniform(-0.1, 1.1, size),
        decision=random.integers(-1, 2, size), outcome=random.integers(-1, 3, size),
        conflict=random.random(size) < 0.3, fold=random.integers(0, 32, size))
    rows.delay = random.choice(np.array(delays), size)
    return rows


def test_packed_rows_have_the_codes_of_plain_ones():
    rows = draw()
    none = rows.outcome < 0
    plain = pa.RecordBatch.from_pydict({
        "t": rows.at, "s": rows.score, "d": pa.array(rows.decision, mask=rows.decision < 0), "fold": rows.fold,
        "y": pa.array(rows.outcome, mask=none), "known": pa.array(rows.at + rows.delay, mask=none),
        "conflict": pa.array(rows.conflict, mask=none)})
    code = np.select([none, rows.outcome == 2], [1, 0], rows.outcome + 2)
    delay = np.where(none, 0, np.clip(rows.delay, -1, LONGEST - 1) + 1)
    number = (code | rows.decision + 1 << DECISION_AT | (rows.conflict & ~none).astype(int) << CONFLICT_AT
              | rows.fold << FOLD_AT | delay << DELAY_AT)
    expected = code_rows(plain, PLAN)
    found = code_packed(pa.RecordBatch.from_pydict({"t": rows.at, "s": rows.score, "p": number}), PLAN)
    for name in ("cell", "fold", "delay", "conflict"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
    for name, sums in expected.sums.items():
        np.testing.assert_array_equal(found.sums[name], sums, name)
    assert len(set(expected.delay)) > 300 and {-1, 2} <= set(rows.outcome)
