"""Are the numbers about outcomes true? Each one again, from the raw logs, with scikit-learn and fairlearn.

Reads the prediction log, the outcome log and the result table ``metrics``, and shares no code with the monitor. For
every week and month, version, segment value and crossing whose row has status ok: rates, coefficients and counts of
decisions (to 1e-12), Brier and log loss (to 1e-9), and the numbers of the order of scores, which must lie within the
error bound that the result itself states and, from 1,000 labelled rows, within 1e-3. Bias rows are compared with
fairlearn's `MetricFrame` over the groups above the minimum of rows (to 1e-12), regressions with scikit-learn (to
1e-9). A row without a value must have none by the raw rows either. Prints one line a metric; the exit code is 1 where
a number is wrong, missing, or never looked at.

    python -m benchmarks.check_outcomes --demo demo
    python -m benchmarks.check_outcomes --regression demo/results --model arrival_delay --predictions demo/predictions
"""

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable

from benchmarks import raw_outcomes as raw
from benchmarks.check_flights import read_table

SEPARATOR = " × "
OVERALL, ALL_VERSIONS, NULL, OTHER = "", "*", "(null)", "(other)"
BOUNDED = ("roc_auc", "average_precision", "gini", "score_ks")
MANY_ROWS, CLOSE = 1000, {"roc_auc": 1e-3, "average_precision": 1e-3}
EXACT = 1e-12
TOLERANCE = dict.fromkeys(("brier", "log_loss", *raw.REGRESSION), 1e-9)
CLASSIFIER_DEMO = {"model": "flight_delay", "prediction": "decision", "outcome": "late"}
REGRESSION_DEMO = {"model": "flight_minutes", "prediction": "expected_delay", "outcome": "arrival_delay"}
WAYS = ("between_groups", "to_overall")
KEY = ["grain", "window_start", "window_end", "model_version", "segment", "segment_value"]


def read_log(options, segments):
    """Return predictions beside the last known outcome of each, as a frame sorted by time; times in microseconds.

    A crossing of columns is a column of its own, made of their values.
    """
    wanted = {"id": options.id, "at": options.time, "version": options.version, "d": options.prediction}
    wanted |= {} if options.regression else {"s": options.score}
    wanted |= {name: name for segment in segments for name in segment.split(SEPARATOR)}
    log = read_table(options.predictions, list(dict.fromkeys(wanted.values())))
    frame = pd.DataFrame({name: _column(log, source) for name, source in wanted.items()})
    truth = read_table(options.outcomes, [options.id, options.outcome, options.known_at])
    truth = pd.DataFrame({"id": _column(truth, options.id), "y": _column(truth, options.outcome),
                          "known": _column(truth, options.known_at)})
    truth = truth.sort_values("known", kind="stable").drop_duplicates("id", keep="last")
    frame = frame.merge(truth[["id", "y"]], on="id", how="left").sort_values("at", kind="stable", ignore_index=True)
    if not options.regression:
        frame["y"] = frame["y"].map({options.positive: 1.0, options.negative: 0.0})
        frame["d"] = (frame["d"] == options.positive).astype(int)
    for segment in segments:
        parts = [frame[name].astype("string").fillna(NULL) for name in segment.split(SEPARATOR)]
        frame[segment] = parts[0].str.cat(parts[1:], sep=SEPARATOR).astype(object)
    return frame


def _column(table, name):
    column = table[name]
    return (column.cast("int64") if str(column.type).startswith("timestamp") else column).to_pandas()


def read_metrics(results, model):
    """Return the stored rows of families performance and bias, without those of features, as a frame."""
    parquet = ds.ParquetFileFormat(read_options=ds.ParquetReadOptions(coerce_int96_timestamp_unit="us"))
    files = DeltaTable(str(results / "metrics")).file_uris()
    columns = [*KEY, "feature", "family", "metric", "value", "error_bound", "labelled_rows", "status"]
    wanted = (pc.field("family").isin(["performance", "bias"]) & pc.field("grain").isin(["week", "month"])
              & (pc.field("model") == model))
    table = ds.dataset(files, format=parquet, partitioning="hive").to_table(columns=columns, filter=wanted)
    rows = table.select([name for name in columns if not name.startswith("window")]).to_pandas()
    for name in ("window_start", "window_end"):
        rows[name] = _column(table, name)
    return rows.fillna({"segment": OVERALL, "segment_value": OVERALL})


class Tally:
    """How many numbers of one metric were looked at, how many were wrong, and by how much at worst."""

    def __init__(self, name):
        self.tolerance, self.bounded, self.close = TOLERANCE.get(name, EXACT), name in BOUNDED, CLOSE.get(name, np.inf)
        self.checked, self.excused, self.worst, self.worst_of_many, self.problems = 0, 0, 0.0, 0.0, []

    def look(self, where, row, true):
        """Compare one stored row (None where there is none) with the true number, NaN where there is none."""
        status = "no row" if row is None else row.status
        if status != "ok":
            if row is not None and (np.isnan(true) or status == "immature"):
                self.excused += 1
            else:
                self.problems.append(f"{where}: no value ({status}), true is {true:.12g}")
            return
        self.checked += 1
        deviation = abs(row.value - true)
        scale = max(1.0, abs(true)) if self.tolerance == EXACT else abs(true)
        allowed = self.tolerance * scale + (row.error_bound if self.bounded else 0.0)
        self.worst = max(self.worst, deviation)
        if self.bounded and row.labelled_rows >= MANY_ROWS:
            self.worst_of_many = max(self.worst_of_many, deviation)
            allowed = min(allowed, self.close)
        if not deviation <= allowed:
            self.problems.append(f"{where}: stored {row.value:.12g}, true {true:.12g}, allowed deviation {allowed:.3g}")

    def line(self, name):
        """Return what to print."""
        allowed = "within its error bound" if self.bounded else f"to {self.tolerance:g}"
        of_many = f", {self.worst_of_many:.3g} from {MANY_ROWS} labelled rows" if self.bounded else ""
        return (f"{name:38} {self.checked:6} checked {allowed}, {self.excused} rightly without a value, "
                f"{len(self.problems)} wrong, worst deviation {self.worst:.3g}{of_many}")


def pick(log, start, end, version):
    """Return the rows of a half-open span, of one version or of all."""
    rows = log.iloc[slice(*np.searchsorted(log["at"], [start, end], side="left"))]
    return rows if version == ALL_VERSIONS else rows[rows["version"] == version]


def of_segment(rows, segment, value, named):
    """Return the rows of one value of a column, or of a crossing; those of values without a name are the others."""
    if segment == OVERALL:
        return rows
    return rows[~rows[segment].isin(named[segment]) if value == OTHER else rows[segment] == value]


def check_performance(log, stored, named, names, tallies, truth_of):
    """Look at every row of family performance."""
    stored = stored[(stored["family"] == "performance") & stored["feature"].isna()]
    for key, rows in stored.groupby(KEY, sort=True):
        *window, segment, value = key
        where = describe(*window, segment, value)
        found = {row.metric: row for row in rows.itertuples()}
        mine = of_segment(pick(log, *window[1:]), segment, value, named)
        true = truth_of(mine)
        counted = {row.labelled_rows for row in rows.itertuples() if row.labelled_rows == row.labelled_rows}
        tallies["labelled_rows"].checked += len(counted)
        if counted - {mine["y"].notna().sum()}:
            tallies["labelled_rows"].problems.append(f"{where}: stored {counted}, true {mine['y'].notna().sum()}")
        for name in names:
            # The whole has every metric; a part has those that are configured.
            if name in found or segment == OVERALL:
                tallies[name].look(where, found.get(name), true.get(name, np.nan))


def check_bias(log, stored, named, tallies):
    """Look at every bias row that compares all groups of a column; rows without a group's name are in none."""
    names = [f"{criterion}_{measure}" for criterion in (*raw.CRITERIA, "equalized_odds")
             for measure in ("difference", "ratio")]
    stored = stored[(stored["family"] == "bias") & stored["feature"].isin(WAYS) & (stored["segment_value"] == OVERALL)
                    & stored["metric"].isin(names)]
    for key, rows in stored.groupby(KEY[:-1], sort=True):
        *window, segment = key
        mine = pick(log, *window[1:])
        mine = mine[mine[segment].isin(named[segment])]
        y, d, group, frames = mine["y"].to_numpy(), mine["d"].to_numpy(), mine[segment].to_numpy(str), {}
        for row in rows.itertuples():
            criterion, measure = row.metric.rsplit("_", 1)
            parts = ("recall", "false_positive_rate") if criterion == "equalized_odds" else (criterion,)
            for part in parts:
                if part not in frames:
                    frames[part] = raw.frame_of(part, y, d, group)
            widest = max if measure == "difference" else min
            true = [raw.disparity(frames[part], measure, row.feature) for part in parts]
            where = describe(*window, segment, row.feature)
            tally = tallies.setdefault(row.metric, Tally(row.metric))
            tally.look(where, row, np.nan if np.isnan(true).any() else widest(true))


def describe(grain, start, end, version, segment="", value=""):
    """Return the words for a window and a part of it."""
    return f"{grain} {datetime.fromtimestamp(start / 1e6, timezone.utc):%Y-%m-%d} version {version} {segment} {value}"


def report(tallies):
    """Print a line a metric; return whether anything is wrong or was never looked at."""
    for name, tally in tallies.items():
        print(tally.line(name))
        for problem in tally.problems[:5]:
            print(f"    {problem}")
    return any(tally.problems or not tally.checked for tally in tallies.values())


def read_arguments(given=None):
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demo", type=Path, default=Path("demo"), help="the folder that the demo wrote")
    parser.add_argument("--results", type=Path, help="folder of the result tables; default: results in the demo's")
    parser.add_argument("--regression", type=Path, help="check the regression whose result tables are here instead")
    for name in ("predictions", "outcomes", "model", "prediction", "outcome"):
        parser.add_argument(f"--{name}", help="as in the configuration; default: the demo's")
    for name, default in (("id", "flight_id"), ("time", "predicted_at"), ("version", "model_version"),
                          ("score", "probability"), ("known-at", "known_at"), ("positive", "late"),
                          ("negative", "on_time")):
        parser.add_argument(f"--{name}", default=default)
    options = parser.parse_args(given)
    defaults = {name: options.demo / name for name in ("predictions", "outcomes", "results")}
    defaults |= REGRESSION_DEMO if options.regression else CLASSIFIER_DEMO
    for name, default in defaults.items():
        setattr(options, name, getattr(options, name) or default)
    return options


def truth_of_decisions(rows):
    """Return the true numbers of a classifier's rows."""
    return raw.performance(rows["y"].to_numpy(), rows["d"].to_numpy(), rows["s"].to_numpy())


def truth_of_numbers(rows):
    """Return the true numbers of a regression's rows."""
    known = rows.dropna(subset=["y", "d"])
    return raw.regression(known["y"].to_numpy(float), known["d"].to_numpy(float))


def main(arguments=None):
    """Check the results and return the exit code."""
    options = read_arguments(arguments)
    stored = read_metrics(options.regression or options.results, options.model)
    names, truth_of = raw.CLASSIFIER, truth_of_decisions
    if options.regression:
        names, truth_of = raw.REGRESSION, truth_of_numbers
    values = stored.groupby("segment")["segment_value"].agg(set)
    named = {segment: {value for value in values[segment] - {OVERALL} if OTHER not in value.split(SEPARATOR)}
             for segment in values.index if segment != OVERALL}
    # Crossings last: they are made of the columns as they were read.
    log = read_log(options, sorted(named, key=lambda segment: SEPARATOR in segment))
    tallies = {name: Tally(name) for name in (*names, "labelled_rows")}
    windows = stored.drop_duplicates(KEY[:4]).groupby("grain").size().to_dict()
    print(f"windows and versions: {windows}, {len(stored.drop_duplicates(KEY))} with their parts")
    check_performance(log, stored, named, names, tallies, truth_of)
    wrong = report(tallies)
    of_bias = {}
    if raw.fair is None:
        print("bias: not looked at, fairlearn is not installed")
    elif not options.regression:
        check_bias(log, stored, named, of_bias)
        print("bias, by all groups of a column:" if of_bias else "bias: there are no rows")
        wrong = report(dict(sorted(of_bias.items()))) or wrong
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
