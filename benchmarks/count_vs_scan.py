"""What does it cost to count every column by day and version, against Spark's bare reading of the same columns?

    python -m benchmarks.count_vs_scan --rows 10000000

In turns: the native feed counts, and its cells come to the driver; the same without compiled code; the same with the
cells committed to a Delta table; Spark adds up every column, once, by no group. The ratio is the native feed's CPU
seconds over the scan's.
"""

from benchmarks.contenders import Counting, Scan, arguments, check_all_counted, folders, open_spark
from benchmarks.generate import Shape, log_at
from benchmarks.measure import ratio, report, side_by_side, warm

TARGET = 0.30
NATIVE, PLAIN, COMMITTED = "native feed", "native feed, NumPy only", "native feed, committed"
SCAN = "Spark's scan"


def main():
    """Compare, and print the document."""
    asked = arguments(__doc__, rows=10_000_000, numbers=30, texts=10, days=30).parse_args()
    shape = Shape(rows=asked.rows, numbers=asked.numbers, texts=asked.texts, days=asked.days)
    with folders(asked.logs) as (logs, results):
        log = log_at(logs, shape)
        spark = open_spark("count_vs_scan")
        native = Counting(spark, log, shape, results, "native")
        plain = Counting(spark, log, shape, results, "native", compiled=False)
        committed = Counting(spark, log, shape, results, "native", committed=True)
        works = {NATIVE: native, PLAIN: plain, COMMITTED: committed, SCAN: Scan(spark, log, shape)}
        costs = side_by_side(works, asked.repeats)
        check_all_counted(native, shape)
        cells = native.counted()[0]
        spark.stop()
    nanoseconds = {name: round(warm(runs) * 1e9 / shape.rows / len(shape.columns), 1) for name, runs in costs.items()}
    report("count_vs_scan", shape.rows, len(shape.columns), costs, ratio(costs, NATIVE, SCAN), TARGET, cells=cells,
           ns_a_value=nanoseconds, ratio_numpy=round(ratio(costs, PLAIN, SCAN), 4),
           ratio_committed=round(ratio(costs, COMMITTED, SCAN), 4))


if __name__ == "__main__":
    main()
