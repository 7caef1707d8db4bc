"""Is it told apart how many keys have news, how many predictions they are of, and how many are of none?"""

from types import SimpleNamespace

from spark_monitor.logs.arrivals import predictions_touched
from spark_monitor.logs.outcomes import OutcomeLayout

QUARTER = 900_000_000
LAYOUT = OutcomeLayout(("id",), "y", "at", "at")


def test_keys_predictions_and_orphans_are_counted_in_one_pass(spark):
    # Key 1 is predicted three times in two quarters of an hour, key 2 once, key 3 only where a row has no place.
    log = [(1, 5, None), (1, 6, None), (1, 4 * QUARTER + 1, None), (2, 4 * QUARTER, None), (3, 0, "no_id"), (9, 7, None)]
    rows = spark.createDataFrame(log, "id int, t bigint, why string")
    keys = spark.createDataFrame([(1,), (2,), (3,), (4,)], "k0 int")
    read_as = SimpleNamespace(time="t", reason="why", identity=("id",))
    quarters, *counts = predictions_touched(keys, rows, read_as, LAYOUT)
    assert (quarters.tolist(), counts) == ([0, 4 * QUARTER], [4, 4, 2])


def test_nothing_new_is_no_key(spark):
    rows = spark.createDataFrame([(1, 5, None)], "id int, t bigint, why string")
    read_as = SimpleNamespace(time="t", reason="why", identity=("id",))
    quarters, *counts = predictions_touched(spark.createDataFrame([], "k0 int"), rows, read_as, LAYOUT)
    assert (quarters.tolist(), counts) == ([], [0, 0, 0])
