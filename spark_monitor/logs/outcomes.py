"""The outcome log: how its columns are read, and what is known of each key."""

from dataclasses import dataclass

from pyspark.sql import functions as F

from spark_monitor.cells.kernel.conflicts import CONFLICT
from spark_monitor.cells.kernel.scores import KNOWN, OUTCOME
from spark_monitor.errors import ContractError
from spark_monitor.logs.features import data_type
from spark_monitor.logs.layout import micros, pruning
from spark_monitor.logs.names import quote
from spark_monitor.tables.table import literal

# Times and class numbers are packed into one number, which holds some 3,000 years beside 64 classes.
FARTHEST, CLASSES = 100_000_000_000_000_000, 64


@dataclass(frozen=True)
class OutcomeLayout:
    """How the columns of one outcome log are read.

    Parameters
    ----------
    identity : tuple of str
        Its key columns, quoted, in the order of the prediction log's.
    outcome : str
        Quoted column.
    time : str
        SQL: microseconds at which the outcome became known.
    ingested : str
        SQL: microseconds at which the row was loaded; the time where the log does not say.
    horizon : int or None
        Microseconds after its prediction within which an outcome counts.
    negative_after : int or None
        Microseconds after which a prediction without an outcome is negative.
    match : {"each", "first", "last"}
    code : str or None
        SQL: the number of the outcome's class, one past the last where it is none of them; None for a value.
    as_text : bool
        Whether keys are compared as texts, since the two logs write them in different types.
    raw_time, raw_ingested : tuple of str, or None
        The columns of both times, quoted, and their Spark types: what files are pruned by; None where nothing is.
    """

    identity: tuple
    outcome: str
    time: str
    ingested: str
    horizon: int | None = None
    negative_after: int | None = None
    match: str = "each"
    as_text: bool = False
    code: str | None = None
    raw_time: tuple | None = None
    raw_ingested: tuple | None = None

    @property
    def is_loaded_later(self):
        """Whether the log says when a row was loaded."""
        return self.ingested != self.time


def bind_outcomes(config, schema, spark_types, labels=()):
    """Return the `OutcomeLayout` of a configuration.

    Parameters
    ----------
    config : MonitorConfig
    schema : pyspark.sql.types.StructType
        Of the outcome log.
    spark_types : dict of str to str
        Types of the prediction log's columns.
    labels : sequence of collection of str
        Texts that mean each class; none for a regression.

    Raises
    ------
    ContractError
        With every column that is not there or holds no time.
    """
    log, types = config.outcomes, {field.name: field.dataType.simpleString() for field in schema}
    named = [("id", name) for name in log.id] + [("outcome", log.outcome), ("time", log.time)]
    named += [("ingested", log.ingested)] if log.ingested else []
    problems = [f"outcomes.{role}: {name!r} is no column of {log.table}; found {', '.join(sorted(types))}"
                for role, name in named if name not in types]
    problems += [f"outcomes.{role}: {name!r} holds {types[name]}; expected date, timestamp or timestamp_ntz"
                 for role, name in named if role in ("time", "ingested") and name in types
                 and data_type(types[name]) != "time"]
    if problems:
        raise ContractError("\n".join(problems))
    zone = config.windows.time_zone
    time = micros(quote(log.time), types[log.time], zone)
    ingested = micros(quote(log.ingested), types[log.ingested], zone) if log.ingested else time
    return OutcomeLayout(tuple(map(quote, log.id)), quote(log.outcome), time, ingested, _micros_of(log.horizon),
                         _micros_of(log.negative_after), log.match,
                         any(types[a] != spark_types[b] for a, b in zip(log.id, config.predictions.id)),
                         _class_number(quote(log.outcome), types[log.outcome], labels) if labels else None,
                         *((quote(name), types[name]) for name in (log.time, log.ingested or log.time)))


def _class_number(column, kind, labels):
    """Return the SQL of the number of an outcome's class."""
    cases = [f"WHEN {test} THEN {place}" for place, texts in enumerate(labels) for text in sorted(texts)
             for test in [_is_label(column, kind, text)] if test]
    return f"CASE WHEN {column} IS NULL THEN NULL {' '.join(cases)} ELSE {len(labels)} END"


def _is_label(column, kind, text):
    """Return the SQL of a column being a label that is written as text; None where it can't be."""
    if data_type(kind) == "number":
        try:
            return f"{column} = {float(text)!r}D"
        except ValueError:
            return None
    if data_type(kind) == "boolean":
        return {"true": column, "false": f"NOT {column}"}.get(text)
    return f"CAST({column} AS string) = {literal(text)}"


def _micros_of(span):
    return None if span is None else int(span.total_seconds() * 1e6)


def key_columns(identity, as_text):
    """Return the key of a row as columns k0, k1, ...; as texts where the two logs write it in different types."""
    return [F.expr(f"CAST({column} AS string)" if as_text else column).alias(f"k{place}")
            for place, column in enumerate(identity)]


def keys_of(layout):
    """Return the names of the key's columns."""
    return [f"k{place}" for place in range(len(layout.identity))]


def usable(rows, layout, known_by=None):
    """Return outcome rows that say something: a key, an outcome, a time; as key columns, "y", "at" and "in".

    "y" is the number of the class where the layout has one. A row that does not say when it was loaded is taken as
    loaded when it became known.

    Parameters
    ----------
    known_by : int or None
        Only rows ingested by then.
    """
    picked = rows.select(*key_columns(layout.identity, layout.as_text),
                         F.expr(layout.code or layout.outcome).alias(OUTCOME), F.expr(layout.time).alias("at"),
                         F.expr(f"coalesce({layout.ingested}, {layout.time})").alias("in"))
    for name in (*keys_of(layout), OUTCOME, "at"):
        picked = picked.where(F.col(name).isNotNull())
    picked = picked.where(F.abs("at") < FARTHEST)
    return picked if known_by is None else picked.where(F.col("in") <= F.lit(known_by))


def known_within(rows, layout, low, high):
    """Return the outcome rows that became known in [low, high), and perhaps others; files without any are not read."""
    return rows if layout.raw_time is None else rows.where(pruning(*layout.raw_time, low, high))


def loaded_within(rows, layout, low, high):
    """Return the outcome rows that were loaded in [low, high), and perhaps others; files without any are not read."""
    if layout.raw_time is None:
        return rows
    loaded, known = (pruning(*raw, low, high) for raw in (layout.raw_ingested, layout.raw_time))
    return rows.where(f"({loaded}) OR {layout.raw_ingested[0]} IS NULL AND {known}" if layout.is_loaded_later else known)


def known_outcomes(rows, layout):
    """Return one row a key: the outcome known last, when the first one was known, and whether outcomes contradict.

    Ties in time go by ingestion, then by value. Outcomes contradict each other where they are not all of one class, or
    not all of one value; "conflict" says so. With a horizon the choice depends on the prediction, so all outcomes of a
    key stay, as a list.
    """
    keys = keys_of(layout)
    one = F.struct("at", "in", OUTCOME)
    if layout.horizon is not None:
        return rows.groupBy(*keys).agg(F.collect_list(one).alias("all"))
    others = F.min("at").alias(KNOWN), (F.min(OUTCOME) != F.max(OUTCOME)).alias(CONFLICT)
    if layout.code is not None and not layout.is_loaded_later:
        # Whole numbers are aggregated by hashing; a struct would be sorted.
        packed = F.max(F.col("at") * CLASSES + F.col(OUTCOME)).alias("packed")
        found = rows.groupBy(*keys).agg(packed, *others)
        return found.select(*keys, F.pmod("packed", F.lit(CLASSES)).alias(OUTCOME), KNOWN, CONFLICT)
    found = rows.groupBy(*keys).agg(F.max(one).alias("last"), *others)
    return found.select(*keys, F.col(f"last.{OUTCOME}").alias(OUTCOME), KNOWN, CONFLICT)
