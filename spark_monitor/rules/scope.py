"""Which metric rows a rule judges, and what the alert of each would be called."""

from fnmatch import fnmatchcase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.rules.fingerprint import fingerprint
from spark_monitor.rules.spec import ALL_VERSIONS, OVERALL

CROSSING = " × "
ESTIMATED = "estimated"
ABOUT = ("model", "model_version", "grain", "segment", "segment_value", "feature", "family", "metric", "reference")


class Coded:
    """A text column as numbers: `codes` are positions in `names`, whose last entry, None, is NULL."""

    def __init__(self, column):
        encoded = pc.dictionary_encode(column.cast(pa.string()).combine_chunks())
        self.names = [*encoded.dictionary.to_pylist(), None]
        self.codes = encoded.indices.fill_null(len(self.names) - 1).to_numpy(zero_copy_only=False)

    def where(self, fits, rows):
        """Return those of `rows` whose name `fits`; asked once a distinct name, whatever the number of rows."""
        return rows[np.array([fits(name) for name in self.names])[self.codes[rows]]]


def rows_in_scope(rule, coded, by_metric, base_grain, first_reference):
    """Return the places of the rows that a rule judges, ascending.

    Parameters
    ----------
    rule : Rule
    coded : dict of str to Coded
        The columns `ABOUT`.
    by_metric : ndarray of int
        The order of the rows by the code of their metric.
    base_grain, first_reference : str
        What rules judge that name none.
    """
    metric = coded["metric"]
    code = metric.names.index(rule.metric) if rule.metric in metric.names else -1
    rows = np.sort(by_metric[slice(*np.searchsorted(metric.codes[by_metric], [code, code + 1]))])
    version, grain = rule.version or ALL_VERSIONS, rule.grain or base_grain
    references = (None, rule.reference or first_reference)
    rows = coded["model_version"].where(lambda name: name == version, rows)
    rows = coded["grain"].where(lambda name: name == grain, rows)
    rows = coded["reference"].where(lambda name: name in references, rows)
    rows = coded["segment"].where(lambda name: fits_segment(name, rule.segment or (OVERALL, "*")), rows)
    if not rule.family:
        # An estimate bears the name of the number that it is of: a rule on that number waits for the truth.
        rows = coded["family"].where(lambda name: name != ESTIMATED, rows)
    for name in ("feature", "segment_value", "family"):
        globs = getattr(rule, name) or ("*",)
        rows = coded[name].where(lambda text, globs=globs: fits(text, globs), rows)
    return rows


def fits(name, globs):
    """Say whether a name, or None for what has none, fits one of the globs."""
    return "*" in globs if name is None else any(fnmatchcase(name, glob) for glob in globs)


def fits_segment(name, globs):
    """Say whether the name of a segment, or None for overall, fits one of the globs of a rule."""
    if name is None:
        return OVERALL in globs
    parts = name.split(CROSSING)
    patterns = [glob.split(CROSSING) for glob in globs if glob != OVERALL]
    return any(len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern)) for pattern in patterns)


def fingerprints(rule, coded, rows):
    """Return, as a pyarrow.Array, the fingerprint of each of `rows`, hashed once for each thing they are about."""
    varying = ("model", "segment", "segment_value", "feature", "family", "reference")
    about = np.zeros(len(rows), np.int64)
    for name in varying:
        about = about * len(coded[name].names) + coded[name].codes[rows]
        _, first, about = np.unique(about, return_index=True, return_inverse=True)
    version = None if rule.version == ALL_VERSIONS else rule.version
    fixed = {"rule": rule.name, "metric": rule.metric, "version": version}
    texts = [fingerprint(**fixed, grain=coded["grain"].names[coded["grain"].codes[row]],
                         **{name: coded[name].names[coded[name].codes[row]] for name in varying})
             for row in rows[first]]
    return pa.array(texts, pa.string()).take(pa.array(about))
