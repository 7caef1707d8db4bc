"""Freezing bins: a deterministic sample of the reference, turned column by column into the bins of each feature.

The sample never comes to the driver: each task gathers its rows by feature, one shuffle brings a feature's values
together, and one task freezes its bins.
"""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from spark_monitor.cells.bins import Bins, freeze_categories, freeze_numbers, merge_evenly
from spark_monitor.cells.kernel.values import countable
from spark_monitor.cells.kernel.counter import confidence
from spark_monitor.cells.kernel.groups import raw_segment_values
from spark_monitor.cells.render import CROSSING, text_of
from spark_monitor.cells.stream import units
from spark_monitor.tables.arrow_types import spark_schema

SEGMENT, LEFT_OUT, PERFORMANCE = "segment", "left_out", "performance"
SCORE_BINS, SCORE_GROUPS = 512, 20
GATHERED = pa.schema([("family", pa.string()), ("feature", pa.string()), ("numbers", pa.list_(pa.float64())),
                      ("texts", pa.list_(pa.string())), ("counts", pa.list_(pa.int64()))])
FROZEN = pa.schema(
    [("family", pa.string()), ("feature", pa.string()), ("kind", pa.string()), ("data_type", pa.string()),
     ("edges", pa.list_(pa.float64())), ("categories", pa.list_(pa.string())), ("has_other", pa.bool_()),
     ("coarse", pa.list_(pa.int32())), ("folded_hashes", pa.list_(pa.int64())), ("folded_open", pa.bool_()),
     ("pivot", pa.float64()), ("range_low", pa.float64()), ("range_high", pa.float64()), ("sensitive", pa.bool_()),
     ("bins_id", pa.string()), ("sample_rows", pa.int64()), ("reason", pa.string())])


@dataclass(frozen=True)
class FreezeOptions:
    """How finely features are counted, and what is never stored by name.

    Parameters
    ----------
    count, coarse, categories, segment_values, min_cell : int
    named : frozenset of str or None
        Features that the configuration says something about, where it leaves the choice to us; None where it lists
        them all. Of those it doesn't name, texts distinct in over half the rows are left out.
    sensitive : tuple of str
        Globs of columns whose names are stored as hashes.
    """

    count: int
    coarse: int
    categories: int
    segment_values: int
    min_cell: int
    named: frozenset | None
    sensitive: tuple = ()

    @classmethod
    def of(cls, config):
        """Read them from the configuration."""
        bins, features = config.bins, config.predictions.features
        named = frozenset(features.options) if features.include is None else None
        return cls(bins.count, bins.coarse, bins.categories, bins.segment_values, config.min_cell, named,
                   config.sensitive)

    def is_sensitive(self, column):
        """Say whether names of the column are stored as hashes."""
        return any(fnmatchcase(column, glob) for glob in self.sensitive)

    def drops_distinct(self, source):
        """Say whether the feature is left out where over half of its rows hold a text of their own."""
        automatic = self.named is not None and source.feature not in self.named
        return automatic and source.family == "drift" and source.data_type == "text"


def sample_rows(rows, identity, size):
    """Return the rows whose hash of the id is among the `size` smallest; one small job finds the limit."""
    hashed = F.xxhash64(*[F.expr(column) for column in identity])
    found = rows.select(hashed.alias("h")).orderBy("h").limit(size).agg(F.count("*").alias("n"), F.max("h").alias("h"))
    found = found.first()
    return rows if found["n"] < size else rows.where(hashed <= F.lit(found["h"]))


def frozen_bins(sample, sources, columns, segments, options):
    """Return one row a feature or segment with its frozen bins, as a DataFrame of `FROZEN`.

    Parameters
    ----------
    sample : pyspark.sql.DataFrame
        Canonical rows, quarantined ones left out.
    sources : list of FeatureSource
    columns : dict of str to str
        Column of the table -> name in the batch.
    segments : list of tuple of str
        Columns of each segment; several for a crossing.
    options : FreezeOptions
    """
    how = sources, columns, segments, options
    gathered = sample.mapInArrow(gathering(*how), spark_schema(GATHERED))
    together = gathered.repartition("family", "feature").sortWithinPartitions("family", "feature")
    return together.mapInArrow(freezing(*how), spark_schema(FROZEN))


def gathering(sources, columns, segments, options):
    """Return the function that gathers batches of a sample by feature; arguments as for `frozen_bins`."""
    wanted = [(source, [columns[name] for name in source.columns]) for source in sources]
    cuts = [(CROSSING.join(names), [columns[name] for name in names],
             {columns[name] for name in names if options.is_sensitive(name)}) for names in segments]

    def gather(batches):
        for batch in batches:
            rows = [_gathered_feature(source, [batch.column(name) for name in names]) for source, names in wanted]
            rows += [_gathered_segment(batch, *cut) for cut in cuts]
            yield pa.RecordBatch.from_pylist(rows, schema=GATHERED)

    return gather


def _gathered_feature(source, arrays):
    array = confidence(arrays) if source.feature == "confidence" else arrays[0]
    row = {"family": source.family, "feature": source.feature}
    if source.kind == "numeric":
        numbers = countable(array.drop_null()).cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return {**row, "numbers": numbers[np.isfinite(numbers)]}
    counted = text_of(array).drop_null().value_counts()
    return {**row, "texts": counted.field("values").to_pylist(), "counts": counted.field("counts").to_pylist()}


def _gathered_segment(batch, name, columns, hidden):
    texts, of_row = raw_segment_values(batch, columns, hidden)
    counts = np.bincount(of_row, minlength=len(texts))
    return {"family": SEGMENT, "feature": name, "texts": texts, "counts": counts}


def freezing(sources, columns, segments, options):
    """Return the function that freezes the bins of gathered features; arguments as for `frozen_bins`."""
    known = {(source.family, source.feature): source for source in sources}

    def freeze(batches):
        rows = [_freeze_unit(table, known, options) for table in units(batches, ("family", "feature"))]
        if rows:
            yield pa.RecordBatch.from_pylist(rows, schema=FROZEN)

    return freeze


def _freeze_unit(table, known, options):
    family, feature = table.column("family")[0].as_py(), table.column("feature")[0].as_py()
    if family == SEGMENT:
        return _segment_row(feature, _added_up(table), options)
    source = known[family, feature]
    facts = {"feature": feature, "family": family, "low": source.low, "high": source.high,
             "data_type": source.data_type}
    if source.kind == "numeric":
        values = np.concatenate([np.asarray(row, float) for row in table.column("numbers").to_pylist() if row] or [[]])
        kind, edges, coarse, pivot = (score_edges(values) if family == PERFORMANCE else
                                      freeze_numbers(values, options.count, options.coarse))
        return to_row(Bins(kind=kind, edges=edges, coarse=coarse, pivot=pivot, **facts), len(values))
    counts = _added_up(table)
    rows = sum(counts.values())
    if options.drops_distinct(source) and 2 * len(counts) > rows > 0:
        return left_out_row(feature, "mostly_distinct", source.data_type)
    named, folded, folded_open = freeze_categories(list(counts), list(counts.values()), options.categories,
                                                   options.min_cell, source.sensitive)
    bins = Bins(kind="categorical", categories=named, folded=folded, folded_open=folded_open,
                sensitive=source.sensitive, **facts)
    return to_row(replace(bins, coarse=np.arange(bins.size)), rows)


def score_edges(values):
    """Return kind, edges, coarse merge and pivot of score bins, as `freeze_numbers` does.

    The edges are those of 512 bins of equal width and of 512 bins that hold equal shares of the sample, together:
    fine where scores crowd, and nowhere coarser than 1/512.

    Examples
    --------
    >>> len(score_edges(np.array([0.1, 0.1, 0.9]))[1])
    513
    """
    inside = np.sort(values[(values > 0) & (values < 1)])
    even = np.arange(1, SCORE_BINS) / SCORE_BINS
    quantiles = np.quantile(inside, even, method="inverted_cdf") if len(inside) else np.empty(0)
    edges = np.union1d(even, quantiles)
    held = np.bincount(np.searchsorted(edges, inside), minlength=len(edges) + 1)
    return "numeric", edges, merge_evenly(held, SCORE_GROUPS, SCORE_GROUPS), 0.0


def _added_up(table):
    total = {}
    for texts, counts in zip(table.column("texts").to_pylist(), table.column("counts").to_pylist()):
        for text, count in zip(texts or (), counts or ()):
            total[text] = total.get(text, 0) + count
    return total


def _segment_row(name, counts, options):
    enough = [text for text in counts if counts[text] >= options.min_cell]
    ranked = sorted(enough, key=lambda text: (-counts[text], text))[: options.segment_values]
    return {"family": SEGMENT, "feature": name, "kind": SEGMENT, "categories": ranked,
            "sample_rows": sum(counts.values())}


def left_out_row(feature, reason, data_type):
    """Return the row of a column that `features: auto` left out, with its reason."""
    return {"family": LEFT_OUT, "feature": feature, "kind": LEFT_OUT, "data_type": data_type, "reason": reason}


def to_row(bins, sample_rows):
    """Return frozen bins as a row of `FROZEN`."""
    return {"family": bins.family, "feature": bins.feature, "kind": bins.kind, "data_type": bins.data_type,
            "edges": bins.edges.tolist(), "categories": list(bins.categories), "has_other": bins.has_other,
            "coarse": bins.coarse.tolist(), "folded_hashes": sorted(bins.folded), "folded_open": bins.folded_open,
            "pivot": bins.pivot, "range_low": bins.low, "range_high": bins.high, "sensitive": bins.sensitive,
            "bins_id": bins.bins_id, "sample_rows": sample_rows, "reason": None}


def from_row(row):
    """Return a row of `FROZEN` as `Bins`."""
    return Bins(feature=row["feature"], kind=row["kind"], family=row["family"], edges=np.asarray(row["edges"], float),
                categories=tuple(row["categories"]), folded=frozenset(row["folded_hashes"]),
                folded_open=row["folded_open"], coarse=np.asarray(row["coarse"], np.int64), pivot=row["pivot"],
                low=row["range_low"], high=row["range_high"], sensitive=bool(row["sensitive"]),
                data_type=row["data_type"])
