"""What does it cost to count the same columns in segments, too?

    python -m benchmarks.segments --rows 10000000

In turns: every column is counted by day and version; and so, and by each of 20 values of 4 columns beside. The ratio
is of CPU seconds; both write their cells, of which the second has 21 times as many.
"""

from benchmarks.contenders import Counting, arguments, check_all_counted, folders, open_spark
from benchmarks.generate import Shape, log_at, names
from benchmarks.measure import ratio, report, side_by_side

TARGET = 1.35
WITHOUT = "no segments"


def main():
    """Compare, and print the document."""
    parser = arguments(__doc__, rows=10_000_000, numbers=30, texts=10, days=30, segments=4, values=5)
    parser.add_argument("--scan", choices=("native", "spark"), default="native")
    asked = parser.parse_args()
    shape = Shape(rows=asked.rows, numbers=asked.numbers, texts=asked.texts, days=asked.days, groups=asked.segments,
                  group_values=asked.values)
    with folders(asked.logs) as (logs, results):
        log = log_at(logs, shape)
        spark = open_spark("segments")
        cut = Counting(spark, log, shape, f"{results}/with", asked.scan, segments=names("g", asked.segments))
        whole = Counting(spark, log, shape, f"{results}/without", asked.scan)
        several = f"{asked.segments * asked.values} segment values"
        costs = side_by_side({several: cut, WITHOUT: whole}, asked.repeats)
        for counting in (cut, whole):
            check_all_counted(counting, shape)
        cells = {several: cut.counted()[0], WITHOUT: whole.counted()[0]}
        spark.stop()
    report("segments", shape.rows, len(shape.columns), costs, ratio(costs, several, WITHOUT), TARGET, cells=cells,
           scan=asked.scan)


if __name__ == "__main__":
    main()
