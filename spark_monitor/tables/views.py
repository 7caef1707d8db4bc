"""Views over the tables: the newest metrics, histograms with their bounds, open alerts, one wide view per family.

Each is a SQL text made from the names of the tables that it reads. In a catalog they are views; over a folder, which
can hold none, they are temporary views of a session (`make_views`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from spark_monitor.cells.render import SPECIAL_NAMES
from spark_monitor.logs.names import quote
from spark_monitor.metrics import METRICS
from spark_monitor.metrics.drift import DRIFT_STATISTICS
from spark_monitor.tables import people, results, state
from spark_monitor.tables.alerts_view import alerts_open
from spark_monitor.tables.change import metrics_change
from spark_monitor.tables.people_views import decisions_standing, reviews_waiting
from spark_monitor.tables.reliability_view import reliability
from spark_monitor.tables.sweep_view import threshold_sweep

WIDE_KEY = [name for name in results.METRICS.names[:11] if name not in ("family", "metric")]


@dataclass(frozen=True)
class View:
    """A view: what it is called, the tables it reads, and its query.

    Parameters
    ----------
    name : str
    about : str
    tables : tuple of Table
    query : callable
        Given the SQL name of each of `tables`, in order, returns the text of the query.
    """

    name: str
    about: str
    tables: tuple
    query: Callable


def metrics_latest(metrics):
    """Return the query for the metrics of the newest complete window of each model and grain.

    Only complete windows are ever published, so that the newest published one is it; a window that nothing was
    predicted in counts as well.
    """
    columns = ", ".join(f"m.{name}" for name in results.METRICS.names)
    return (f"SELECT {columns} FROM {metrics} m JOIN (SELECT model, grain, max(window_start) AS newest FROM {metrics} "
            "GROUP BY model, grain) n ON m.model = n.model AND m.grain = n.grain AND m.window_start = n.newest")


def histograms(cells, bins):
    """Return the query for histograms, one row a bin: bin, lower, upper and category, row_count and weight.

    Numeric bins are (lower, upper], NULL where open; a discrete bin is its value, lower and upper alike, and takes
    values in between from below. Special cells (null, nan, +inf, -inf, unseen) are rows without a bin number whose
    category is the cell's name in brackets; they are left out where they hold nothing. Cells of bins that were frozen
    anew since have no bounds any more and are left out.
    """
    key = ", ".join(f"c.{name}" for name in ("model", "slice", "model_version", "segment", "segment_value", "family",
                                             "feature", "bins_id"))
    names = ", ".join(f"'{name}'" for name in SPECIAL_NAMES)
    return f"""
SELECT {key}, CASE WHEN place < bins THEN place END AS bin,
  CASE WHEN place >= bins THEN NULL WHEN kind = 'discrete' THEN get(edges, place)
    WHEN kind = 'numeric' THEN get(edges, place - 1) END AS lower,
  CASE WHEN place < bins AND kind <> 'categorical' THEN get(edges, place) END AS upper,
  CASE WHEN place >= bins THEN get(array({names}), place - bins)
    WHEN kind = 'categorical' THEN coalesce(get(categories, place), '(other)') END AS category,
  row_count, get(weights, place) AS weight
FROM (
  SELECT {key}, b.kind, b.edges, b.categories, c.weights, size(c.counts) AS bins,
    posexplode(concat(c.counts, array(c.nulls, c.nans, c.pos_inf, c.neg_inf,
      CASE WHEN b.kind = 'categorical' THEN c.unseen ELSE 0 END))) AS (place, row_count)
  FROM {cells} c JOIN {bins} b ON c.model = b.model AND c.family = b.family AND c.feature = b.feature
    AND c.bins_id = b.bins_id
) c WHERE place < bins OR row_count > 0"""


def relation_by_bin(cells):
    """Return the query for outcomes and losses by the values of a feature, one row a merged bin.

    Bounds and names are as in `histograms`. `outcome` and `loss` are weighted sums, which add up over slices and
    versions beside `weight`; `outcome_rate` and `mean_loss` are those of the row.
    """
    key = ", ".join(("model", "reference", "slice", "model_version", "feature", "bins_id"))
    lists = ("bin", "lower", "upper", "category", "rows", "weight", "outcome", "loss")
    zipped = ", ".join(f"cell_{name}" for name in lists)
    return f"""
SELECT {key}, cell_bin AS bin, cell_lower AS lower, cell_upper AS upper, cell_category AS category,
  cell_rows AS row_count, cell_weight AS weight, cell_outcome AS outcome, cell_loss AS loss,
  try_divide(cell_outcome, cell_weight) AS outcome_rate, try_divide(cell_loss, cell_weight) AS mean_loss
FROM (SELECT {key}, inline(arrays_zip({zipped})) FROM {cells})"""


def wide(family, names):
    """Return the function that makes the query for a family's metrics, one column each."""
    columns = ",\n  ".join(f"max(CASE WHEN metric = '{name}' THEN value END) AS {quote(name)}" for name in names)
    key = ", ".join(WIDE_KEY)
    return lambda metrics: (f"SELECT {key}, max(sample_size) AS sample_size,\n  {columns}\nFROM {metrics} "
                            f"WHERE family = '{family}' GROUP BY {key}")


VIEWS = {view.name: view for view in (
    View("metrics_latest", "Metrics of the newest complete window of each model and grain", (results.METRICS,),
         metrics_latest),
    View("metrics_change", "Each metric beside that of the window before", (results.METRICS,), metrics_change),
    View("histograms", "How many rows fell into each bin, with its bounds", (state.FEATURE_CELLS, state.BINS),
         histograms),
    View("threshold_sweep", "What other thresholds would give", (state.SCORE_CELLS, state.BINS, results.METRICS,
                                                                 results.RUNS), threshold_sweep),
    View("reliability", "How often the positive outcome comes at each height of score",
         (state.SCORE_CELLS, state.BINS, results.METRICS), reliability),
    View("relation_by_bin", "Outcomes and losses by the values of each feature", (state.RELATION_CELLS,),
         relation_by_bin),
    View("alerts_open", "Alerts that are open", (results.ALERTS,), alerts_open),
    View("decisions_standing", "What stands of each decision", (people.DECISIONS,), decisions_standing),
    View("reviews_waiting", "What a person must judge", (people.REVIEWS,), reviews_waiting),
    *(View(f"metrics_wide_{family}", f"Metrics of family {family}, one column each", (results.METRICS,),
           wide(family, names))
      for family, names in (
          ("quality", [spec.name for spec in METRICS.values() if spec.family == "quality"]),
          ("summary", [spec.name for spec in METRICS.values() if spec.family == "summary"]),
          ("drift", list(DRIFT_STATISTICS)), ("prediction", list(DRIFT_STATISTICS)))))}
