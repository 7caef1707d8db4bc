"""Do outcomes in five shuffled instalments, with copies and corrections, end in the tables of one delivery?

    python benchmarks/instalments.py

A small log of six weeks; the rows of its outcome log, of which one key in seven is first wrong and then corrected and
one in eleven is written twice, are shuffled and delivered in five commits with a run after each. Printed are the
windows with a new revision after each instalment, and whether they are those that hold predictions of the keys
delivered (all of them where the keys are of the reference, which every window is compared with); whether `metrics` as
known at each run is what it was then; and whether the last tables are those of one delivery.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests" / "journey")]

from equality import assert_equal_rows, read_table  # noqa: E402
from small_log import AS_OF, WEEK_US, WEEKS, moment, week_rows, week_start, wish, write_log  # noqa: E402
from small_outcomes import configure_with_outcomes, deliver, outcomes_of  # noqa: E402

from spark_monitor.pipeline import run  # noqa: E402
from spark_monitor.session import QUICK_START, local_session  # noqa: E402
from spark_monitor.tables.known_at import metrics_known_at  # noqa: E402
from spark_monitor.tables.results import KEY  # noqa: E402
from spark_monitor.tables.store import Store  # noqa: E402
from spark_monitor.windows import to_micros, to_text  # noqa: E402

INSTALMENTS = 5
BEGAN = moment(2024, 6, 1)
REFERENCE = {("week", week_start(week)) for week in (0, 1)}


def revised(before, after):
    """Return the windows in which a row is new, gone, or of another revision."""
    old, new = ({tuple(row[name] for name in KEY): row["revision"]
                 for row in rows.select([*KEY, "revision"]).to_pylist()} for rows in (before, after))
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    return {(key[KEY.index("grain")], to_micros(key[KEY.index("window_start")])) for key in changed}


def windows_of(rows):
    """Return the windows that hold predictions of the keys of some outcome rows."""
    ids, found = set(rows["ref"].to_pylist()), set()
    for number in range(WEEKS):
        mine = [row["at"] for row in week_rows(number).select(["id", "at"]).to_pylist() if row["id"] in ids]
        found |= {("week", week_start(number)) for _ in mine[:1]}
        found |= {("month", moment(2024, at.month, 1)) for at in mine}
    return found


def shuffled_parts(rows):
    """Return the rows in five parts: most of all weeks in the first, of a week or two in each other one."""
    random = np.random.default_rng(4)
    week = (rows["known"].cast(pa.int64()).to_numpy() - week_start(0)) // WEEK_US
    part = np.where(random.random(rows.num_rows) < 0.6, 0, 1 + week % (INSTALMENTS - 1))
    order = random.permutation(rows.num_rows)
    return [rows.take(pa.array(order[part[order] == number])) for number in range(INSTALMENTS)]


def main():
    """Deliver, run, compare; print a line an instalment."""
    spark = local_session(app_name="instalments", extra=QUICK_START)
    later = wish(as_of=AS_OF + 30 * 86_400_000_000)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        log, rows = write_log(folder / "log"), outcomes_of()
        deliver(folder / "all", rows)
        run(spark, configure_with_outcomes(log, folder / "all", folder / "once"), later, "once", BEGAN)
        config, then = configure_with_outcomes(log, folder / "outcomes", folder / "results"), {}
        before = read_table(folder / "results", "metrics")
        for number, part in enumerate(shuffled_parts(rows)):
            deliver(folder / "outcomes", part)
            run(spark, config, later, f"run-{number}", BEGAN + number * 1_000_000)
            after = read_table(folder / "results", "metrics")
            touched, hold = revised(before, after), windows_of(part)
            if number == 0 or hold & REFERENCE:
                # All windows are new, or compared with a reference whose own outcomes have changed.
                hold = revised(after.slice(0, 0), after)
            print(f"instalment {number + 1}: {part.num_rows} rows, windows revised: "
                  f"{', '.join(f'{grain} {to_text(start)[:10]}' for grain, start in sorted(touched))}; "
                  f"{'as' if touched == hold else 'NOT as'} their keys say", flush=True)
            then[BEGAN + number * 1_000_000] = before = after
        for instant, rows_then in then.items():
            store = Store(spark, config.results)
            known = metrics_known_at(store, instant).toArrow().cast(rows_then.schema)
            assert_equal_rows(known, rows_then, (*KEY, "revision"), "metrics known then")
        print("metrics known at each run are those of that run")
        assert_equal_rows(before, read_table(folder / "once", "metrics"), KEY, "metrics")
        print("the last tables are those of one delivery")
    spark.stop()


if __name__ == "__main__":
    main()
