"""popmon on pandas: histograms of every column by day, each version by itself; and what it compares and flags.

The page that shows it all is left out. Bins are of equal width, found anew in the data of each call, so histograms of
two calls don't compare. Reading the log into pandas is part of the work, as it is everywhere.
"""

import warnings
from glob import glob

import pandas as pd
import popmon  # noqa: F401  (gives frames their methods)
from telling import about, arguments, repeat

warnings.simplefilter("ignore")


def main():
    """Make histograms, then all metrics of them."""
    asked = arguments(__doc__)
    about("popmon", "histogrammar", "pandas", "numpy")

    def frames():
        rows = pd.concat(map(pd.read_parquet, sorted(glob(f"{asked.log}/*.parquet"))), ignore_index=True)
        rows["at"] = rows["at"].dt.tz_localize(None)
        columns = [name for name in rows if name not in ("id", "label", "version", "at")]
        return [(part[["at", *columns]], columns) for _, part in rows.groupby("version")]

    def options(part, columns):
        return {"time_axis": "at", "time_width": "1d", "time_offset": str(part["at"].min().date()),
                "features": [f"at:{name}" for name in columns]}

    def make_histograms():
        return f"{sum(len(part.pm_make_histograms(**options(part, columns))) for part, columns in frames())} histograms"

    def compare():
        found = [part.pm_stability_metrics(**options(part, columns)) for part, columns in frames()]
        return f"{sum(len(each) for each in found)} stores of metrics"

    repeat("popmon histograms by day and version", make_histograms, asked.repeats)
    repeat("popmon metrics by day and version", compare, asked.repeats)


if __name__ == "__main__":
    main()
