"""How did each number change since the window before? The query of the view `metrics_change`."""

from spark_monitor.tables import results

OWN = [name for name in results.METRICS.names if name in (*results.KEY, "window_end")]
# Rows with the same of all these are one series; another definition begins another one.
SERIES = [*(name for name in results.KEY if name != "window_start"), "definition_hash"]
BESIDE = ("value", "sample_size", "effective_size", "labelled_rows", "maturity")


def metrics_change(metrics):
    """Return the query for each number beside that of the window before, of the same grain, version and segment.

    A function of the published rows alone: right after every restatement, whatever the order of runs. `change` is
    value - previous_value; `status` and `reason` are its own: "undefined" with "no_previous_window" where the window
    before was not published or formula or configuration were others then, the number's or its predecessor's where that
    is not known, "immature" where one of them is.

    Notes
    -----
    `change_low` and `change_high` are made of the intervals of both numbers, which need not be symmetric; rows of two
    windows are taken to be independent, so that the interval is too wide where entities come back with like outcomes.
    G. Y. Zou and A. Donner (2008), "Construction of confidence limits about effect measures", Statistics in Medicine
    27, 1693-1702.
    """
    own = ", ".join(f"m.{name}" for name in OWN)
    beside = ", ".join(f"m.{name}, p.{name} AS previous_{name}" for name in BESIDE)
    same = " AND ".join(f"m.{name} IS NOT DISTINCT FROM p.{name}" for name in SERIES)
    return f"""
SELECT {own}, p.window_start AS previous_window_start, {beside},
  m.value - p.value AS change,
  m.value - p.value - sqrt(power(m.value - m.ci_low, 2) + power(p.ci_high - p.value, 2)) AS change_low,
  m.value - p.value + sqrt(power(m.ci_high - m.value, 2) + power(p.value - p.ci_low, 2)) AS change_high,
  CASE WHEN p.ci_low IS NOT NULL THEN m.ci_level END AS ci_level,
  CASE WHEN m.value IS NULL THEN m.status WHEN p.model IS NULL THEN 'undefined' WHEN p.value IS NULL THEN p.status
    WHEN 'immature' IN (m.status, p.status) THEN 'immature' ELSE 'ok' END AS status,
  CASE WHEN m.value IS NULL THEN m.reason WHEN p.model IS NULL THEN 'no_previous_window'
    WHEN p.value IS NULL THEN p.reason ELSE coalesce(m.reason, p.reason) END AS reason
FROM {metrics} m LEFT JOIN {metrics} p ON m.window_start = p.window_end AND {same}"""
