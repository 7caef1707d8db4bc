"""What comparisons of two histograms give when nothing has changed: p-values and expected values.

Two windows of one unchanged process never have equal histograms. With n and m rows and kappa = 1/n + 1/m, Pearson's
chi-squared X of the 2 x C table of cells is near a chi-squared variable with B - 1 degrees of freedom (B = cells that
are not empty), and the categorical distances are functions of it to first order: PSI ~ kappa X, KL ~ kappa X / 2,
squared Hellinger ~ kappa X / 8, squared base-2 Jensen-Shannon distance ~ kappa X / (8 ln 2).
"""

import numpy as np
import scipy

LEAST_EXPECTED = 10.0
SPECIAL = 5
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(24)
LARGEST_DEVIATION = 6.0


def kappa(current_size, reference_size):
    """Return 1/n + 1/m, by which sampling noise of a comparison scales; NaN where a side is empty.

    Parameters
    ----------
    current_size, reference_size : ndarray, shape (K,)
        Rows of each side, or effective sample sizes.

    Examples
    --------
    >>> kappa(np.array([100.0, 0.0]), np.array([400.0, 400.0]))
    array([0.0125,    nan])
    """
    n, m = np.asarray(current_size, float), np.asarray(reference_size, float)
    both = (n > 0) & (m > 0)
    return np.divide(n + m, n * m, out=np.full(both.shape, np.nan), where=both)


def mean_of_chi(freedom):
    """Return the mean of a chi variable (root of chi-squared), sqrt(2) G((k+1)/2) / G(k/2); 0 for k = 0.

    Parameters
    ----------
    freedom : ndarray, shape (K,)
        Degrees of freedom; NaN stays NaN.

    Examples
    --------
    >>> mean_of_chi(np.array([0.0, 1.0, 2.0])).round(4)
    array([0.    , 0.7979, 1.2533])
    """
    k = np.asarray(freedom, float)
    some = np.where(k > 0, k, 1.0)
    mean = np.sqrt(2) * np.exp(scipy.special.gammaln((some + 1) / 2) - scipy.special.gammaln(some / 2))
    return np.where(np.isnan(k), np.nan, np.where(k > 0, mean, 0.0))


def mean_of_largest(spread):
    """Return the mean of the largest absolute value among independent normal variables of mean 0.

    By Sidak's inequality no dependence between them makes it larger.

    Parameters
    ----------
    spread : ndarray, shape (K, C)
        Their standard deviations; 0 for a variable that is not there.

    Returns
    -------
    ndarray, shape (K,)
        The integral of 1 - prod P(|Z| <= t) over t.

    Examples
    --------
    >>> mean_of_largest(np.array([[1.0, 0.0], [1.0, 1.0]])).round(3)
    array([0.798, 1.128])
    """
    widest = spread.max(axis=-1, initial=0.0)
    height = (NODES + 1) / 2 * LARGEST_DEVIATION
    below = np.ones((len(spread), len(height)))
    for one in spread.T:
        narrower = np.divide(widest, one, out=np.full_like(one, np.inf), where=one > 0)
        below *= scipy.special.erf(height * narrower[:, None] / np.sqrt(2))
    return widest * ((1 - below) @ NODE_WEIGHTS) * LARGEST_DEVIATION / 2


def pearson(current, reference):
    """Return Pearson's chi-squared of the 2 x C table; cells empty on both sides don't count.

    Parameters
    ----------
    current, reference : ndarray, shape (K, C)
        Rows of each cell, or shares times an effective sample size.

    Returns
    -------
    ndarray, shape (K,)
        Without continuity correction; NaN where a side is empty.

    Examples
    --------
    >>> pearson(np.array([[10.0, 20.0]]), np.array([[20.0, 10.0]])).round(4)
    array([6.6667])
    """
    n, m = current.sum(axis=-1), reference.sum(axis=-1)
    both, total = current + reference, n + m
    expected = both * np.divide(n, total, out=np.zeros_like(total), where=total > 0)[..., None]
    terms = np.divide((current - expected) ** 2, both, out=np.zeros_like(both), where=both > 0)
    scale = np.divide(total**2, n * m, out=np.full_like(total, np.nan), where=(n > 0) & (m > 0))
    return terms.sum(axis=-1) * scale


def pool_rare_cells(current, reference, special=SPECIAL, least=LEAST_EXPECTED):
    """Add up neighbouring rare cells until each group expects about `least` rows on the smaller side.

    Which cells are rare is judged by the sum of both sides, so pooling doesn't look at the difference that is to be
    tested. The last `special` cells (null, NaN, infinite, unseen) are pooled among themselves only: a new
    category must not drown among rare old ones.

    Parameters
    ----------
    current, reference : ndarray, shape (K, C)

    Returns
    -------
    tuple of ndarray, shape (K, 3 C)
        Both sides pooled; unused cells are 0.

    Examples
    --------
    >>> a, b = pool_rare_cells(np.array([[40.0, 3.0, 4.0, 6.0]]), np.array([[40.0, 4.0, 4.0, 4.0]]), special=0)
    >>> a[a > 0], b[b > 0]
    (array([40., 13.]), array([40., 12.]))
    """
    both = current + reference
    n, m = current.sum(axis=-1, keepdims=True), reference.sum(axis=-1, keepdims=True)
    smaller = np.divide(np.minimum(n, m), n + m, out=np.zeros_like(n), where=n + m > 0)
    expected = both * smaller
    rare = np.where(expected < least, expected, 0.0)
    count, cells = both.shape
    label = np.broadcast_to(np.arange(cells), both.shape).copy()
    for block, offset in ((slice(0, cells - special), cells), (slice(cells - special, cells), 2 * cells)):
        part = rare[:, block]
        so_far, total = np.cumsum(part, axis=-1), part.sum(axis=-1, keepdims=True)
        groups = np.maximum(np.floor(total / least), 1.0)
        place = np.divide(so_far - part / 2, total, out=np.zeros_like(part), where=total > 0)
        group = np.minimum(np.floor(place * groups), groups - 1).astype(np.int64)
        label[:, block] = np.where(expected[:, block] < least, offset + group, label[:, block])
    flat = (label + 3 * cells * np.arange(count)[:, None]).ravel()
    return tuple(np.bincount(flat, side.ravel(), 3 * cells * count).reshape(count, -1) for side in (current, reference))


def pearson_moments(current_size, reference_size, both):
    """Return the exact mean and variance of Pearson's chi-squared given both margins of the 2 x C table.

    Parameters
    ----------
    current_size, reference_size : ndarray, shape (K,)
        Row margins n and m; N = n + m must exceed 3, else NaN.
    both : ndarray, shape (K, C)
        Column margins; empty columns don't count. Columns below one row (weights) count as one in the variance.

    Returns
    -------
    tuple of ndarray, shape (K,)

    Notes
    -----
    With t columns that are not empty: mean N (t-1) / (N-1) and variance
    2N/(N-3) (v1-w1)(v2-w2) + N^2/(N-1) w1 w2, where v1 = (N-2)/(N-1), v2 = (t-1)(N-t)/(N-1),
    w1 = (N^2/(n m) - 4)/(N-2), w2 = (N sum(1/c) - t^2)/(N-2).

    References
    ----------
    Haldane, J. B. S. (1940), Biometrika 31, 346. Dawson, R. B. (1954), Biometrika 41, 280.

    Examples
    --------
    >>> pearson_moments(np.array([4.0]), np.array([6.0]), np.array([[3.0, 4.0, 1.0, 2.0]]))
    (array([3.33333333]), array([3.60174162]))
    """
    n, m = current_size, reference_size
    usable = (n > 0) & (m > 0) & (n + m >= 4)
    n, m = np.where(usable, n, 2.0), np.where(usable, m, 2.0)
    total, columns = n + m, (both > 0).sum(axis=-1)
    inverse = np.where(both > 0, 1 / np.maximum(both, 1.0), 0.0).sum(axis=-1)
    v1, v2 = (total - 2) / (total - 1), (columns - 1) * (total - columns) / (total - 1)
    w1 = (total**2 / (n * m) - 4) / (total - 2)
    w2 = (total * inverse - columns**2) / (total - 2)
    mean = total * (columns - 1) / (total - 1)
    variance = 2 * total / (total - 3) * (v1 - w1) * (v2 - w2) + total**2 / (total - 1) * w1 * w2
    return np.where(usable, mean, np.nan), np.where(usable, variance, np.nan)


def pearson_p_value(current, reference, special=SPECIAL):
    """Return the p-value of "both sides come from one distribution over the cells".

    Parameters
    ----------
    current, reference : ndarray, shape (K, C)
        Rows of each cell (shares times effective size where rows are weighted); the last `special` cells are the
        special ones.

    Returns
    -------
    ndarray, shape (K,)
        NaN where a side is empty or both together have fewer than 4 rows.

    Notes
    -----
    Pearson's chi-squared of the cells after `pool_rare_cells`, judged by the gamma distribution that has its exact
    mean and variance given the margins (Dawson 1954), which is the chi-squared distribution for large windows.
    Rejections under no change in percent at 1 / 5 (``benchmarks/p_values.py``, 40,000 simulations a row):

    ============================================  ============  =============  ==============
    window against reference of 25,000 rows       this p        plain          smoothed
    ============================================  ============  =============  ==============
    100 rows, 20 equal cells                      1.03 / 4.92   1.01 / 4.78    0.12 / 0.94
    100 rows, 20 cells with shares ~ 1/k          1.04 / 4.85   1.48 / 5.85    0.62 / 2.69
    1,000 rows, 10 cells and 10 of 0.02 %         1.02 / 5.01   5.33 / 10.90   20.32 / 34.16
    100,000 rows, 20 cells with shares ~ 1/k      1.08 / 4.94   1.08 / 4.94    1.09 / 4.91
    ============================================  ============  =============  ==============

    "Plain" takes the chi-squared distribution as it is, "smoothed" does so after half a row is added to each cell.
    Where there are hardly more possible tables than levels (two cells and 100 rows on both sides: 1.00 / 5.69; a
    cell that expects less than one row) no p-value without a random element is uniform.
    """
    a, b = pool_rare_cells(current, reference, special)
    n, m = a.sum(axis=-1), b.sum(axis=-1)
    mean, variance = pearson_moments(n, m, a + b)
    varies = (variance > 1e-9) & (mean > 0)
    shape = np.divide(mean**2, variance, out=np.ones_like(mean), where=varies)
    scaled = np.divide(pearson(a, b) * mean, variance, out=np.zeros_like(mean), where=varies)
    return np.where(np.isnan(mean), np.nan, scipy.special.gammaincc(shape, scaled))
