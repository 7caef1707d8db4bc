"""What would other thresholds give? The query of the view `threshold_sweep`."""

from spark_monitor.metrics.performance.scored_rows import FEWEST_OF_A_CLASS
from spark_monitor.metrics.selective.labelled_share import FEWEST_EXPECTED, MIN_SHARE
from spark_monitor.tables.score_rows import ABOUT, TARGET, score_rows, wilson

ENTRIES = {"tn": (0, 0), "fn": (0, 1), "fp": (1, 0), "tp": (1, 1)}


def threshold_sweep(cells, bins, metrics, runs):
    """Return the query for precision, recall, F1, selection rate and cost at other thresholds, one row each.

    Thresholds are where 20 groups of about as many scores of the reference meet: edges of score bins, frozen, so that
    numbers are exact and comparable from window to window. A score above the threshold is decided positive. True and
    false positives and negatives are labelled rows, or their weights; the selection rate is of all rows with a score.
    Costs are as the newest run was configured; NULL without.

    Notes
    -----
    Numbers stay inside the region that has labels: where a decision keeps the outcomes of a group of scores from
    coming, precision is undefined at all thresholds below it, the others everywhere, `reason` "selective_labels".
    Intervals are Wilson's at the effective size, of F1 as `f_beta` has it, for rows that are independent.
    """
    thresholds = (f"SELECT model, feature, band, get(edges, first_bin - 1) AS threshold FROM (SELECT model, feature, "
                  f"edges, band, min(bin) AS first_bin FROM {bins} LATERAL VIEW posexplode(coarse) each AS bin, band "
                  "WHERE family = 'performance' GROUP BY model, feature, edges, band) merged WHERE band > 0")
    matrix = "from_json(get_json_object(max_by(config, started_at), '$.costs'), 'array<array<double>>')"
    entries = ", ".join(f"get(get(costs, {decision}), {outcome}) AS cost_{name}"
                        for name, (decision, outcome) in ENTRIES.items())
    costs = f"SELECT model, {entries} FROM (SELECT model, {matrix} AS costs FROM {runs} GROUP BY model) newest"
    return sweep_of(*(f"({query})" for query in (score_rows(cells, bins, metrics), thresholds, costs)))


def sweep_of(rows, thresholds, costs):
    """Return the query from three relations: score rows, thresholds by band, and cost_tn, cost_fn, cost_fp, cost_tp.

    Parameters
    ----------
    rows, thresholds, costs : str
        As SQL names them, or queries in brackets.
    """
    above, known = "status IN ('ok', 'immature')", "status IN ('ok', 'immature') AND hidden = 0"
    precision = _rate("precision", "tp / (tp + fp)", "power(tp + fp, 2) / above_sq", f"{above} AND tp + fp > 0")
    recall = _rate("recall", "tp / (tp + fn)", "power(tp + fn, 2) / positives_sq", known)
    f1 = _rate("f1", "tp / (tp + fp + fn)", "power(tp + fp + fn, 2) / (above_sq + missed_sq)", known,
               "2 * ({0}) / (1 + ({0}))")
    spent = " + ".join(f"{name} * cost_{name}" for name in ENTRIES)
    return f"""
WITH bands AS ({_bands(rows)}
), tables AS ({_tables(thresholds)}
), judged AS (
  SELECT *, CASE WHEN fewest = 0 OR tp + fn = 0 OR fp + tn = 0 THEN 'undefined'
      WHEN fewest < {FEWEST_OF_A_CLASS} THEN 'too_few_rows' WHEN hidden_above = 1 THEN 'undefined'
      WHEN immature = 1 THEN 'immature' ELSE 'ok' END AS status,
    CASE WHEN labelled_rows = 0 THEN 'no_outcomes' WHEN fewest = 0 THEN 'one_class'
      WHEN tp + fn = 0 OR fp + tn = 0 THEN 'no_weight' WHEN fewest < {FEWEST_OF_A_CLASS} THEN 'too_few_rows'
      WHEN hidden = 1 THEN 'selective_labels' WHEN tp + fp = 0 THEN 'no_predicted_positives'
      WHEN immature = 1 THEN 'outcomes_to_come' END AS reason
  FROM tables
)
SELECT {", ".join(f"j.{name}" for name in TARGET)}, threshold, selected / nullif(weight, 0) AS selection_rate,
  {precision},
  {recall},
  {f1},
  CASE WHEN {known} THEN ({spent}) / (tn + fn + fp + tp) END AS cost, tp AS true_positives, fp AS false_positives,
  fn AS false_negatives, tn AS true_negatives, row_count, labelled_rows, maturity, status, reason
FROM judged j LEFT JOIN {costs} c ON j.model = c.model"""


def _bands(rows):
    """Return the query for sums by band of scores, each told whether a decision has kept its outcomes from coming.

    As `selective_reasons` tells it of decisions: by their labelled share against that of the decision that has most.
    """
    target = ", ".join(ABOUT)
    sums = ", ".join(f"sum({name}) AS {name}" for name in (
        "row_count", "labelled", "positives", "negatives", "weight", "of_positives", "of_negatives", "positives_sq",
        "negatives_sq"))
    return f"""
  SELECT {target}, band, {sums}, max(CASE WHEN labelled < {MIN_SHARE} * share * countable
      AND share * countable >= {FEWEST_EXPECTED} THEN 1 ELSE 0 END) AS hidden
  FROM (
    SELECT *, max(share_of_decision) OVER (PARTITION BY {target}) AS share
    FROM (
      SELECT *, sum(labelled) OVER (PARTITION BY {target}, decision)
        / ({FEWEST_EXPECTED} + sum(countable) OVER (PARTITION BY {target}, decision)) AS share_of_decision
      FROM (
        SELECT {target}, band, decision, sum(row_count) AS row_count,
          sum(CASE WHEN outcome >= -1 THEN row_count ELSE 0 END) AS countable,
          sum(CASE WHEN outcome >= 0 THEN row_count ELSE 0 END) AS labelled,
          sum(CASE WHEN outcome = 1 THEN row_count ELSE 0 END) AS positives,
          sum(CASE WHEN outcome = 0 THEN row_count ELSE 0 END) AS negatives, sum(weight) AS weight,
          sum(CASE WHEN outcome = 1 THEN weight ELSE 0 END) AS of_positives,
          sum(CASE WHEN outcome = 0 THEN weight ELSE 0 END) AS of_negatives,
          sum(CASE WHEN outcome = 1 THEN weight_sq ELSE 0 END) AS positives_sq,
          sum(CASE WHEN outcome = 0 THEN weight_sq ELSE 0 END) AS negatives_sq
        FROM {rows} r GROUP BY {target}, band, decision
      ) by_decision
    ) of_decisions
  ) beside_the_best GROUP BY {target}, band"""


def _tables(thresholds):
    """Return the query for the confusion table of each target at each threshold."""
    target = ", ".join(f"b.{name}" for name in ABOUT)

    def above(name):
        return f"sum(CASE WHEN b.band >= t.band THEN {name} ELSE 0 END)"

    def below(name):
        return f"sum(CASE WHEN b.band < t.band THEN {name} ELSE 0 END)"

    return f"""
  SELECT {target}, t.threshold, sum(row_count) AS row_count, sum(labelled) AS labelled_rows, sum(weight) AS weight,
    least(sum(positives), sum(negatives)) AS fewest, {above("weight")} AS selected, {above("of_positives")} AS tp,
    {above("of_negatives")} AS fp, {below("of_positives")} AS fn, {below("of_negatives")} AS tn,
    {above("positives_sq + negatives_sq")} AS above_sq, {below("positives_sq")} AS missed_sq,
    sum(positives_sq) AS positives_sq, max(CASE WHEN b.band >= t.band THEN hidden ELSE 0 END) AS hidden_above,
    max(hidden) AS hidden
  FROM bands b JOIN {thresholds} t ON b.model = t.model AND b.feature = t.feature GROUP BY {target}, t.threshold"""


def _rate(name, share, size, known, function="{0}"):
    """Return a share, or an increasing function of it, and its interval as three columns."""
    parts = {"": share, "_low": wilson(f"({share})", f"({size})", "-"), "_high": wilson(f"({share})", f"({size})", "+")}
    return ", ".join(f"CASE WHEN {known} THEN {function.format(sql)} END AS {name}{end}" for end, sql in parts.items())
