"""Some row groups of a Parquet file, whose columns are decoded when they are asked for."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class RowGroups:
    """Neighbouring row groups of a file as one batch of rows.

    Parameters
    ----------
    file : OpenFile
    numbers : sequence of int
        Which row groups.
    partition : dict
        Values of the columns that are not in the file.
    reading : Reading
    compiled : bool
        Whether pages may be decoded by compiled loops.
    schema, leaves : pyarrow.Schema, dict
        What PyArrow makes of the file, and the place of each leaf column; found where they are not given.
    """

    def __init__(self, file, numbers, partition, reading, compiled, schema=None, leaves=None):
        self.file, self.numbers = file, list(numbers)
        self.partition, self.reading, self.compiled = partition, reading, compiled
        self.schema = file.schema_arrow if schema is None else schema
        self.leaves = _leaves(file.schema) if leaves is None else leaves
        self.facts = [file.metadata.row_group(number) for number in self.numbers]
        self.rows = sum(facts.num_rows for facts in self.facts)
        self.inside = set(self.schema.names)
        # A column that the table has no more is null text, as it is to Spark's feed.
        self.kinds = dict(zip(reading.schema.names, reading.schema.types))

    def only(self, numbers):
        """Return some of the row groups."""
        return RowGroups(self.file, numbers, self.partition, self.reading, self.compiled, self.schema,
                         self.leaves)

    def spans(self, rows):
        """Yield the row groups a few at a time, of at most so many rows where there are several."""
        span, held = [], 0
        for number, facts in zip(self.numbers, self.facts):
            if span and held + facts.num_rows > rows:
                yield self.only(span)
                span, held = [], 0
            span.append(number)
            held += facts.num_rows
        if span:
            yield self.only(span)

    def that_may_hold(self, bounds):
        """Return the row groups in which some row may lie between the bounds of slices, by the statistics of its time."""
        time = self.reading.roles.time
        if time not in self.inside or time not in self.leaves:
            return self
        found, kind = self._statistics(time), self.schema.field(time).type
        return self.only([number for number, one in zip(self.numbers, found) if one is None or not one.has_min_max
                          or _micros(one.min, kind) < bounds[-1] and _micros(one.max, kind) >= bounds[0]])

    def may_hold(self, bounds):
        """Say whether some row may lie between the bounds of slices."""
        return bool(self.that_may_hold(bounds).numbers)

    def _statistics(self, name):
        place = self.leaves.get(name)
        return [None if place is None else facts.column(place).statistics for facts in self.facts]

    def may_miss(self, name):
        """Say whether the column may be null somewhere in these rows."""
        if name in self.partition:
            return self.partition[name] is None
        return any(one is None or not one.has_null_count or one.null_count > 0 for one in self._statistics(name))

    def read(self, names, leaves=()):
        """Return columns of the table by name, each as one array; texts as dictionaries."""
        wanted = [name for name in names if name in self.inside and name not in self.partition]
        found = {name: chunks.array() for name in wanted if (chunks := self._chunks(name)) is not None}
        rest = [*(name for name in wanted if name not in found), *leaves]
        if rest:
            table = self.file.read_row_groups(self.numbers, columns=rest, use_threads=False)
            found |= {name: _whole(table.column(table.schema.get_field_index(name))) for name in table.schema.names}
        for name in names:
            kind = self.kinds.get(name, pa.string())
            if name not in found:
                found[name] = self._constant(name, kind)
            elif pa.types.is_timestamp(kind) and found[name].type != kind:
                # What is stored as INT96 comes without its zone, which is UTC.
                found[name] = found[name].cast(kind)
        return found

    def _chunks(self, name):
        """Return a column's `Chunks`; None where PyArrow has to decode it."""
        place = self.leaves.get(name)
        if not self.compiled or place is None or not self.file.is_mapped:
            return None
        # Compiled loops are loaded only where they are used.
        from spark_monitor.cells.pages import Chunks, open_chunk

        kind, column = self.schema.field(name).type, self.file.schema.column(place)
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        opened = []
        for facts in self.facts:
            chunk = open_chunk(self.file.source, facts.column(place), column, kind)
            if chunk is None:
                return None
            opened.append(chunk)
        return Chunks(opened)

    def _constant(self, name, kind):
        value, codes = self.partition.get(name), pa.array(np.zeros(self.rows, np.int32))
        if value is None:
            return pa.nulls(self.rows, kind)
        values = pa.array([value], kind)
        return pa.DictionaryArray.from_arrays(codes, values) if pa.types.is_string(kind) else values.take(codes)

    def values(self, names):
        """Return columns of a batch by their names there: Arrow arrays, or `Chunks` of numbers still to be decoded."""
        paths = {name: self.reading.columns[name] for name in names}
        chunks = {name: self._numbers(path[0]) for name, (path, _) in paths.items() if len(path) == 1}
        paths = {name: how for name, how in paths.items() if chunks.get(name) is None}
        whole = {path[0] for path, _ in paths.values() if len(path) == 1}
        leaves = {".".join(path) for path, _ in paths.values() if len(path) > 1 and path[0] in self.inside}
        read = self.read(whole, sorted(leaves)) if whole or leaves else {}
        return {**chunks, **{name: self._value(read, *how) for name, how in paths.items()}}

    def _numbers(self, name):
        chunks = None if name in self.partition else self._chunks(name)
        return chunks if chunks is not None and chunks.stored else None

    def _value(self, read, path, is_length):
        array = read.get(path[0])
        for field in path[1:]:
            known = array is not None and array.type.get_field_index(field) >= 0
            array = pc.struct_field(array, field) if known else None
        if array is None:
            return pa.nulls(self.rows, pa.string() if not is_length else pa.int32())
        if not is_length:
            return array
        if pa.types.is_map(array.type):
            array = array.cast(pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])))
        array = plain_texts(array)
        is_text = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
        return pc.utf8_length(array) if is_text else pc.list_value_length(array)


def _leaves(schema):
    paths = [schema.column(place).path for place in range(len(schema.names))]
    seen = Counter(paths)
    # A field of a struct and a column whose name has a dot may share a path.
    return {path: place for place, path in enumerate(paths) if seen[path] == 1}


def micros(times):
    """Return times as microseconds since 1970."""
    kind = times.type
    return times.cast(pa.timestamp("us", getattr(kind, "tz", None))).cast(pa.int64())


def _micros(edge, kind):
    return micros(pa.array([edge], kind))[0].as_py()


def plain_texts(array):
    """Return a dictionary array as its texts, any other as it is."""
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _whole(column):
    if column.num_chunks == 1:
        return column.chunk(0)
    if not column.num_chunks:
        return pa.array([], column.type)
    return column.unify_dictionaries().combine_chunks()
