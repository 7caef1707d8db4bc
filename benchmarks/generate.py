"""Write a prediction log as a real Delta table: seeded, of any number of rows and columns, in little memory.

    python -m benchmarks.generate /tmp/log --rows 10000000 --numbers 30 --texts 10 --days 30

Columns: `id`, `at` (microseconds, UTC), `version`, numbers `n0`, `n1`, ... (normal, exponential, gamma in turn), texts
`c0`, `c1`, ... (the k-th value 1/k as often as the first), groups `g0`, `g1`, ... (evenly drawn texts, to cut rows
by), `score` and `label`. Rows come in order of time, as a log that is appended to holds them. The same arguments give
the same values: each column of each file is drawn by a generator of its own.
"""

import argparse
import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import deltalake
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

DAY_US = 86_400_000_000
START = 1_767_225_600_000_000  # 2026-01-01, UTC
# What a file holds at most, and what a row group does: memory is bounded by the first.
FILE_ROWS, FILE_VALUES, GROUP_ROWS = 1_000_000, 50_000_000, 250_000
# Delta keeps statistics of so many columns.
WITH_STATISTICS = 32


@dataclass(frozen=True)
class Shape:
    """What a log looks like.

    Parameters
    ----------
    rows, numbers, texts : int
    days, versions : int
    nulls : float
        Share of nulls in each column of numbers.
    cardinalities : tuple of int
        Values of each column of texts, in turn.
    groups, group_values : int
        Columns to cut rows by, and values of each.
    shuffled : bool
        Rows of a file are in no order of time.
    seed : int
    """

    rows: int = 10_000_000
    numbers: int = 30
    texts: int = 10
    days: int = 30
    versions: int = 2
    nulls: float = 0.02
    cardinalities: tuple = (3, 5, 8, 12, 20, 30, 50, 50, 100, 200)
    groups: int = 0
    group_values: int = 5
    shuffled: bool = False
    seed: int = 0

    @property
    def columns(self):
        """Names of the columns that are counted: numbers, texts, and the score."""
        return [*names("n", self.numbers), *names("c", self.texts), "score"]

    def files(self):
        """Return the first row and the rows of each file: four of them at least, where there are as many rows.

        Examples
        --------
        >>> [Shape(rows=rows).files()[-1] for rows in (3, 1000, 10_000_000)]
        [(2, 1), (750, 250), (9000000, 1000000)]
        """
        wide = len(self.columns) + self.groups + 4
        most = max(1, min(FILE_ROWS, -(-self.rows // 4), FILE_VALUES // wide))
        return [(first, min(most, self.rows - first)) for first in range(0, self.rows, most)]


def names(letter, many):
    """Return the names of so many columns of a kind."""
    return [f"{letter}{place}" for place in range(many)]


def draw_file(shape, number):
    """Return the rows of one file.

    Parameters
    ----------
    shape : Shape
    number : int

    Returns
    -------
    pyarrow.Table

    Examples
    --------
    >>> drawn = draw_file(Shape(rows=8, numbers=1, texts=1), 0)
    >>> drawn.column_names, drawn.num_rows
    (['id', 'at', 'version', 'n0', 'c0', 'score', 'label'], 2)
    >>> drawn.equals(draw_file(Shape(rows=8, numbers=1, texts=1), 0))
    True
    """
    first, size = shape.files()[number]

    def random(name):
        digest = hashlib.sha256(f"{shape.seed} {number} {name}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "little"))

    columns = {"id": pa.array(np.arange(first, first + size)), "at": _times(random("at"), shape, first, size),
               "version": _texts(random("version"), names("v", shape.versions + 1)[1:], size, even=True)}
    for place, name in enumerate(names("n", shape.numbers)):
        columns[name] = _numbers(random(name), place, size, shape.nulls)
    for place, name in enumerate(names("c", shape.texts)):
        values = names(f"{name}_", shape.cardinalities[place % len(shape.cardinalities)])
        columns[name] = _texts(random(name), values, size)
    for name in names("g", shape.groups):
        columns[name] = _texts(random(name), names(f"{name}_", shape.group_values), size, even=True)
    score = random("score").beta(2, 5, size)
    columns |= {"score": pa.array(score), "label": pa.array((random("label").random(size) < score).astype(np.int32))}
    return pa.table(columns)


def _times(random, shape, first, size):
    low, high = (START + shape.days * DAY_US * edge // shape.rows for edge in (first, first + size))
    times = random.integers(low, max(high, low + 1), size)
    times = times if shape.shuffled else np.sort(times)
    return pa.array(times).cast(pa.timestamp("us", "UTC"))


def _numbers(random, place, size, nulls):
    draw = (random.standard_normal, random.standard_exponential, lambda n: random.standard_gamma(2, n))[place % 3]
    drawn = draw(size)
    return pa.array(drawn, mask=random.random(size) < nulls) if nulls else pa.array(drawn)


def _texts(random, values, size, even=False):
    """Draw texts by a table of 65,536 places, so that a draw is one look-up, whatever the shares are."""
    weights = np.ones(len(values)) if even else 1 / np.arange(1, len(values) + 1)
    bounds = np.cumsum(weights) / weights.sum() * 65_536
    table = np.searchsorted(bounds, np.arange(65_536) + 0.5).astype(np.int16)
    codes = table[random.integers(0, 65_536, size, dtype=np.uint16)]
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(values)).dictionary_decode()


def write_log(folder, shape):
    """Write a log as version 0 of a Delta table; what was in the folder is gone.

    Parameters
    ----------
    folder : path
    shape : Shape
    """
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    added, schema = [], None
    for number in range(len(shape.files())):
        rows = draw_file(shape, number)
        path = Path(folder) / f"part-{number:05}.parquet"
        text = [field.name for field in rows.schema if field.type == pa.string()]
        pq.write_table(rows, path, row_group_size=GROUP_ROWS, compression="snappy", use_dictionary=text)
        added.append(AddAction(path.name, path.stat().st_size, {}, START // 1000, True, _statistics(rows)))
        schema = rows.schema
    log = deltalake.DeltaTable.create(str(folder), deltalake.Schema.from_arrow(schema))
    log.create_write_transaction(added, "append", log.schema())


def _statistics(rows):
    low, high, nulls = {}, {}, {}
    for name in rows.column_names[:WITH_STATISTICS]:
        column = rows.column(name)
        edges = pc.min_max(column).as_py()
        nulls[name] = column.null_count
        if edges["min"] is not None:
            low[name], high[name] = _edge(edges["min"]), _edge(edges["max"])
    return json.dumps({"numRecords": rows.num_rows, "minValues": low, "maxValues": high, "nullCount": nulls})


def _edge(value):
    # As Delta does: cut to milliseconds, the largest one, too.
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z") if hasattr(value, "isoformat") else value


def log_at(folder, shape):
    """Return the path of a log of this shape in the folder; it is written where it is not there yet.

    Parameters
    ----------
    folder : path
        Of logs of all shapes.
    shape : Shape
    """
    said = hashlib.sha256(json.dumps(asdict(shape), sort_keys=True).encode()).hexdigest()[:8]
    place = Path(folder) / f"{shape.rows}x{len(shape.columns)}-{said}"
    if not deltalake.DeltaTable.is_deltatable(str(place)) or deltalake.DeltaTable(str(place)).version() != 1:
        print(f"writing {shape.rows:,} rows of {len(shape.columns)} columns", flush=True)
        write_log(place, shape)
    return str(place)


def cardinalities(text):
    """Return numbers from a text such as 3,5,8."""
    return tuple(int(number) for number in text.split(","))


def read_arguments():
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    for field in fields(Shape):
        name = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            parser.add_argument(name, action="store_true")
        else:
            kind = cardinalities if isinstance(field.default, tuple) else type(field.default)
            parser.add_argument(name, type=kind, default=field.default)
    return parser.parse_args()


def main():
    """Write one log."""
    asked = vars(read_arguments())
    write_log(asked.pop("folder"), Shape(**asked))


if __name__ == "__main__":
    main()
