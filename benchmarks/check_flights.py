"""Are the demo's numbers true? Every week and month again, from the raw logs, with NumPy and SciPy alone.

Reads ``demo/predictions`` and the result tables ``metrics`` and ``bins``, and shares no code with the monitor. For all
segments together, each window and each model version it recomputes from raw rows: rows, missing, minimum, maximum,
mean, chi-squared, Jensen-Shannon distance (to 1e-9), PSI by a count of the same bins (to 1e-9), and the
Kolmogorov-Smirnov and Wasserstein distances, which must lie within the error bound that the result itself states.
Prints one line a metric; the exit code is 1 where a number is wrong, missing, or never looked at.

    python benchmarks/check_flights.py --demo demo
"""

import argparse
import sys
from collections import Counter, defaultdict
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance

NUMERIC = ("distance", "temp", "wind_gust")
CATEGORICAL = ("origin", "carrier", "dest")
REFERENCE = (datetime(2013, 2, 1, tzinfo=timezone.utc), datetime(2013, 3, 1, tzinfo=timezone.utc))
ALL_VERSIONS = "*"
TOLERANCE = 1e-9
BOUNDED = ("ks", "wasserstein")
# The only status that may leave out a number which raw rows do give.
EXCUSED = ("too_few_rows",)


def read_table(place, columns, where=None):
    """Return the newest version of a Delta table as Arrow, times of any year read to the microsecond."""
    # Spark writes INT96 times, which Arrow takes for nanoseconds, and these end in 2262.
    parquet = ds.ParquetFileFormat(read_options=ds.ParquetReadOptions(coerce_int96_timestamp_unit="us"))
    files = DeltaTable(str(place)).file_uris()
    return ds.dataset(files, format=parquet).to_table(columns=columns, filter=where)


def read_log(demo):
    """Return the raw rows as NumPy arrays by column: times in microseconds, numbers with a mask of what is null."""
    log = read_table(demo / "predictions", ["predicted_at", "model_version", *NUMERIC, *CATEGORICAL])
    log = log.sort_by("predicted_at")
    rows = {"at": log["predicted_at"].cast("int64").to_numpy(),
            "version": log["model_version"].to_numpy(zero_copy_only=False).astype(object)}
    for name in NUMERIC + CATEGORICAL:
        column = log[name].combine_chunks()
        value = column.cast("float64").fill_null(0.0) if name in NUMERIC else column
        rows[name] = (value.to_numpy(zero_copy_only=False), column.is_null().to_numpy(zero_copy_only=False))
    return rows


def read_metrics(demo, reference):
    """Return the stored rows that are checked: (grain, start, end, version) -> (metric, feature) -> row."""
    field = ds.field
    wanted = (field("segment").is_null() & field("grain").isin(["week", "month"])
              & (field("reference").is_null() | (field("reference") == reference))
              & (field("feature").is_null() | field("feature").isin(NUMERIC + CATEGORICAL)))
    columns = ["grain", "window_start", "window_end", "model_version", "feature", "metric", "value", "error_bound",
               "status"]
    table = read_table(demo / "results" / "metrics", columns, wanted)
    for name in ("window_start", "window_end"):
        table = table.set_column(table.schema.get_field_index(name), name, pc.cast(table[name], "int64"))
    windows = defaultdict(dict)
    for row in table.to_pylist():
        key = (row["grain"], row["window_start"], row["window_end"], row["model_version"])
        windows[key][row["metric"], row["feature"]] = row
    return dict(sorted(windows.items()))


def read_bins(demo):
    """Return the frozen bins by feature."""
    columns = ["feature", "kind", "edges", "categories", "has_other", "coarse"]
    table = read_table(demo / "results" / "bins", columns, ds.field("feature").isin(NUMERIC + CATEGORICAL))
    return {row["feature"]: row for row in table.to_pylist() if row["kind"] != "segment"}


def pick(log, start, end, version=ALL_VERSIONS):
    """Return the positions of the rows of a half-open span, of one version or of all."""
    first, last = np.searchsorted(log["at"], [start, end], side="left")
    positions = np.arange(first, last)
    return positions if version == ALL_VERSIONS else positions[log["version"][first:last] == version]


def numeric_cells(values, nulls, bins):
    """Count rows in each coarse bin, then null, NaN, +inf and -inf."""
    given = values[~nulls]
    finite = given[np.isfinite(given)]
    place = np.searchsorted(np.array(bins["edges"]), finite, side="left")
    if bins["kind"] == "discrete":
        place = np.minimum(place, len(bins["edges"]) - 1)
    coarse = np.array(bins["coarse"])
    counts = np.bincount(coarse[place], minlength=coarse.max() + 1)
    return np.append(counts, [nulls.sum(), np.isnan(given).sum(), (given == np.inf).sum(), (given == -np.inf).sum()])


def category_cells(values, nulls, bins, reference_names):
    """Count rows in each coarse category (the last one is the folded ones), then null and unseen names."""
    coarse, names = bins["coarse"], bins["categories"]
    place = dict(zip(names, coarse))
    counts = np.zeros(max(coarse) + 3, dtype=np.int64)
    counts[-2] = nulls.sum()
    for name, rows in Counter(values[~nulls]).items():
        folded = bins["has_other"] and name in reference_names
        counts[place.get(name, coarse[-1] if folded else -1)] += rows
    return counts


def truth_of_one(name, values, nulls):
    """Return the true numbers about the rows of one window: metric -> number, NaN where there is none."""
    true = {"missing_rate": nulls.mean() if len(nulls) else np.nan}
    if name in NUMERIC:
        finite = values[~nulls & np.isfinite(values)]
        made = (finite.min(), finite.max(), finite.mean()) if len(finite) else (np.nan,) * 3
        true.update(zip(("min", "max", "mean"), made))
    return true


def truth_of_two(current, reference):
    """Return the true chi-squared, Jensen-Shannon distance and PSI of two rows of cells."""
    if not current.sum() or not reference.sum():
        return dict.fromkeys(("chi_squared", "js_distance", "psi"), np.nan)
    used = (current + reference) > 0
    current, reference = current[used], reference[used]
    # An empty cell counts as half a row.
    p, q = np.maximum(current, 0.5) / current.sum(), np.maximum(reference, 0.5) / reference.sum()
    return {
        "chi_squared": chi2_contingency([current, reference], correction=False).statistic,
        "js_distance": jensenshannon(current / current.sum(), reference / reference.sum(), base=2),
        "psi": sum((p - q) * np.log(p / q)),
    }


def truth_of_values(current, reference):
    """Return the true Kolmogorov-Smirnov and Wasserstein distances of two sets of finite numbers."""
    if not len(current) or not len(reference):
        return dict.fromkeys(BOUNDED, np.nan)
    return {"ks": ks_2samp(current, reference, method="asymp").statistic,
            "wasserstein": wasserstein_distance(current, reference)}


def truth_of_feature(name, log, rows, reference_rows, bins):
    """Return all true numbers of one feature in one window."""
    (values, nulls), (old, old_nulls) = (tuple(part[at] for part in log[name]) for at in (rows, reference_rows))
    if name in NUMERIC:
        now, then = numeric_cells(values, nulls, bins), numeric_cells(old, old_nulls, bins)
        finite = [part[~gone & np.isfinite(part)] for part, gone in ((values, nulls), (old, old_nulls))]
        compared = truth_of_values(*finite)
    else:
        names = set(old[~old_nulls])
        now, then = category_cells(values, nulls, bins, names), category_cells(old, old_nulls, bins, names)
        compared = {}
    return truth_of_one(name, values, nulls) | truth_of_two(now, then) | compared


class Tally:
    """How many numbers of one metric were looked at, how many were wrong, and by how much at worst."""

    def __init__(self):
        self.checked, self.excused, self.worst, self.problems = 0, 0, 0.0, []

    def look(self, where, row, true):
        """Compare one stored row (None where there is none) with the true number."""
        given = None if row is None else row["value"]
        if given is None:
            if row is not None and (np.isnan(true) or row["status"] in EXCUSED):
                self.excused += 1
            else:
                self.problems.append(f"{where}: no value ({row['status'] if row else 'no row'}), true is {true:.12g}")
            return
        self.checked += 1
        deviation = abs(given - true)
        allowed = TOLERANCE * max(1.0, abs(true))
        if row["metric"] in BOUNDED:
            allowed += np.inf if row["error_bound"] is None else row["error_bound"]
            if row["error_bound"] is None:
                self.problems.append(f"{where}: no error bound")
        self.worst = max(self.worst, deviation)
        if not deviation <= allowed:
            self.problems.append(f"{where}: stored {given:.12g}, true {true:.12g}, allowed deviation {allowed:.3g}")


def check(log, windows, bins):
    """Return a `Tally` for each metric, over all windows and features."""
    tallies = defaultdict(Tally)
    reference_rows = pick(log, *(int(at.timestamp()) * 1_000_000 for at in REFERENCE))
    for (grain, start, end, version), stored in windows.items():
        rows = pick(log, start, end, version)
        where = f"{grain} {datetime.fromtimestamp(start / 1e6, timezone.utc):%Y-%m-%d} version {version}"
        tallies["row_count"].look(where, stored.get(("row_count", None)), len(rows))
        for name in NUMERIC + CATEGORICAL:
            for metric, true in truth_of_feature(name, log, rows, reference_rows, bins[name]).items():
                tallies[metric].look(f"{where} {name}", stored.get((metric, name)), true)
    return tallies


def main(arguments=None):
    """Check the results in a demo folder and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demo", type=Path, default=Path("demo"), help="the folder that the demo wrote")
    parser.add_argument("--reference", default="validation", help="the name of the reference that is February")
    options = parser.parse_args(arguments)
    windows, bins = read_metrics(options.demo, options.reference), read_bins(options.demo)
    tallies = check(read_log(options.demo), windows, bins)
    print(f"{len(windows)} windows and versions: {dict(Counter(key[0] for key in windows))}")
    wrong = {key[0] for key in windows} != {"week", "month"}
    for metric, tally in tallies.items():
        allowed = "within its error bound" if metric in BOUNDED else f"to {TOLERANCE:g}"
        print(f"{metric:13} {tally.checked:5} checked {allowed}, {tally.excused} rightly without a value, "
              f"{len(tally.problems)} wrong, worst deviation {tally.worst:.3g}")
        for problem in tally.problems[:5]:
            print(f"    {problem}")
        wrong = wrong or bool(tally.problems) or not tally.checked
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
