"""Do decisions, outcomes, folds and delays come out of a packed number as the kernel reads them from columns?"""

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from spark_monitor.cells.kernel.packed import LONGEST, unpack
from spark_monitor.cells.kernel.scores import code_labels
from spark_monitor.logs.packing import pack_outcomes, pack_roles

TRUE_FALSE = (frozenset({"0", "false"}), frozenset({"1", "true"}))
NAMED = (frozenset({"on time"}), frozenset({"late"}))
DECISIONS = {"string": (["0", "true", "1", "yes", None, "1.0"], TRUE_FALSE), "boolean": ([True, False, None], TRUE_FALSE),
             "int": ([0, 1, 2, None], TRUE_FALSE), "double": ([0.0, 1.0, 0.5, float("nan"), None], TRUE_FALSE),
             "bigint": ([-1, 1, 0], (frozenset({"-1"}), frozenset({"1"})))}


@pytest.mark.parametrize("kind", DECISIONS)
def test_a_decision_is_the_class_that_its_text_means(spark, kind):
    values, labels = DECISIONS[kind]
    rows = spark.createDataFrame([(n, value) for n, value in enumerate(values)], f"n int, d {kind}")
    packed = pack_roles({"d": F.col("d"), "fold": F.col("n"), "s": F.lit(0.5)}, kind, labels)
    assert set(packed) == {"s", "p"}
    found = rows.select("n", packed["p"].alias("p")).orderBy("n").toArrow().column("p").combine_chunks()
    decision, _, _, fold, _ = unpack(found.to_numpy())
    kinds = {"int": pa.int32(), "double": pa.float64(), "bigint": pa.int64(), "boolean": pa.bool_()}
    texts = code_labels(pa.array(values, kinds.get(kind, pa.string())), labels)
    # What is none of the classes is no decision.
    assert decision.tolist() == [max(code, -1) for code in texts] and fold.tolist() == list(range(len(values)))


@pytest.mark.parametrize("kind, labels", [("decimal(3,1)", TRUE_FALSE), ("double", NAMED), ("date", TRUE_FALSE),
                                          ("bigint", (frozenset({"9" * 30}), frozenset({"1"})))])
def test_labels_that_sql_can_not_tell_are_not_packed(spark, kind, labels):
    assert pack_roles({"d": F.col("d")}, kind, labels) is None


def test_an_outcome_travels_with_its_delay(spark):
    rows = spark.createDataFrame([(0, 10, None, None, None), (1, 10, 0, 12, False), (2, 10, 1, 3, True),
                                  (3, 10, 2, 10, False), (4, 10, 1, 10**17, False)],
                                 "n int, t bigint, y int, known bigint, conflict boolean")
    packed = pack_outcomes(rows.withColumn("p", F.lit(0).cast("bigint"))).orderBy("n").toArrow()
    assert packed.column_names == ["n", "t", "p"]
    decision, outcome, conflict, _, delay = unpack(packed.column("p").combine_chunks().to_numpy())
    assert outcome.tolist() == [-1, 0, 1, -2, 1] and set(decision.tolist()) == {-1}
    assert conflict.tolist() == [False, False, True, False, False]
    assert delay.tolist()[1:] == [2, -1, 0, LONGEST - 1]
