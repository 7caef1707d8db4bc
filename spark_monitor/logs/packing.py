"""How decision, outcome, fold, delay and conflict of a row become one number in Spark, before they are handed over."""

import re
from functools import reduce
from operator import or_

from pyspark.sql import functions as F

from spark_monitor.cells.kernel.conflicts import CONFLICT
from spark_monitor.cells.kernel.packed import CONFLICT_AT, DECISION_AT, DELAY_AT, FOLD_AT, LONGEST, PACKED
from spark_monitor.cells.kernel.plan import TIME
from spark_monitor.cells.kernel.scores import DECISION, FOLD, KNOWN, OUTCOME

WHOLE = ("tinyint", "smallint", "int", "bigint")
FLOATING = ("float", "double")
# Whole numbers as they are written; those that are the same as a float; those that may be too long for SQL.
PLAIN, SHORT, LONG = re.compile(r"0|-?[1-9]\d*"), re.compile(r"0|-?[1-9]\d{0,4}"), re.compile(r"-?\d{18,}")


def pack_roles(roles, kind, labels):
    """Return the columns of predictions with decision and fold in one, or None where labels can't be told in SQL.

    Parameters
    ----------
    roles : dict of str to pyspark.sql.Column
        What a batch holds beside times and segments, by its name there.
    kind : str or None
        Spark type of the decision; None where there is none.
    labels : sequence of collection of str
        Texts that mean negative, and texts that mean positive.
    """
    parts = [F.lit(0).cast("bigint")]
    if DECISION in roles:
        tests = [_is_label(roles[DECISION], kind, texts) for texts in labels]
        if any(test is None for test in tests):
            return None
        place = F.when(tests[0], 1).when(tests[1], 2).otherwise(0)
        parts.append(F.shiftleft(place.cast("bigint"), DECISION_AT))
    if FOLD in roles:
        parts.append(F.shiftleft(roles[FOLD].cast("bigint"), FOLD_AT))
    rest = {name: column for name, column in roles.items() if name not in (DECISION, FOLD)}
    return {**rest, PACKED: sum(parts[1:], parts[0])}


def _is_label(column, kind, texts):
    """Return whether a column is one of some labels, as the kernel reads their texts; None where SQL can't say."""
    if kind == "string":
        return column.isin(*sorted(texts))
    if kind == "boolean":
        said = [column if text == "true" else ~column for text in texts if text in ("true", "false")]
    elif kind in WHOLE and not any(LONG.fullmatch(text) for text in texts) or kind in FLOATING and all(
            SHORT.fullmatch(text) or text in ("true", "false") for text in texts):
        said = [column == int(text) for text in texts if PLAIN.fullmatch(text)]
    else:
        return None
    return reduce(or_, said, F.lit(False))


def pack_outcomes(joined):
    """Return joined rows with all that is packed in one column; see `cells.kernel.packed`.

    Parameters
    ----------
    joined : pyspark.sql.DataFrame
        As `beside_outcomes` returns it, of columns of `pack_roles`, outcomes as numbers of two classes.
    """
    outcome = F.when(F.col(OUTCOME).isNull(), 1).when(F.col(OUTCOME) > 1, 0).otherwise(F.col(OUTCOME) + 2)
    delay = F.greatest(F.least(F.col(KNOWN) - F.col(TIME), F.lit(LONGEST - 1)), F.lit(-1)) + 1
    number = (F.col(PACKED) + outcome.cast("bigint") + F.when(F.col(CONFLICT), 1 << CONFLICT_AT).otherwise(0)
              + F.shiftleft(F.coalesce(delay, F.lit(0)).cast("bigint"), DELAY_AT))
    kept = [name for name in joined.columns if name not in (OUTCOME, KNOWN, CONFLICT, PACKED)]
    return joined.select(*kept, number.alias(PACKED))
