"""How does the cost of counting grow with rows, and with columns; and what does memory do?

    python -m benchmarks.scaling --values 100000000

First 1, 3 and 10 million rows of 41 columns in 30 days; then 10, 40, 160, 640 and 5,000 columns with as many values in
all, in 3 days: a log of 5,000 columns has but 20,000 rows then, and should have more values than its cells have bins.
The exponent is the slope of the logarithm of CPU seconds over that of the size, by least squares: 1 is proportional, 0
is no growth. Every size is counted, and its cells are written, `--repeats` times warm after a cold run.
"""

import numpy as np

from benchmarks.contenders import Counting, arguments, check_all_counted, folders, open_spark
from benchmarks.generate import Shape, log_at
from benchmarks.measure import report, side_by_side, warm

ROWS, COLUMNS, TARGET_MB = (1, 3, 10), (10, 40, 160, 640, 5_000), 1_500
WIDE_DAYS = 3


def exponent(sizes, costs):
    """Return the slope of log cost over log size, by least squares.

    Examples
    --------
    >>> round(exponent([1, 10, 100], [3, 6, 12]), 3)
    0.301
    """
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def by_rows(rows):
    """Return shapes of 41 columns with a tenth, three tenths and all of the rows."""
    return {f"{rows * part // 10:,} rows x 41": Shape(rows=rows * part // 10) for part in ROWS}


def by_columns(values, most):
    """Return shapes with the same number of values in all, of more and more columns: a quarter texts, up to ten."""
    shapes = {}
    for columns in (columns for columns in COLUMNS if columns <= most):
        texts = min(10, columns // 4)
        shape = Shape(rows=values // columns, numbers=columns - texts - 1, texts=texts, days=WIDE_DAYS)
        shapes[f"{shape.rows:,} rows x {columns:,}"] = shape
    return shapes


def measure_all(spark, shapes, logs, results, asked):
    """Return the costs of each shape, and the cells that were written."""
    costs, cells = {}, {}
    for number, (name, shape) in enumerate(shapes.items()):
        counting = Counting(spark, log_at(logs, shape), shape, f"{results}/{number}", asked.scan)
        costs |= side_by_side({name: counting}, asked.repeats)
        check_all_counted(counting, shape)
        cells[name] = counting.counted()[0]
    return costs, cells


def main():
    """Measure all sizes, and print the document."""
    parser = arguments(__doc__, rows=10_000_000, values=100_000_000, columns=5_000)
    parser.add_argument("--scan", choices=("native", "spark"), default="native")
    asked = parser.parse_args()
    tall, wide = by_rows(asked.rows), by_columns(asked.values, asked.columns)
    with folders(asked.logs) as (logs, results):
        spark = open_spark("scaling")
        of_rows, cells_tall = measure_all(spark, tall, logs, f"{results}/rows", asked)
        of_columns, cells_wide = measure_all(spark, wide, logs, f"{results}/columns", asked)
        spark.stop()
    exponents = {
        "rows": exponent([shape.rows for shape in tall.values()], [warm(of_rows[name]) for name in tall]),
        "columns": exponent([len(shape.columns) for shape in wide.values()], [warm(of_columns[name]) for name in wide])}
    widest = max(cost.worker_mb for cost in of_columns[list(wide)[-1]])
    print("exponents: " + ", ".join(f"{of} {number:.2f}" for of, number in exponents.items()))
    print(f"largest worker of the widest log: {widest:,.0f} MB, target {TARGET_MB:,} MB")
    report("scaling", asked.rows, max(len(shape.columns) for shape in wide.values()), {**of_rows, **of_columns},
           None, None, exponents={of: round(number, 3) for of, number in exponents.items()},
           worker_mb=round(widest), target_worker_mb=TARGET_MB, cells={**cells_tall, **cells_wide}, scan=asked.scan)


if __name__ == "__main__":
    main()
