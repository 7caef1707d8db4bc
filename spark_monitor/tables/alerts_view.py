"""The view `alerts_open`: what `alerts.changes.open_alerts` says of the log, in SQL."""

from spark_monitor.tables.results import ALERTS

ACTIONS = "('acknowledged', 'muted', 'unmuted')"
SAID = ("who", "why", "until")
# Whom to tell of a change says nothing of what is open; tables of earlier releases are without.
OUTBOX = ("delivery", "channels")


def alerts_open(alerts):
    """Return the query for the alerts that are open by the last word of the log, one row each.

    The last row of an alert and window is what the log says of them, "withdrawn" says that nothing happened there, and
    what people resolved is over from that window on. `opened_window_start` is the window that opened the alert; of
    what people did since, `action` is muted (until `until`), else acknowledged, else NULL, with who and why.
    """
    columns = ", ".join(f"s.{name}" for name in ALERTS.names if name not in SAID + OUTBOX)
    said = ", ".join(f"CASE WHEN m.state = 'muted' THEN m.`{name}` ELSE k.`{name}` END AS `{name}`" for name in SAID)
    latest = "{0}sequence DESC, {0}state DESC, {0}severity DESC NULLS FIRST, {0}value DESC NULLS FIRST"
    same = "{0}.model = s.model AND {0}.fingerprint = s.fingerprint"
    return f"""
WITH said AS (
  SELECT *, state IN {ACTIONS} OR who IS NOT NULL AS by_people FROM {alerts}
), last_words AS (
  SELECT *, row_number() OVER (PARTITION BY model, fingerprint, window_start ORDER BY {latest.format('')}) AS word
  FROM said WHERE NOT by_people
), standing AS (
  SELECT *, row_number() OVER (PARTITION BY model, fingerprint ORDER BY window_start DESC) AS place,
    max(CASE WHEN state = 'opened' THEN window_start END) OVER (PARTITION BY model, fingerprint) AS opened_window_start
  FROM last_words WHERE word = 1 AND state <> 'withdrawn'
), ended AS (
  SELECT model, fingerprint, max(window_start) AS ended_window_start
  FROM said WHERE by_people AND state = 'resolved' GROUP BY model, fingerprint
), actions AS (
  SELECT a.*, a.state = 'acknowledged' AS is_known, row_number() OVER (
    PARTITION BY a.model, a.fingerprint, a.state = 'acknowledged' ORDER BY {latest.format('a.')}) AS nth
  FROM standing s JOIN said a ON {same.format("a")}
    AND a.window_start >= s.opened_window_start AND a.state IN {ACTIONS}
  WHERE s.place = 1
)
SELECT {columns}, s.opened_window_start,
  CASE WHEN m.state = 'muted' THEN 'muted' ELSE k.state END AS action, {said}
FROM standing s LEFT JOIN ended e ON {same.format("e")}
  LEFT JOIN actions m ON {same.format("m")} AND m.nth = 1 AND NOT m.is_known
  LEFT JOIN actions k ON {same.format("k")} AND k.nth = 1 AND k.is_known
WHERE s.place = 1 AND s.state <> 'resolved'
  AND (e.ended_window_start IS NULL OR s.window_start > e.ended_window_start)"""
