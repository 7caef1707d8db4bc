"""The Spark feed of the cells of several classes: joined rows through the kernel, partial cells added up after."""

import hashlib

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.bundles import bundled
from spark_monitor.cells.kernel.class_scores import ClassCounter
from spark_monitor.cells.score_arrow import CLASSES, FAMILY, SCORE_SCHEMA, to_score_batch
from spark_monitor.cells.score_feed import ORDER, merged_scores
from spark_monitor.cells.stream import UNIT, larger, units


def class_features(names, labels, bins=()):
    """Return the features that cells of several classes have, with the `bins_id` of each.

    Parameters
    ----------
    names : tuple of str
        Of the classes.
    labels : tuple of tuple of str
        What means each class.
    bins : sequence of Bins
        Score bins of each class; none where there are no scores.

    Returns
    -------
    dict of str to str
        "(classes)" first, then "score:<class>" in the order of the classes. Other labels are other ids: what is a class
        and what the rest has changed.

    Examples
    --------
    >>> list(class_features(("a", "b"), (("a",), ("b",)), [Bins("x", "numeric"), Bins("x", "numeric")]))
    ['(classes)', 'score:a', 'score:b']
    """
    own = [Bins(CLASSES, "categorical", family=FAMILY, categories=texts).bins_id for texts in labels]
    whole = hashlib.sha256(" ".join(own).encode()).hexdigest()[:16]
    each = {f"score:{name}": hashlib.sha256(f"{whole} {one.bins_id} {name}".encode()).hexdigest()[:16]
            for name, one in zip(names, bins)}
    return {CLASSES: whole, **each}


def count_classes(rows, plan, features):
    """Return the cells of predictions among several classes beside their outcomes, one row a feature and key.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        With the columns that `ClassPlan` describes.
    plan : ClassPlan
    features : dict of str to str
        As `class_features` returns them.

    Returns
    -------
    pyspark.sql.DataFrame
        Of `SCORE_SCHEMA`; nothing runs before it is written.
    """
    count = _counting(plan, features)
    return bundled(rows, count, _merging(plan, features), SCORE_SCHEMA, ORDER, by=UNIT)


def _counting(plan, features):
    def count(batches):
        counter = ClassCounter(plan)
        for batch in larger(batches):
            counter.count(batch)
        classes = [len(plan.labels), *[2] * len(counter.each)]
        for (feature, bins_id), one, many in zip(features.items(), [counter.together, *counter.each], classes):
            for segment, keys, *totals in one.groups():
                yield to_score_batch(keys, segment.name, feature, bins_id, *totals, one.plan.cells, many)

    return count


def _merging(plan, features):
    edges = dict(zip(list(features)[1:], plan.edges))

    def merge(batches):
        for table in units(batches):
            feature = table.column("feature")[0].as_py()
            if feature == CLASSES:
                yield merged_scores(table, len(plan.labels) - 1, len(plan.labels))
            else:
                yield merged_scores(table, len(edges[feature]))

    return merge
