"""Does a real run that `kill -9` ends before each of its table writes, and that is done again, leave the same tables?

    python benchmarks/kill_runs.py --config conf/flights.yml --as-of 2014-01-10 --weeks 4 --folder kills

An undisturbed run makes the tables to compare with. Then, for every write of a first run, a process of its own runs
until just before that write and is ended by SIGKILL, another one runs to the end, and the tables are compared as
tests/journey/equality.py says. The log is read where the configuration has it; results go to `--folder`.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests" / "journey")]


def read_arguments(given=None):
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", default="conf/flights.yml")
    parser.add_argument("--as-of", default="2014-01-10", type=_moment)
    parser.add_argument("--start", default="2013-03-04", type=_moment, help="first moment of the windows")
    parser.add_argument("--weeks", default=4, type=int)
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--die-before", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--results", help=argparse.SUPPRESS)
    return parser.parse_args(given)


def _moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def run_here(arguments):
    """Run once in this process; before the write of that number, end it as `kill -9` does."""
    from spark_monitor.config import load_config
    from spark_monitor.pipeline import Wish, run
    from spark_monitor.session import QUICK_START, local_session
    from spark_monitor.tables.store import Store
    from spark_monitor.windows import to_micros

    write, done = Store._write, []

    def write_or_die(store, table, rows, how):
        if len(done) == arguments.die_before:
            os.killpg(os.getpgid(0), signal.SIGKILL)
        done.append(table.name)
        write(store, table, rows, how)

    Store._write = write_or_die
    config = load_config(arguments.config).model_copy(update={"results": arguments.results})
    wish = Wish(as_of=to_micros(arguments.as_of), start=to_micros(arguments.start),
                end=to_micros(arguments.start + timedelta(weeks=arguments.weeks)))
    spark = local_session(app_name="kill runs", extra=QUICK_START)
    run(spark, config, wish, f"run-{os.getpid()}", to_micros(datetime.now(timezone.utc)))
    print(" ".join(done), flush=True)


def run_apart(arguments, results, die_before=None):
    """Run once in a process group of its own; return its exit code and the tables that it wrote, in order."""
    command = [sys.executable, __file__, "--config", arguments.config, "--as-of", f"{arguments.as_of:%Y-%m-%d}",
               "--start", f"{arguments.start:%Y-%m-%d}", "--weeks", str(arguments.weeks), "--folder",
               str(arguments.folder), "--results", str(results)]
    command += [] if die_before is None else ["--die-before", str(die_before)]
    done = subprocess.run(command, cwd=REPOSITORY, start_new_session=True, stdout=subprocess.PIPE, text=True,
                          check=False)
    return done.returncode, done.stdout.split()


def main():
    """Kill a first run before every write, run again, compare; print a line a write."""
    arguments = read_arguments()
    if arguments.results:
        run_here(arguments)
        return
    from equality import assert_equal_tables

    undisturbed = arguments.folder / "undisturbed"
    code, tables = run_apart(arguments, undisturbed)
    if code:
        sys.exit(f"the undisturbed run ended with {code}")
    print(f"an undisturbed run writes {len(tables)} times: {', '.join(tables)}", flush=True)
    for number, name in enumerate(tables):
        results, began = arguments.folder / f"killed_{number}", time.monotonic()
        killed, _ = run_apart(arguments, results, number)
        again, _ = run_apart(arguments, results)
        if (killed, again) != (-signal.SIGKILL, 0):
            sys.exit(f"killed before {name}: exit codes {killed} and {again}, expected {-signal.SIGKILL} and 0")
        assert_equal_tables(results, undisturbed)
        seconds = time.monotonic() - began
        print(f"killed before write {number + 1}, {name}: equal after another run, {seconds:.0f} s", flush=True)
        shutil.rmtree(results)


if __name__ == "__main__":
    main()
