"""What does counting cost on the way through the JVM, against handing the same rows to Python and doing nothing?

    python -m benchmarks.spark_feed --rows 3000000

In turns: the Spark feed counts every column by day and version; a bare `mapInArrow` receives the same columns and
counts rows. The ratio is of CPU seconds. Counting sets the size of its batches for as long as it takes; a bare
transfer that is set likewise stands beside, and no feed of rows can be under that.
"""

from benchmarks.contenders import Counting, Transfer, arguments, check_all_counted, folders, open_spark
from benchmarks.generate import Shape, log_at
from benchmarks.measure import ratio, report, side_by_side

TARGET = 1.25
FEED, BARE, SIZED = "Spark feed", "bare mapInArrow", "bare mapInArrow, batches sized likewise"


def main():
    """Compare, and print the document."""
    asked = arguments(__doc__, rows=3_000_000, numbers=30, texts=10, days=30).parse_args()
    shape = Shape(rows=asked.rows, numbers=asked.numbers, texts=asked.texts, days=asked.days)
    with folders(asked.logs) as (logs, results):
        log = log_at(logs, shape)
        spark = open_spark("spark_feed")
        feed = Counting(spark, log, shape, results, "spark")
        costs = side_by_side({FEED: feed, BARE: Transfer(spark, log, shape),
                              SIZED: Transfer(spark, log, shape, sized=True)}, asked.repeats)
        check_all_counted(feed, shape)
        spark.stop()
    report("spark_feed", shape.rows, len(shape.columns), costs, ratio(costs, FEED, BARE), TARGET,
           ratio_of_sized=round(ratio(costs, FEED, SIZED), 4))


if __name__ == "__main__":
    main()
