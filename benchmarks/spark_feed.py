"""What does counting cost on the way through the JVM, against handing the same rows to Python and doing nothing?

    python -m benchmarks.spark_feed --rows 3000000

In turns: the Spark feed counts every column by day and version and writes the cells; a bare `mapInArrow` receives the
same columns and counts batches. The ratio is of CPU seconds; no feed of rows can be under 1.
"""

from benchmarks.contenders import Counting, Transfer, arguments, check_all_counted, folders, open_spark
from benchmarks.generate import Shape, log_at
from benchmarks.measure import ratio, report, side_by_side

TARGET = 1.25
FEED, BARE = "Spark feed", "bare mapInArrow"


def main():
    """Compare, and print the document."""
    asked = arguments(__doc__, rows=3_000_000, numbers=30, texts=10, days=30).parse_args()
    shape = Shape(rows=asked.rows, numbers=asked.numbers, texts=asked.texts, days=asked.days)
    with folders(asked.logs) as (logs, results):
        log = log_at(logs, shape)
        spark = open_spark("spark_feed")
        feed = Counting(spark, log, shape, results, "spark")
        costs = side_by_side({FEED: feed, BARE: Transfer(spark, log, shape)}, asked.repeats)
        check_all_counted(feed, shape)
        spark.stop()
    report("spark_feed", shape.rows, len(shape.columns), costs, ratio(costs, FEED, BARE), TARGET)


if __name__ == "__main__":
    main()
