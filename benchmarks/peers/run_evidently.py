"""Evidently on pandas: a report of summary and drift of all columns against the first day, whole, and for each group.

Evidently has no notion of a group of rows, so a report is made for each day and version, as its users do. Reading the
log into pandas is part of the work.
"""

import os
import warnings
from glob import glob

os.environ["DO_NOT_TRACK"] = "1"

import pandas as pd  # noqa: E402
from evidently import DataDefinition, Dataset, Report  # noqa: E402
from evidently.presets import DataDriftPreset, DataSummaryPreset  # noqa: E402
from telling import about, arguments, repeat  # noqa: E402

warnings.simplefilter("ignore")


def main():
    """Make one report, and one a group."""
    asked = arguments(__doc__)
    about("evidently", "pandas", "numpy")

    def frames():
        rows = pd.concat(map(pd.read_parquet, sorted(glob(f"{asked.log}/*.parquet"))), ignore_index=True)
        day = rows["at"].dt.floor("D")
        return rows, day, rows[day == day.min()]

    def report_on(rows, before):
        columns = [name for name in rows if name not in ("id", "label", "version", "at")]
        texts = [name for name in columns if not pd.api.types.is_numeric_dtype(rows[name])]
        definition = DataDefinition(numerical_columns=[name for name in columns if name not in texts],
                                    categorical_columns=texts)
        both = [Dataset.from_pandas(part[columns], definition) for part in (rows, before)]
        return len(Report([DataSummaryPreset(), DataDriftPreset()]).run(*both).dict()["metrics"])

    def one_report():
        rows, _, before = frames()
        return f"{report_on(rows, before)} metrics"

    def report_each():
        rows, day, before = frames()
        return f"{sum(report_on(part, before) for _, part in rows.groupby([day, 'version']))} metrics"

    repeat("Evidently, whole log", one_report, asked.repeats)
    repeat("Evidently by day and version", report_each, asked.repeats)


if __name__ == "__main__":
    main()
