"""Views for people: what stands of decisions, and what waits to be judged."""

from spark_monitor.decisions.spec import KEEP, WITHDRAWN
from spark_monitor.reviews.queue import UNANSWERED
from spark_monitor.tables.people import DECISIONS, REVIEWS

SAID = ("status", "who", "why", "model_version_after")


def decisions_standing(decisions):
    """Return the query for what stands of each decision by the last word of the log, one row each.

    It says in SQL what `spark_monitor.decisions.log.standing` says: the newest window that isn't withdrawn; status,
    who, why and model_version_after are those of the last action on that window or a later one.
    """
    columns = ", ".join(f"coalesce(p.{name}, s.{name}) AS {name}" if name in SAID else f"s.{name}"
                        for name in DECISIONS.names)
    last = ", ".join(f"max_by(a.{name}, CASE WHEN a.{name} IS NOT NULL THEN a.sequence END) AS {name}" for name in SAID)
    return f"""
WITH last_words AS (
  SELECT *, row_number() OVER (PARTITION BY model, decision_id, window_start ORDER BY sequence DESC) AS word
  FROM {decisions} WHERE who IS NULL
), standing AS (
  SELECT *, row_number() OVER (PARTITION BY model, decision_id ORDER BY window_start DESC) AS place
  FROM last_words WHERE word = 1 AND status <> '{WITHDRAWN}'
), said AS (
  SELECT s.model, s.decision_id, {last}
  FROM standing s JOIN {decisions} a ON a.model = s.model AND a.decision_id = s.decision_id
    AND a.window_start >= s.window_start AND a.who IS NOT NULL
  WHERE s.place = 1 AND s.decision <> '{KEEP}' GROUP BY s.model, s.decision_id
)
SELECT {columns}
FROM standing s LEFT JOIN said p ON p.model = s.model AND p.decision_id = s.decision_id
WHERE s.place = 1"""


def reviews_waiting(reviews):
    """Return the query for the reviews that wait for an answer, one row each."""
    columns = ", ".join(REVIEWS.names)
    states = ", ".join(f"'{state}'" for state in UNANSWERED)
    return f"""
SELECT {columns} FROM (
  SELECT *, row_number() OVER (PARTITION BY model, review_id ORDER BY sequence DESC) AS word FROM {reviews}
) r WHERE word = 1 AND state IN ({states})"""
