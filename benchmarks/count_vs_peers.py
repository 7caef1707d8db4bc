"""What do other tools take to look at the same log, each in an environment of its own?

    sh benchmarks/peers/make.sh .peers
    python -m benchmarks.count_vs_peers --rows 1000000 --peers .peers

The peers come first, one after the other, then the native feed and Spark's scan in one session. What a peer does is
what its user would do to know the distributions of all columns; the first line of each script in `benchmarks/peers/`
says it, and says what it does not do. A peer that fails, or takes longer than `--limit` seconds for one piece of work,
is tried with a tenth of the rows, down to 10,000. The ratio is whylogs' CPU seconds for the whole log over ours for
every day and version; beside it stands the ratio where whylogs looks at every day and version, too.
"""

from pathlib import Path

from benchmarks.contenders import Counting, Scan, arguments, check_all_counted, folders, open_spark
from benchmarks.generate import Shape, log_at
from benchmarks.measure import in_short, ratio, report, side_by_side
from benchmarks.peers.outside import HERE, run_peer

TARGET, FEWEST = 60, 10_000
PEERS = {"whylogs": "whylogs", "popmon": "popmon", "popmon_spark": "popmon", "evidently": "evidently",
         "deequ": "deequ"}
OURS, SCAN = "native feed by day and version", "Spark's scan"
WHYLOGS, WHYLOGS_BY_GROUP = "whylogs, whole log", "whylogs by day and version"


def try_sizes(name, python, shapes, logs, asked):
    """Run one peer on smaller and smaller logs, until one is worked through.

    Returns
    -------
    dict of int to Told
        Rows to what came of it.
    """
    came = {}
    for shape in shapes:
        log = log_at(logs, shape)
        print(f"{name}, {shape.rows:,} rows", flush=True)
        command = [python, str(HERE / f"run_{name}.py"), log, "--repeats", str(asked.repeats)]
        came[shape.rows] = told = run_peer(command, asked.limit)
        for work, costs in told.costs.items():
            print(f"  {work}: {', '.join(f'{cost.cpu_s:.1f}' for cost in costs)} CPU s, {told.found[work]}")
        if told.error is None:
            break
        print(f"  {told.error}", flush=True)
        if not told.began:
            break
    return came


def run_peers(logs, shape, asked):
    """Return what came of every peer, by name and rows; one without an environment is told and left out."""
    sizes = [shape.rows // 10**step for step in range(9) if step == 0 or shape.rows // 10**step >= FEWEST]
    shapes = [Shape(**{**vars(shape), "rows": rows}) for rows in sizes]
    came = {}
    for name, environment in PEERS.items():
        python = Path(asked.peers, environment, "bin", "python").absolute()
        if asked.only and name not in asked.only:
            continue
        if not python.exists():
            print(f"{name} is left out: no {python}; `sh {HERE / 'make.sh'} {asked.peers}` makes it", flush=True)
            continue
        came[name] = try_sizes(name, str(python), shapes, logs, asked)
    return came


def by_size(came):
    """Return the costs of all peers' works by rows; at a smaller size only of works that were not ended at a larger.

    Examples
    --------
    >>> from benchmarks.peers.outside import Told
    >>> by_size({"a": {100: Told(costs={"one": [1]}), 10: Told(costs={"one": [2], "two": [3]})},
    ...          "b": {100: Told(), 10: Told(costs={"b": [4]})}})
    {100: {'one': [1]}, 10: {'two': [3], 'b': [4]}}
    """
    found = {}
    for by_rows in came.values():
        ended = set()
        for rows, told in by_rows.items():
            found.setdefault(rows, {}).update({work: runs for work, runs in told.costs.items() if work not in ended})
            ended |= set(told.costs)
    return found


def broken(came):
    """Return where peers broke: name, rows, the pieces of work that were ended, and why the next was not."""
    return [{"peer": name, "rows": rows, "ended": sorted(told.costs), "error": told.error}
            for name, by_rows in came.items() for rows, told in by_rows.items() if told.error]


def main():
    """Compare, and print the document."""
    parser = arguments(__doc__, rows=1_000_000, days=30, limit=600)
    parser.add_argument("--peers", default=".peers", help="folder of the peers' environments")
    parser.add_argument("--only", nargs="*", help="names of peers, where not all are wanted")
    parser.add_argument("--scan", choices=("native", "spark"), default="native")
    asked = parser.parse_args()
    shape = Shape(rows=asked.rows, days=asked.days)
    with folders(asked.logs) as (logs, results):
        came = run_peers(logs, shape, asked)
        spark = open_spark("count_vs_peers")
        ours = Counting(spark, log_at(logs, shape), shape, results, asked.scan)
        costs = side_by_side({OURS: ours, SCAN: Scan(spark, log_at(logs, shape), shape)}, asked.repeats)
        check_all_counted(ours, shape)
        spark.stop()
    of_peers = by_size(came)
    costs |= of_peers.pop(shape.rows, {})
    smaller = {rows: {work: in_short(runs) for work, runs in works.items()} for rows, works in of_peers.items()}
    whole, alike = (ratio(costs, name, OURS) if name in costs else None for name in (WHYLOGS, WHYLOGS_BY_GROUP))
    report("count_vs_peers", shape.rows, len(shape.columns) + 1, costs, whole, TARGET,
           ratio_by_day_and_version=alike and round(alike, 2), smaller=smaller, broken=broken(came),
           versions={name: next(iter(by_rows.values())).about for name, by_rows in came.items()})


if __name__ == "__main__":
    main()
