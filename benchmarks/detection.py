"""Are planted changes of ten kinds found by the default drift rule, and after how many windows?

Each world is one of `benchmarks.false_alarms` that wanders by itself, in which ten features of the fitting kind change
in the thirtieth window after the reference. Found is a change whose feature has an alert, overall or in a segment;
delay is the number of windows until it opens, the first changed one being 1.

    python -m benchmarks.detection --seeds 5
"""

import argparse
import itertools
import json
import multiprocessing
import os

import numpy as np

from benchmarks.drift_trials import run
from benchmarks.drift_worlds import CHANGES, ar1
from benchmarks.false_alarms import HISTORY

SIZES, SPANS, PLANTED, BEFORE, AFTER = (300, 3_000, 30_000), (4, 10, 30), 10, 30, 40
TARGET, WITHIN = 0.9, 3
SLOW = ("slow trend, 0.01 sd a window", "seasonal, 0.2 sd over 28 windows")


def trial(work):
    """Return, for one seed, the delay of each planted change (NaN where it was not found) and false openings."""
    name, rows, spans, seed, features, size = work
    random = np.random.default_rng([seed, rows, spans])
    kind, change = CHANGES[name]
    world = ar1(random, HISTORY + BEFORE + AFTER, features, size)
    planted = random.choice(np.flatnonzero(world.kind == kind), PLANTED, replace=False)
    changed = change(world, HISTORY + BEFORE, planted)
    opened = run(changed.counts(random, rows), world.kind, spans, HISTORY).opened
    mine = opened[BEFORE:, planted].any(axis=2)
    delay = np.where(mine.any(axis=0), mine.argmax(axis=0) + 1.0, np.nan)
    others = np.delete(opened, planted, axis=1)
    return delay.tolist(), int(others.sum())


def main():
    """Print a table, and the document as the last line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--features", type=int, default=200)
    parser.add_argument("--wander", type=float, default=0.015, help="of the median feature, in its own sd")
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--spans", type=int, nargs="*", default=SPANS)
    asked = parser.parse_args()
    found = []
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for name, rows, spans in itertools.product(CHANGES, asked.rows, asked.spans):
            works = [(name, rows, spans, seed, asked.features, asked.wander) for seed in range(asked.seeds)]
            delays, false = zip(*pool.map(trial, works, chunksize=1), strict=True)
            found.append(row_of(name, rows, spans, np.concatenate(delays), sum(false)))
            print(text_of(found[-1]), flush=True)
    most = max(asked.rows)
    judged = [case for case in found if case["rows"] == most and case["change"] not in SLOW]
    worst = min(judged, key=lambda case: case["recall_within_3"])
    print(json.dumps({
        "benchmark": "detection", "features": asked.features, "segments": 5, "planted": PLANTED,
        "windows_before": BEFORE, "windows_after": AFTER, "seeds": asked.seeds, "wander": asked.wander,
        "recall": worst["recall_within_3"], "worst": worst, "target": TARGET, "cases": found}))


def row_of(name, rows, spans, delay, false):
    """Return one case of the document."""
    known = delay[~np.isnan(delay)]
    return {"change": name, "rows": rows, "reference_spans": spans,
            "recall_within_3": round(float((known <= WITHIN).sum() / len(delay)), 3),
            "recall": round(len(known) / len(delay), 3),
            "median_delay": float(np.median(known)) if len(known) else None, "false_alerts": false}


def text_of(case):
    """Return a case as a line."""
    delay = "never" if case["median_delay"] is None else f"after {case['median_delay']:.0f}"
    return (f"{case['change']:34} {case['rows']:7,} rows, reference of {case['reference_spans']:2}: within 3 windows "
            f"{case['recall_within_3']:4.0%}, ever {case['recall']:4.0%}, {delay}, {case['false_alerts']} false")


if __name__ == "__main__":
    main()
