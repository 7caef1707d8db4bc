"""The outcomes of the small log: who said yes in the end, known days later, some of them twice, some never."""

import deltalake
import numpy as np
import pyarrow as pa
from small_log import WEEKS, week_rows

from spark_monitor.config.loader import load_config_text

CONFIG = """
model: small
classes: ["no", "yes"]
predictions:
  table: {log}
  id: id
  entity: "tick`ed"
  time: at
  version: version
  prediction: decision
  score: score
  features: [amount]
outcomes: {{table: {outcomes}, id: ref, outcome: said, time: known, ingested: loaded}}
windows: {{grain: week, rollups: [month]}}
references: [{{name: before, start: 2024-01-01, end: 2024-01-15}}]
segments: [region]
protected: [region]
metrics: {{overall: [row_count, performance, outcome_conflict_rate],
  segments: [row_count, accuracy, maturity, roc_auc], crossings: none}}
results: {results}
bins: {{count: 10, coarse: 5}}
"""


def outcomes_of(weeks=range(WEEKS)):
    """Return the outcome log: a yes is known 8 hours to 2 days after, a no within 8 hours, and one in nine never.

    One key in seven has a first, wrong outcome two hours before; one in eleven is written twice.
    """
    rows = pa.concat_tables([week_rows(number) for number in weeks])
    random = np.random.default_rng(5)
    size = rows.num_rows
    said = random.random(size) < rows["score"].to_numpy()
    minutes = np.where(said, random.integers(8 * 60, 48 * 60, size), random.integers(2 * 60 + 1, 8 * 60, size))
    known = rows["at"].cast(pa.int64()).to_numpy() + minutes * 60_000_000
    words = np.where(said, "yes", "no")
    there = np.flatnonzero(np.arange(size) % 9 != 0)
    early = there[there % 7 == 0]
    twice = there[there % 11 == 0]
    place = np.concatenate([there, early, twice])
    time = np.concatenate([known[there], known[early] - 7_200_000_000, known[twice]])
    text = np.concatenate([words[there], np.where(words[early] == "yes", "no", "yes"), words[twice]])
    at = pa.array(time).cast(pa.timestamp("us", "UTC"))
    loaded = pa.array(time + 3_600_000_000).cast(pa.timestamp("us", "UTC"))
    return pa.table({"ref": rows["id"].take(pa.array(place)), "said": text, "known": at, "loaded": loaded})


def deliver(log, table):
    """Append rows to the outcome log in one commit."""
    deltalake.write_deltalake(str(log), table, mode="append")


def configure_with_outcomes(log, outcomes, results, text=CONFIG):
    """Return the configuration for both logs and a folder of results."""
    return load_config_text(text.format(log=log, outcomes=outcomes, results=results))
