"""How often does the positive outcome come at each height of score? The query of the view `reliability`."""

from spark_monitor.metrics.performance.reliability import BINS
from spark_monitor.tables.score_rows import ABOUT, TARGET, score_rows, wilson


def reliability(cells, bins, metrics):
    """Return the query for mean score and rate of positives in ten groups of scores, one row a group.

    Groups are the window's own, as `metrics.performance.reliability` makes them for the calibration error: of about
    equal weight, a score bin never cut, so that few different scores make fewer groups. Labelled rows with a score
    alone. The interval of the rate is Wilson's at the effective size, for rows that are independent.
    """
    return reliability_of(f"({score_rows(cells, bins, metrics)})")


def reliability_of(rows):
    """Return the query from the relation of score rows, as SQL names it or a query in brackets."""
    target = ", ".join(ABOUT)
    rate, size = "(of_positives / weight)", "(power(weight, 2) / weight_sq)"
    return f"""
SELECT {", ".join(TARGET)}, part + 1 AS score_group, score / weight AS mean_score, {rate} AS outcome_rate,
  {wilson(rate, size, "-")} AS rate_low,
  {wilson(rate, size, "+")} AS rate_high,
  labelled_rows, {size} AS effective_size, maturity, CASE WHEN immature = 1 THEN 'immature' ELSE 'ok' END AS status
FROM (
  SELECT {target}, part, sum(row_count) AS labelled_rows, sum(weight) AS weight, sum(weight_sq) AS weight_sq,
    sum(score) AS score, sum(of_positives) AS of_positives
  FROM (
    SELECT *, CAST(least({BINS - 1}, floor({BINS} * (sum(weight) OVER (PARTITION BY {target} ORDER BY bin) - weight / 2)
      / sum(weight) OVER (PARTITION BY {target}))) AS int) AS part
    FROM (
      SELECT {target}, bin, sum(row_count) AS row_count, sum(weight) AS weight, sum(weight_sq) AS weight_sq,
        sum(score) AS score, sum(CASE WHEN outcome = 1 THEN weight ELSE 0 END) AS of_positives
      FROM {rows} r WHERE outcome >= 0 AND weight > 0 GROUP BY {target}, bin
    ) by_bin
  ) placed GROUP BY {target}, part
) merged"""
