"""Run the benchmarks one after the other, and keep the document that each ends with.

    python -m benchmarks.run_all                       # small: within a quarter of an hour on two cores
    python -m benchmarks.run_all --full --only scaling # at the size that targets are stated for

Documents go to FOLDER/<benchmark>.json, which `python -m benchmarks.page FOLDER` makes into a page.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

LOGS = ("--logs", "{folder}/logs")
# Benchmark -> what it is told when it is run small. Without any it runs at the size that its target is stated for.
SMALL = {
    "count_vs_scan": ("--rows", "1000000"),
    "spark_feed": ("--rows", "500000"),
    "segments": ("--rows", "1000000"),
    "scaling": ("--rows", "1000000", "--values", "10000000", "--columns", "640", "--repeats", "1"),
    "count_vs_peers": ("--rows", "100000", "--only", "whylogs", "--repeats", "1"),
    "many_models": ("--models", "10"),
    "increment": ("--rows", "2000", "--features", "20", "--days", "120"),
    "score_join": ("--predictions", "500000", "--outcomes", "400000", "--repeats", "1"),
}
# Those that keep their logs between runs.
ON_LOGS = ("count_vs_scan", "spark_feed", "segments", "scaling", "count_vs_peers", "score_join")


def command(name, folder, full):
    """Return the command of one benchmark.

    Examples
    --------
    >>> command("spark_feed", "kept", full=True)[1:]
    ['-m', 'benchmarks.spark_feed', '--logs', 'kept/logs']
    """
    logs = [word.format(folder=folder) for word in LOGS] if name in ON_LOGS else []
    return [sys.executable, "-m", f"benchmarks.{name}", *([] if full else SMALL[name]), *logs]


def last_document(lines):
    """Return the document that the last line holds, or None.

    Examples
    --------
    >>> last_document(["ours 3 s", '{"benchmark": "one"}'])
    {'benchmark': 'one'}
    >>> last_document(["it broke"])
    """
    try:
        found = json.loads(lines[-1]) if lines else None
    except json.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def run_one(name, folder, full):
    """Run one benchmark, show what it says, keep its document; return whether there was one."""
    print(f"== {name}", flush=True)
    began, lines = time.monotonic(), []
    with subprocess.Popen(command(name, folder, full), stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    print(f"== {name} took {time.monotonic() - began:.0f} s", flush=True)
    document = None if process.returncode else last_document(lines)
    if document is not None:
        Path(folder, f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return document is not None


def main():
    """Run them; those that broke are named last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="at the sizes that targets are stated for: hours")
    parser.add_argument("--folder", default=".benchmark", help="of documents, and of generated logs")
    parser.add_argument("--only", nargs="+", choices=list(SMALL), default=list(SMALL), metavar="NAME")
    asked = parser.parse_args()
    Path(asked.folder).mkdir(parents=True, exist_ok=True)
    broken = [name for name in asked.only if not run_one(name, asked.folder, asked.full)]
    if broken:
        sys.exit(f"no document of {', '.join(broken)}")


if __name__ == "__main__":
    main()
