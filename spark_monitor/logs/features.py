"""Which columns are features: what `features` in the configuration means for the columns that a table has."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from spark_monitor.cells.render import escape

NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
TIMES = ("date", "timestamp", "timestamp_ntz")


@dataclass(frozen=True)
class FeatureSource:
    """A feature before its bins are frozen: where its values come from and how they are to be counted.

    Parameters
    ----------
    feature : str
    family : {"drift", "prediction"}
    columns : tuple of str
        Columns of the table; several only for a confidence.
    kind : {"numeric", "categorical"}
    data_type : {"number", "text", "boolean", "time", "other"}
    low, high : float or None
    sensitive : bool
    """

    feature: str
    family: str
    columns: tuple
    kind: str
    data_type: str
    low: float | None = None
    high: float | None = None
    sensitive: bool = False


def data_type(spark_type):
    """Return the class of a Spark type by its simple name; changes inside a class are no change of type.

    Examples
    --------
    >>> data_type("decimal(10,2)"), data_type("string"), data_type("array<int>")
    ('number', 'text', 'other')
    """
    word = spark_type.split("(")[0]
    if word in NUMBERS:
        return "number"
    if word in TIMES:
        return "time"
    return {"string": "text", "varchar": "text", "char": "text", "boolean": "boolean"}.get(word, "other")


def mapped_columns(config):
    """Return the columns that have a role of their own in the prediction log, so that `auto` leaves them out."""
    log = config.predictions
    scores = log.score.values() if isinstance(log.score, dict) else [log.score]
    single = [log.time, log.version, log.prediction, log.weight, log.low, log.high, *scores]
    return {name for name in (*single, *log.id, *(log.entity or ()), *log.where) if name}


def choose_features(config, types):
    """Return the model's features, what was left out, each with a reason, and what is wrong with the choice.

    Parameters
    ----------
    config : MonitorConfig
    types : dict of str to str
        Column name to class of type, in the table's order.

    Returns
    -------
    chosen : list of FeatureSource
    left_out : list of (str, str)
    problems : list of str
        A feature that is named outright is not a column, or can't be counted as asked.
    """
    wanted, mapped = config.predictions.features, mapped_columns(config)
    problems = [f"predictions.features: {name!r} is no column of {config.predictions.table}"
                for name in wanted.include or () if name not in types and not any(c in name for c in "*?[")]
    said = {source.feature: source.columns for source in prediction_features(config, types)}
    problems += [f"predictions.features: {name!r} is what results call the model's own {name}; rename the column"
                 for name in wanted.include or () if name in types and said.get(name, (name,)) != (name,)]
    chosen, left_out = [], []
    for name, kind in types.items():
        # Under such a name stands already what the model said.
        reason = "reserved_name" if name in said else _why_not(name, kind, wanted, mapped, config)
        if reason:
            left_out.append((name, reason))
            continue
        source = _source(name, kind, wanted.options.get(name), config)
        if source.kind == "numeric" and kind in ("text", "other"):
            problems.append(f"predictions.features: {name!r} holds {kind}; it can't be numeric")
        else:
            chosen.append(source)
    return chosen, left_out, problems


def _why_not(name, kind, wanted, mapped, config):
    named = wanted.include is not None
    if named and not any(fnmatchcase(name, glob) for glob in wanted.include):
        return "not_included"
    if any(fnmatchcase(name, glob) for glob in wanted.exclude):
        return "excluded"
    if name in mapped and not (named and name in wanted.include):
        return "mapped"
    if kind == "other":
        return "type_not_countable"
    if named or name in wanted.options:
        return None
    if config.outcomes is not None and name == config.outcomes.outcome:
        return "outcome"
    return "time" if kind == "time" else None


def _source(name, kind, options, config):
    low, high = (options.range if options is not None and options.range else (None, None))
    asked = options.kind if options is not None else None
    return FeatureSource(name, "drift", (name,), asked or ("numeric" if kind in ("number", "time") else "categorical"),
                         kind, low, high, any(fnmatchcase(name, glob) for glob in config.sensitive))


def score_sources(config, types):
    """Return what score cells are binned by: the score, or each class's; nothing without scores or without outcomes."""
    log = config.predictions
    if config.outcomes is None or config.task not in ("binary", "multiclass") or not log.score:
        return []
    scores = {"score": log.score}
    if isinstance(log.score, dict):
        scores = {f"score:{escape(label)}": log.score[label] for label in config.labels}
    return [FeatureSource(feature, "performance", (name,), "numeric", types.get(name, "number"))
            for feature, name in scores.items()]


def prediction_features(config, types):
    """Return what the model said as features: prediction, score, score:<class> and confidence."""
    log, classes = config.predictions, config.task in ("binary", "multiclass")
    found = []
    if log.prediction:
        kind = types.get(log.prediction, "text")
        numeric = not classes and kind == "number"
        found.append(FeatureSource("prediction", "prediction", (log.prediction,),
                                   "numeric" if numeric else "categorical", kind))
    scores = log.score if isinstance(log.score, dict) else {None: log.score} if log.score else {}
    for label, column in scores.items():
        name = "score" if label is None else f"score:{label}"
        found.append(FeatureSource(name, "prediction", (column,), "numeric", types.get(column, "number")))
    if scores and classes:
        found.append(FeatureSource("confidence", "prediction", tuple(scores.values()), "numeric", "number"))
    return found
