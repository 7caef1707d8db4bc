"""What is known of all rows of a window or segment together: the facts that table metrics are made of."""

import numpy as np

TABLE_FACTS = {
    "rows": "rows counted in the window, or in one segment of it",
    "slices": "days or hours that the window spans",
    "reference_rows": "rows counted in the reference, or in the same segment of it",
    "reference_slices": "days or hours that the reference spans",
    "duplicates": "rows beyond the first of each id and version; NaN where ids are not compared",
    "quarantined": "rows read that had no place in any window",
    "rows_in": "rows read: counted and quarantined",
    "newest_us": "the newest event time in the window, microseconds since 1970 UTC; NaN where there is none",
    "window_end_us": "the window's end, microseconds since 1970 UTC",
    "columns_missing": "columns that the reference had and the log has no longer",
    "columns_new": "columns of the log that the reference did not have",
    "types_changed": "columns whose type is another than in the reference",
}


def fact(facts, name):
    """Return one fact as float64, shape (K,); NaN where it is not known.

    Parameters
    ----------
    facts : mapping of str to array_like
        Arrays of shape (K,), named as in `TABLE_FACTS`; only those that the metric in question reads.
    name : str

    Raises
    ------
    KeyError
        If `facts` lacks `name`.

    Examples
    --------
    >>> fact({"rows": [5, None]}, "rows")
    array([ 5., nan])
    """
    return np.asarray(facts[name], dtype=float)
