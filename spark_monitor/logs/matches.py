"""Which predictions is an outcome the truth of, where a key is predicted several times?"""

from functools import reduce

from pyspark.sql import Window
from pyspark.sql import functions as F

from spark_monitor.cells.kernel.conflicts import CONFLICT
from spark_monitor.cells.kernel.plan import QUARANTINED, TIME, VERSION
from spark_monitor.cells.kernel.scores import KNOWN, OUTCOME
from spark_monitor.logs.outcomes import keys_of

# Times of the predictions of a key before and after one, and whether its outcome is the truth of another.
BEFORE, AFTER, PASSED = "before", "after", "passed"


def beside_outcomes(predictions, outcomes, layout, as_of, versioned, siblings=None):
    """Return canonical predictions, keys included, with "y" and "known" of the outcome that is the truth of each.

    "conflict" says whether the outcomes that can be its truth contradict each other; null where there are none.

    Parameters
    ----------
    predictions : pyspark.sql.DataFrame
        Canonical rows with the key columns of `key_columns`.
    outcomes : pyspark.sql.DataFrame
        As `known_outcomes` returns them.
    layout : OutcomeLayout
    as_of : int
        Microseconds.
    versioned : bool
    siblings : pyspark.sql.DataFrame, optional
        As `neighbours` returns them, where an outcome is the truth of one prediction alone.
    """
    keys = keys_of(layout)
    joined = predictions.join(outcomes, keys, "left")
    if siblings is not None:
        joined = _beside_neighbours(joined, siblings, keys, versioned)
    joined = joined.withColumn(PASSED, F.lit(False))
    if layout.horizon is not None:
        joined = _within_horizon(joined, layout)
    elif siblings is not None:
        joined = _one_of_each_key(joined, layout.match)
    if layout.negative_after is not None:
        due = F.col(TIME) + F.lit(layout.negative_after)
        late = F.col(OUTCOME).isNull() & ~F.col(PASSED) & (due <= F.lit(as_of))
        joined = joined.withColumn(KNOWN, F.when(late, due).otherwise(F.col(KNOWN)))
        joined = joined.withColumn(OUTCOME, F.when(late, F.lit(0)).otherwise(F.col(OUTCOME)))
    return joined.drop(PASSED, BEFORE, AFTER)


def reach_of_outcomes(bounds, horizon, first, last):
    """Return where all predictions lie that may share an outcome with those within some bounds, microseconds each.

    Examples
    --------
    >>> reach_of_outcomes([100, 110, 120], 30, 0, 1000), reach_of_outcomes([100, 120], None, 0, 1000)
    ((70, 150), (0, 86400001000))
    """
    if horizon is None:
        return first, last + 86_400_000_000
    return int(bounds[0]) - horizon, int(bounds[-1]) + horizon


def neighbours(predictions, layout, versioned):
    """Return each key, version and time of predictions with the nearest times of the key before and after it.

    Rows of one key, version and time are one prediction.

    Parameters
    ----------
    predictions : pyspark.sql.DataFrame
        Canonical rows with the key columns: all that could share an outcome with those in question.
    layout : OutcomeLayout
    versioned : bool
    """
    by = [*keys_of(layout), *([VERSION] if versioned else [])]
    placed = predictions.where(~F.col(QUARANTINED)).select(*by, TIME).distinct()
    in_order = Window.partitionBy(*by).orderBy(TIME)
    return placed.withColumn(BEFORE, F.lag(TIME).over(in_order)).withColumn(AFTER, F.lead(TIME).over(in_order))


def _beside_neighbours(joined, siblings, keys, versioned):
    at = [*keys, TIME, *([VERSION] if versioned else [])]
    renamed = siblings.select(*[F.col(name).alias(f"sibling {name}") for name in at], BEFORE, AFTER)
    same = [F.col(name).eqNullSafe(F.col(f"sibling {name}")) for name in at]
    return joined.join(renamed, reduce(lambda a, b: a & b, same), "left").drop(*[f"sibling {name}" for name in at])


def _within_horizon(joined, layout):
    """Leave of all outcomes of a key those within the horizon, and of these those of no earlier or later prediction."""
    end = F.lit(layout.horizon)
    tests = {
        "each": lambda one: F.lit(True),
        "first": lambda one: F.col(BEFORE).isNull() | (one["at"] > F.col(BEFORE) + end),
        "last": lambda one: F.col(AFTER).isNull() | (one["at"] < F.col(AFTER)),
    }
    inside = F.filter("all", lambda one: (one["at"] >= F.col(TIME)) & (one["at"] <= F.col(TIME) + end))
    own = F.filter("inside", tests[layout.match])
    joined = joined.withColumn("inside", inside).withColumn("own", own)
    kept = [name for name in joined.columns if name not in ("all", "inside", "own", PASSED)]
    passed = F.coalesce((F.size("inside") > 0) & (F.size("own") == 0), F.lit(False))
    said = F.transform("own", lambda one: one[OUTCOME])
    return joined.select(*kept, passed.alias(PASSED), F.array_max("own")[OUTCOME].alias(OUTCOME),
                         F.array_min("own")["at"].alias(KNOWN),
                         (F.array_min(said) != F.array_max(said)).alias(CONFLICT))


def _one_of_each_key(joined, match):
    """Leave the outcome with the first prediction of its key, or the last one made before it was first known.

    One that was known before any prediction stays with the first, where it is seen to have been known too early.
    """
    first = F.col(BEFORE).isNull()
    before_next = F.col(AFTER).isNull() | (F.col(KNOWN) < F.col(AFTER))
    own = first if match == "first" else before_next & (first | (F.col(KNOWN) >= F.col(TIME)))
    there = F.col(OUTCOME).isNotNull()
    joined = joined.withColumn(PASSED, there & ~own)
    for name in (OUTCOME, KNOWN, CONFLICT):
        joined = joined.withColumn(name, F.when(~F.col(PASSED), F.col(name)))
    return joined
