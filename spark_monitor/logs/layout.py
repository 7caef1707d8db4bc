"""The canonical columns of a prediction log: a SQL expression each, made once from the configuration and the schema."""

from dataclasses import dataclass

from pyspark.sql import functions as F

from spark_monitor.cells.kernel.plan import QUARANTINED, TIME, VERSION, WEIGHT
from spark_monitor.errors import ContractError
from spark_monitor.logs.features import data_type
from spark_monitor.logs.names import quote
from spark_monitor.logs.nested import derived_columns
from spark_monitor.windows import to_datetime, to_micros

EARLIEST, LATEST = -(1 << 63), (1 << 63) - 1


@dataclass(frozen=True)
class Roles:
    """The columns that place a row, by their plain names: what a reader of files goes by.

    Parameters
    ----------
    time : str or None
        None where every row lies in the first slice of 1970.
    first, last : int
        Microseconds; a time before or after these is absurd.
    identity : tuple of str
        Columns of which none may be missing.
    version, weight : str or None
    """

    time: str | None
    first: int
    last: int
    identity: tuple
    version: str | None
    weight: str | None


@dataclass(frozen=True)
class Layout:
    """How the columns of one prediction log are read.

    Parameters
    ----------
    types : dict of str to str
        Class of type of each column, in the table's order.
    time, reason : str
        SQL: microseconds since the epoch (NULL where unknown); why the row has no place (NULL where it has one).
    raw_time, time_type : str
        The time column, quoted, and its Spark type: what files are pruned by.
    identity : tuple of str
        The id columns, quoted.
    version, weight : str or None
        Quoted columns.
    where : dict
        Equalities that select this model's rows in a shared log.
    derived : dict of str to Derived
        Values that are made of columns: fields of structs, lengths.
    roles : Roles
    """

    types: dict
    spark_types: dict
    time: str
    reason: str
    raw_time: str
    time_type: str
    identity: tuple
    version: str | None
    weight: str | None
    where: dict
    derived: dict
    roles: Roles

    def own(self, rows):
        """Return the rows of this model in a log that several models share."""
        for name, value in self.where.items():
            rows = rows.where(F.col(quote(name)) == F.lit(value))
        return rows

    def between(self, rows, low, high):
        """Return rows with a time in [low, high), with a literal on the raw column so that files can be skipped."""
        return self.within(rows, [(low, high)])

    def within(self, rows, spans):
        """Return rows with a time in one of some spans, as `between` does."""
        if self.raw_time is None:
            return rows
        skipping = [pruning(self.raw_time, self.time_type, low, high) for low, high in spans]
        exactly = [f"{self.time} >= {low} AND {self.time} < {high}" for low, high in spans]
        for conditions in (skipping, exactly):
            rows = rows.where(" OR ".join(f"({condition})" for condition in conditions))
        return rows

    def canonical(self, rows, columns, more=()):
        """Return rows as the kernel reads them: "t", "q", "v", "w", and each of `columns` under its batch name.

        Parameters
        ----------
        rows : pyspark.sql.DataFrame
        columns : dict of str to str
            Column of the table -> name in the batch. One that the table has not reads as null text.
        more : sequence of pyspark.sql.Column
            What else to select.
        """
        picked = [F.expr(self.time).alias(TIME), F.expr(f"({self.reason}) IS NOT NULL").alias(QUARANTINED)]
        if self.version:
            picked.append(F.expr(self.version).alias(VERSION))
        if self.weight:
            picked.append(F.expr(f"CAST({self.weight} AS double)").alias(WEIGHT))
        picked += [F.expr(self.value(name)).alias(batch_name) for name, batch_name in columns.items()]
        return rows.select(*picked, *more)

    def value(self, name):
        """Return the SQL of one column's value; null text where the table has no such column."""
        if name in self.derived:
            return self.derived[name].sql
        return quote(name) if name in self.spark_types else "CAST(NULL AS string)"


def micros(column, kind, zone):
    """Return the SQL of microseconds since the epoch; plain dates and zone-less times are in `zone`.

    `convert_timezone` works on zone-less times, so that the session's own time zone never enters.
    """
    if kind == "timestamp":
        return f"unix_micros({column})"
    local = f"CAST({column} AS timestamp_ntz)"
    return (f"timestampdiff(MICROSECOND, TIMESTAMP_NTZ'1970-01-01 00:00:00', "
            f"convert_timezone('{zone}', 'UTC', {local}))")


def pruning(column, kind, low, high):
    """Return a condition on the raw time column that holds for every row of [low, high) and lets files be skipped."""
    if kind == "timestamp":
        return f"{column} >= timestamp_micros({low}) AND {column} < timestamp_micros({high})"
    # A zone-less time may lie up to a day beside its instant; the exact condition stands beside this one.
    first, last = (to_datetime(edge + side * 86_400_000_000).strftime("%Y-%m-%d")
                   for edge, side in ((low, -1), (high, 2)))
    return f"{column} >= DATE'{first}' AND {column} < DATE'{last}'"


def bind(config, schema, as_of):
    """Return the `Layout` of a prediction log.

    Parameters
    ----------
    config : MonitorConfig
    schema : pyspark.sql.types.StructType
    as_of : int
        Microseconds; a time more than a day later is absurd.

    Raises
    ------
    ContractError
        If the time or an id column is not there, or the time column holds no time; with every such problem at once.
    """
    log, zone = config.predictions, config.windows.time_zone
    spark_types = {field.name: field.dataType.simpleString() for field in schema}
    problems = [f"predictions.{role}: {name!r} is no column of {log.table}; found {', '.join(sorted(spark_types))}"
                for role, names in (("time", [log.time]), ("id", log.id), ("where", log.where)) for name in names
                if name not in spark_types]
    kind = spark_types.get(log.time)
    if kind is not None and data_type(kind) != "time":
        problems.append(f"predictions.time: {log.time!r} holds {kind}; expected date, timestamp or timestamp_ntz")
    if problems:
        raise ContractError("\n".join(problems))
    common = _common(config, schema)
    time, identity = micros(quote(log.time), kind, zone), tuple(quote(name) for name in log.id)
    first, last = to_micros(config.windows.start), as_of + 86_400_000_000
    reason = _reason(time, first, last, identity, common["weight"])
    roles = Roles(log.time, first, last, tuple(log.id), *_names(log, spark_types))
    return Layout(**common, roles=roles, time=time, reason=reason, raw_time=quote(log.time), time_type=kind,
                  identity=identity, where=dict(log.where))


def bind_table(config, schema, time=None):
    """Return the `Layout` of a reference table, such as training data: it may lack the id, the version and any time.

    Parameters
    ----------
    config : MonitorConfig
    schema : pyspark.sql.types.StructType
    time : str or None
        Its column of the event time; without one every row lies in the first slice of 1970.

    Raises
    ------
    ContractError
        If the time column is not there or holds no time.
    """
    spark_types = {field.name: field.dataType.simpleString() for field in schema}
    kind = spark_types.get(time)
    if time is not None and (kind is None or data_type(kind) != "time"):
        raise ContractError(f"references: time {time!r} is {'no column' if kind is None else kind}; expected a column "
                            f"of dates or timestamps among {', '.join(sorted(spark_types))}")
    log = config.predictions
    identity = [name for name in log.id if name in spark_types] or list(spark_types)
    return Layout(**_common(config, schema), roles=Roles(time, EARLIEST, LATEST, (), *_names(log, spark_types)),
                  time=micros(quote(time), kind, config.windows.time_zone) if time else "CAST(0 AS bigint)",
                  reason=f"CASE WHEN {quote(time)} IS NULL THEN 'no_time' END" if time else "CAST(NULL AS string)",
                  raw_time=quote(time) if time else None, time_type=kind, identity=tuple(map(quote, identity)),
                  where={})


def _common(config, schema):
    """Return the parts of a `Layout` that a log and a reference table find alike: types, version, weight."""
    log, spark_types = config.predictions, {field.name: field.dataType.simpleString() for field in schema}
    version, weight = (quote(name) if name else None for name in _names(log, spark_types))
    said = (name for names in config.segments for name in names)
    asked = {*(log.features.include or ()), *log.features.options, *said}
    derived = derived_columns(schema, asked)
    every = {**spark_types, **{name: value.value_type for name, value in derived.items()}}
    return {"types": {name: data_type(text) for name, text in every.items()}, "spark_types": spark_types,
            "derived": derived, "version": version, "weight": weight}


def _names(log, spark_types):
    return (name if name in spark_types else None for name in (log.version, log.weight))


def _reason(time, first, last, identity, weight):
    cases = [f"WHEN {time} IS NULL THEN 'no_time'",
             f"WHEN {time} < {first} OR {time} > {last} THEN 'absurd_time'",
             f"WHEN {' OR '.join(f'{column} IS NULL' for column in identity)} THEN 'no_id'"]
    if weight:
        number = f"CAST({weight} AS double)"
        cases.append(f"WHEN {number} IS NULL OR isnan({number}) OR {number} < 0 OR {number} = double('inf') "
                     "THEN 'bad_weight'")
    return f"CASE {' '.join(cases)} END"
