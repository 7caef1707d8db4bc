"""What several models of one run ask of a table at once: in which order, and as one predicate."""

from dataclasses import dataclass

from spark_monitor.tables import people, results, state
from spark_monitor.tables.table import literal

# In which order several models write: as one does, references after what they name, history before what replaces it.
READS, WRITES = 0, 1
PLACES = {table.name: place for place, table in enumerate((
    state.BINS, state.REFERENCE_CELLS, state.SCORE_CELLS, state.ERROR_CELLS, state.RELATION_CELLS, state.REFERENCES,
    state.FEATURE_CELLS, state.PAIR_CELLS, results.HISTORY, results.METRICS, state.HABITS, results.VERDICTS,
    results.MUTES, results.ALERTS, people.MODELS, people.DECISIONS, people.REVIEWS, results.RUNS))}


@dataclass(frozen=True)
class Change:
    """What one model wants written to a table.

    Parameters
    ----------
    model : str or None
        Whose rows; None where it is not one of several models that write together.
    rows : pyspark.sql.DataFrame or pyarrow.Table
    predicate : str or None
        Which rows are replaced; None where rows are appended.
    """

    model: str | None
    rows: object
    predicate: str | None = None


def either(slices):
    """Return the predicate that one of several slices of models holds; models that ask alike are named together.

    Parameters
    ----------
    slices : list of (str, str)
        Model, and the predicate of its slice by `of_model`.

    Examples
    --------
    >>> either([("a", "model = 'a' AND (x = 1)"), ("b", "model = 'b' AND (x = 1)")])
    "model IN ('a', 'b') AND (x = 1)"
    >>> either([("a", "model = 'a'"), ("b", "model = 'b' AND (x = 1)")])
    "model IN ('a', 'b') AND (model IN ('a') OR model IN ('b') AND (x = 1))"
    """
    if len(slices) == 1:
        return slices[0][1]
    alike = {}
    for model, predicate in slices:
        alike.setdefault(predicate.removeprefix(f"model = {literal(model)}"), []).append(model)
    parts = [f"{_one_of(models)}{rest}" for rest, models in alike.items()]
    if len(parts) == 1:
        return parts[0]
    # Files are found by their model first, whatever else is asked for.
    return f"{_one_of([model for model, _ in slices])} AND ({' OR '.join(parts)})"


def _one_of(models):
    return f"model IN ({', '.join(map(literal, models))})"
