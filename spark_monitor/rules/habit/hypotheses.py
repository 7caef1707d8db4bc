"""What is tested: one hypothesis a feature and segment, and how each stands before its windows."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.rules.habit.memory import Memory, from_reference
from spark_monitor.rules.habit.standing import Standing
from spark_monitor.rules.scope import fingerprints, rows_in_scope


@dataclass(frozen=True)
class Tested:
    """The rows that are judged, and the hypothesis that each is about.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        Places in the table of metrics.
    rule : ndarray of int, shape (n,)
    fingerprint : pyarrow.Array, shape (n,)
    hypothesis : ndarray of int, shape (n,)
        Numbers 0 to H - 1, one a fingerprint.
    first : ndarray of int, shape (H,)
        A place in `rows` of each.
    """

    rows: np.ndarray
    rule: np.ndarray
    fingerprint: object
    hypothesis: np.ndarray
    first: np.ndarray


def tested_rows(rules, coded, base_grain, first_reference):
    """Return the rows that some rules judge, as `Tested`."""
    by_metric = np.argsort(coded["metric"].codes, kind="stable")
    scopes = [rows_in_scope(rule, coded, by_metric, base_grain, first_reference) for rule in rules]
    names = pa.chunked_array([fingerprints(rule, coded, rows) for rule, rows in zip(rules, scopes)] or [[]], pa.string())
    rows, names = np.concatenate([*scopes, np.empty(0, np.int64)]).astype(np.int64), names.combine_chunks()
    rule = np.repeat(np.arange(len(rules)), [len(rows) for rows in scopes])
    # By name, so that sums over hypotheses are the same in whichever order rows were read.
    coded_names = names.dictionary_encode()
    rank = np.argsort(np.argsort(coded_names.dictionary.to_numpy(zero_copy_only=False)))
    _, first, number = np.unique(rank[coded_names.indices.to_numpy()], return_index=True, return_inverse=True)
    return Tested(rows, rule, names, number, first)


def codes(coded, tested, names, code=0):
    """Return a number for each tested row, the same where the named columns are, and `code` is."""
    code = np.broadcast_to(code, tested.rows.shape)
    for name in names:
        code = np.unique(code * len(coded[name].names) + coded[name].codes[tested.rows], return_inverse=True)[1]
    return code


def whole_of(feature, coded, tested):
    """Return for each hypothesis that of the same feature overall, -1 for those that are overall."""
    segment = coded["segment"]
    is_whole = segment.codes[tested.rows[tested.first]] == len(segment.names) - 1
    of = np.full(feature.max() + 1, -1)
    of[feature[is_whole]] = np.flatnonzero(is_whole)
    return np.where(is_whole, -1, of[feature])


def standing_before(tested, before, begin):
    """Return how the hypotheses stand: as after the window before, else as the reference's own spans let expect."""
    number = {name: at for at, name in enumerate(tested.fingerprint.take(pa.array(tested.first)).to_pylist())}
    told = [(number[name], memory) for name, memory in zip(before["fingerprint"].to_pylist(),
                                                           before["memory"].to_pylist()) if memory and name in number]
    count = len(tested.first)
    standing = begin() if len(told) < count else Standing.first(Memory.blank(count))
    if told:
        rows, numbers = zip(*told)
        standing = standing.with_numbers(np.array(rows), np.array(numbers))
    return standing


def without(standing, rows, begin):
    """Return the standing in which hypotheses that a window has no row of are as at the beginning.

    Otherwise what is known of them would rest on whether the windows around the gap are judged in one run.
    """
    return standing.with_numbers(rows, begin().numbers(rows)) if len(rows) else standing


def standing_from(tested, coded, known):
    """Return how the hypotheses stand by the rows of `habits`; of those that have none nothing is known."""
    names = ("segment", "segment_value", "family", "feature")
    own = list(zip(*([coded[name].names[code] for code in coded[name].codes[tested.rows[tested.first]]]
                     for name in names)))
    place = {key: at for at, key in enumerate(zip(*(known[name].to_pylist() for name in names)))}
    found = np.array([place.get(key, -1) for key in own], np.int64)
    columns = [np.append(known[name].to_numpy().astype(float), 0.0)[found] for name in ("distance", "noise", "spans")]
    return Standing.first(from_reference(*columns))
