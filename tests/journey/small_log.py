"""A small prediction log that the journeys share: six weeks of 2024, two versions, two segments, odd column names."""

from datetime import datetime, timezone

import deltalake
import numpy as np
import pyarrow as pa

from spark_monitor.config.loader import load_config_text
from spark_monitor.pipeline import Wish
from spark_monitor.windows import to_micros

DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US
WEEKS, PER_WEEK = 6, 300
CONFIG = """
model: small
predictions:
  table: {log}
  id: id
  time: at
  version: version
  prediction: decision
  score: score
  features: {{include: ["*"], exclude: [region, tier], amount: {{range: [0, 200]}}}}
windows: {{grain: week, rollups: [month]}}
references: [{{name: before, start: 2024-01-01, end: 2024-01-15}}, {{name: recent, rolling: 2}}]
segments: [region, tier, [region, tier]]
metrics: {{overall: [row_count, volume_ratio, quarantined_rate, duplicate_rate, missing_rate, mean, min, max, psi, ks,
                    share:yes], segments: [row_count, mean, psi], crossings: [row_count]}}
rules:
  - {{name: amount moved, metric: psi, feature: amount, warn: 0.5, critical: 2, segment: [overall, region]}}
  - {{name: few rows, metric: volume_ratio, warn: [0.8, 1.2]}}
  - {{name: beyond habit, metric: psi, kind: habit, warn: 0.02}}
results: {results}
bins: {{count: 10, coarse: 5}}
"""


def moment(*parts):
    """Return a moment of UTC in microseconds."""
    return to_micros(datetime(*parts, tzinfo=timezone.utc))


START = moment(2024, 1, 1)
AS_OF = START + WEEKS * WEEK_US


def week_start(number):
    """Return the Monday with which a week begins; weeks count from 0."""
    return START + number * WEEK_US


def make_rows(times, first_id=0, shift=0.0):
    """Return rows at these times (microseconds), drawn the same way for the same ids."""
    size = len(times)
    random = np.random.default_rng([first_id, size])
    channel = random.choice(["web", "shop", "phone"], size, p=[0.6, 0.3, 0.1])
    return pa.table({
        "id": pa.array([f"n{first_id + n}" for n in range(size)]),
        "at": pa.array(np.asarray(times, np.int64)).cast(pa.timestamp("us", "UTC")),
        "version": pa.array(random.choice(["1", "2"], size, p=[0.7, 0.3])),
        "region": pa.array(random.choice(["north", "south", "(east)"], size)),
        "tier": pa.array(random.choice(["gold", "basic"], size)),
        "decision": pa.array(random.choice(["yes", "no"], size)),
        "score": pa.array(random.beta(2, 3, size)),
        "amount": pa.array(random.gamma(4, 10, size) + shift, mask=random.random(size) < 0.03),
        "a.b c": pa.array(random.normal(1e6, 1, size)),
        "tick`ed": pa.array(channel, mask=random.random(size) < 0.05),
        "größe": pa.array(random.integers(0, 5, size)),
        "flag": pa.array(random.random(size) < 0.4),
        "when": pa.array(random.integers(18_000, 19_000, size).astype(np.int32)).cast(pa.date32()),
    })


def week_rows(number, size=PER_WEEK):
    """Return the rows of one week; in the fourth and fifth `amount` is shifted."""
    times = week_start(number) + (np.arange(size) + 0.5) * (WEEK_US / size)
    return make_rows(times.astype(np.int64), first_id=1_000 * number, shift=60.0 if number in (3, 4) else 0.0)


def append(log, *tables):
    """Append tables to a Delta log, a commit each."""
    for table in tables:
        deltalake.write_deltalake(str(log), table, mode="append")


def write_log(log, weeks=range(WEEKS)):
    """Write weeks to a new log, a commit each, and return its path."""
    append(log, *[week_rows(number) for number in weeks])
    return log


def configure(log, results, text=CONFIG):
    """Return the configuration for a log and a folder of results."""
    return load_config_text(text.format(log=log, results=results))


def wish(start=None, end=None, as_of=AS_OF, **more):
    """Return a `Wish`, as of the end of the six weeks where nothing else is said."""
    return Wish(as_of=as_of, start=start, end=end, **more)
