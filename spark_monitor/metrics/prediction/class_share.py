"""How often the model said each class."""

from functools import partial

import numpy as np

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.spec import FeatureMetric

OTHER, UNSEEN = "(other)", "(unseen)"


def class_share(histograms, category):
    """Return the share of rows whose decision is one class, with its Wilson interval.

    Parameters
    ----------
    histograms : Histograms
        Of a categorical prediction.
    category : str
        A name of `histograms.categories`, "(other)" for the folded ones, "(unseen)" for those not in the reference.

    Returns
    -------
    Estimate
        In [0, 1], of all rows, null decisions included, so that all shares and the missing rate add up to 1; weighted
        where rows have weights. NaN where there are no rows, or none with a weight, or where the bins hold no such
        class (reason "no_such_class").

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> h = Histograms.of_counts([[6, 2]], kind="categorical", categories=("no", "yes"), nulls=[2])
    >>> class_share(h, "yes").value
    array([0.2])
    """
    names = _class_names(histograms)
    rows, whole = histograms.rows, histograms.cells().sum(axis=-1)
    if category not in names:
        return share_estimate(np.full(len(rows), np.nan), whole, rows, rows, reason="no_such_class")
    mass = np.column_stack([histograms.bins(), histograms.specials()[:, -1]])
    return share_estimate(mass[:, names.index(category)], whole, histograms.effective_size, rows)


def class_shares(histograms):
    """Return the share of every class as a mapping from ``share:<class>`` to its `Estimate`.

    Parameters
    ----------
    histograms : Histograms
        Of a categorical prediction.

    Returns
    -------
    dict of str to Estimate
        In the order of the bins; "(other)" where classes were folded, and always "(unseen)", 0 where there are none.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> h = Histograms.of_counts([[6, 2]], kind="categorical", categories=("no", "yes"))
    >>> {name: float(share.value[0]) for name, share in class_shares(h).items()}
    {'share:no': 0.75, 'share:yes': 0.25, 'share:(unseen)': 0.0}
    """
    return {f"share:{category}": class_share(histograms, category) for category in _class_names(histograms)}


def share_metric(category):
    """Return the facts of the metric ``share:<category>``.

    Examples
    --------
    >>> share_metric("yes").name
    'share:yes'
    """
    return FeatureMetric(
        name=f"share:{category}", family="prediction", compute=partial(class_share, category=category),
        formula="rows of the class / rows", source="Interval: E. B. Wilson (1927), JASA 22, 209-212", lower=0.0,
        upper=1.0, applies_to=("categorical",),
    )


def _class_names(histograms):
    return [*(histograms.categories or ()), *([OTHER] if histograms.has_other else []), UNSEEN]
