"""How many false alarms does the default drift rule raise where nothing has changed?

Nothing is planted: features wander as they do in `benchmarks.drift_worlds`. Counted are verdicts that breach, and alerts
opened, before any grouping or budget, for a model and week of daily windows, with a 95 % interval over the seeds.

    python -m benchmarks.false_alarms --seeds 50
"""

import argparse
import itertools
import json
import multiprocessing
import os

import numpy as np
from scipy import stats

from benchmarks.drift_trials import run
from benchmarks.drift_worlds import ar1, flight_days, flights

SIZES, SPANS, HISTORY = (100, 1_000, 10_000, 100_000), (4, 10, 30), 30
TARGET, DAYS_A_WEEK = 0.1, 7


def trial(work):
    """Return (verdicts, alerts) of one seed of one world, rows and reference length."""
    world, rows, spans, seed, features, windows, size, days = work
    random = np.random.default_rng([seed, rows, spans])
    made = (ar1(random, HISTORY + windows, features, size) if days is None
            else flights(random, HISTORY + windows, features, days))
    found = run(made.counts(random, rows), made.kind, spans, HISTORY)
    return int(found.breached.sum()), int(found.opened.sum())


def interval(counts, weeks):
    """Return the mean a week and its 95 % interval over seeds; with no event at all, Poisson's upper limit."""
    mean = np.mean(counts) / weeks
    if not sum(counts):
        return mean, 0.0, 3.0 / (weeks * len(counts))
    half = stats.t.ppf(0.975, len(counts) - 1) * np.std(counts, ddof=1) / np.sqrt(len(counts)) / weeks
    return mean, max(mean - half, 0.0), mean + half


def main():
    """Print a table, and the document as the last line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--features", type=int, default=200)
    parser.add_argument("--windows", type=int, default=180)
    parser.add_argument("--wander", type=float, default=0.015, help="of the median feature of ar1, in its own sd")
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--spans", type=int, nargs="*", default=SPANS)
    parser.add_argument("--worlds", nargs="*", choices=("ar1", "flights"), default=("ar1", "flights"))
    asked = parser.parse_args()
    found, weeks = [], asked.windows / DAYS_A_WEEK
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for world in asked.worlds:
            days = flight_days() if world == "flights" else None
            for rows, spans in itertools.product(asked.rows, asked.spans):
                works = [(world, rows, spans, seed, asked.features, asked.windows, asked.wander, days)
                         for seed in range(asked.seeds)]
                verdicts, alerts = zip(*pool.map(trial, works, chunksize=1), strict=True)
                found.append(row_of(world, rows, spans, verdicts, alerts, weeks))
                print(text_of(found[-1]), flush=True)
    worst = max(found, key=lambda row: row["alerts_per_model_week"])
    print(json.dumps({
        "benchmark": "false_alarms", "features": asked.features, "segments": 5, "windows": asked.windows,
        "seeds": asked.seeds, "wander": {"ar1": {"size": asked.wander, "spread_of_log_size": 0.5, "persistence": 0.7,
                                                 "noise": "t5", "weekday": 0.7, "log_missing": 0.1}},
        "segment_shares": [0.02, 0.08, 0.2, 0.3, 0.4], "alerts_per_model_week": worst["alerts_per_model_week"],
        "worst": worst, "target": TARGET, "cases": found}))


def row_of(world, rows, spans, verdicts, alerts, weeks):
    """Return one case of the document."""
    case = {"world": world, "rows": rows, "reference_spans": spans}
    for name, counts in (("verdicts", verdicts), ("alerts", alerts)):
        mean, low, high = interval(counts, weeks)
        case |= {f"{name}_per_model_week": round(mean, 4), f"{name}_interval": [round(low, 4), round(high, 4)]}
    return case


def text_of(case):
    """Return a case as a line."""
    low, high = case["alerts_interval"]
    return (f"{case['world']:8} {case['rows']:8,} rows, reference of {case['reference_spans']:2}: "
            f"{case['verdicts_per_model_week']:7.3f} false verdicts, {case['alerts_per_model_week']:7.3f} false alerts "
            f"({low:.3f}-{high:.3f}) a week")


if __name__ == "__main__":
    main()
