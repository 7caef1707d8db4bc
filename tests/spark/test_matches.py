"""Is an outcome the truth of those predictions of its key that a slow count finds, each, the first or the last?"""

from itertools import product

import numpy as np
import pytest

from spark_monitor.logs.matches import beside_outcomes, neighbours, reach_of_outcomes
from spark_monitor.logs.outcomes import OutcomeLayout, known_outcomes

DAY = 86_400_000_000
AS_OF = 30 * DAY
PREDICTIONS = "n int, t bigint, q boolean, v string, k0 int"
OUTCOMES = "k0 int, y int, at bigint, in bigint"


def draw():
    """Return predictions of twelve keys, ten each by two versions or one, and none to three outcomes of a key."""
    random = np.random.default_rng(4)
    rows = [(10 * key + n, int(random.integers(0, 20) * DAY // 2), False, str(random.integers(1, 3)), key)
            for key in range(12) for n in range(10)]
    # Rows without a place come before all others in time, and are the first of nothing.
    rows += [(900 + key, None, True, "1", key) for key in range(6)]
    truth = [(key, int(random.integers(0, 2)), int(at), int(at + random.integers(0, DAY)))
             for key in range(10) for at in random.integers(0, 12 * DAY, random.integers(0, 4))]
    # Known before all predictions of its key; and known in the moment of one.
    return rows, [*truth, (3, 1, -DAY, -DAY), (5, 1, rows[50][1], rows[50][1])]


def slow_count(rows, truth, match, horizon, negative_after):
    """Return {row: (outcome, when first known, is it contradicted)} of placed rows, None where there is none."""
    found = {}
    for n, t, quarantined, v, key in rows:
        if quarantined:
            continue
        times = {other for _, other, out, w, k in rows if k == key and w == v and not out}
        mine = [(at, loaded, y) for k, y, at, loaded in truth if k == key]
        if horizon is None:
            first_known = min([at for at, *_ in mine], default=None)
            made_before = [other for other in times if first_known is not None and other <= first_known]
            chosen = {"each": t, "first": min(times), "last": max(made_before, default=min(times))}[match]
            inside, own = mine, mine if t == chosen else []
        else:
            inside = [one for one in mine if t <= one[0] <= t + horizon]
            own = [one for one in inside if match == "each"
                   or t == {"first": min, "last": max}[match](s for s in times if s <= one[0] <= s + horizon)]
        found[n] = (max(own)[2], min(own)[0], len({y for *_, y in own}) > 1) if own else (None, None, None)
        if not inside and negative_after is not None and t + negative_after <= AS_OF:
            found[n] = 0, t + negative_after, None
    return found


@pytest.mark.parametrize("match, horizon, negative_after", list(product(
    ["each", "first", "last"], [None, 3 * DAY], [None, 25 * DAY])))
def test_outcomes_go_where_a_slow_count_puts_them(spark, match, horizon, negative_after):
    rows, truth = draw()
    # No two outcomes of a key are known at once, so that it is the same when they were loaded.
    ingested = "in" if negative_after is None else "at"
    layout = OutcomeLayout(("id",), "y", "at", ingested, horizon, negative_after, match, code="y")
    predictions = spark.createDataFrame(rows, PREDICTIONS)
    known = known_outcomes(spark.createDataFrame(truth, OUTCOMES), layout)
    siblings = None if match == "each" else neighbours(predictions, layout, versioned=True)
    joined = beside_outcomes(predictions, known, layout, AS_OF, True, siblings).collect()
    assert len(joined) == len(rows) and {"n", "t", "q", "v", "k0", "y", "known", "conflict"} == set(joined[0].asDict())
    found = {row["n"]: (row["y"], row["known"], row["conflict"]) for row in joined if not row["q"]}
    expected = slow_count(rows, truth, match, horizon, negative_after)
    assert found == expected
    assert 0 < sum(y is not None for y, *_ in expected.values()) < len(expected)
    assert any(torn for *_, torn in expected.values())


def test_predictions_that_share_an_outcome_lie_within_a_horizon_of_each_other():
    assert reach_of_outcomes([10 * DAY, 11 * DAY], 3 * DAY, 0, AS_OF) == (7 * DAY, 14 * DAY)
    assert reach_of_outcomes([10 * DAY, 11 * DAY], None, 0, AS_OF) == (0, 31 * DAY)
