"""How often p-values fall below 1 % and 5 % when nothing has changed, for three ways of judging Pearson's chi-squared.

Prints a table of rejections in percent; a calibrated p-value gives 1 and 5. "this" is the product's p-value, "plain"
judges the table by the chi-squared distribution, "smoothed" does so after adding half a row to every cell.

    python benchmarks/p_values.py --simulations 20000 --seed 1
"""

import argparse

import numpy as np
from scipy.stats import chi2

from spark_monitor.metrics.no_change import pearson, pearson_p_value

LEVELS = (0.01, 0.05)
CELLS = (2, 10, 20)
ROWS = (100, 1_000, 100_000)
SPECIAL_SHARE = 0.01


def shares(kind, cells):
    """Return the shares of `cells` cells; "rare" gives the last half 0.2 % of the weight of the others each."""
    weight = {
        "uniform": np.ones(cells),
        "skewed": 1 / np.arange(1, cells + 1),
        "rare": np.where(np.arange(cells) < cells // 2, 1.0, 0.002),
        "missing": np.ones(cells),
    }[kind]
    return weight / weight.sum()


def draw_pair(draw, kind, cells, size, reference_size, simulations):
    """Draw both sides of `simulations` tables from one distribution; the last 5 cells are the special ones."""
    known, special = shares(kind, cells), np.zeros(5)
    if kind == "missing":
        special[:2] = SPECIAL_SHARE
    all_cells = np.append(known * (1 - special.sum()), special)
    return tuple(draw.multinomial(rows, all_cells, simulations).astype(float) for rows in (size, reference_size))


def plain_p_value(current, reference):
    """Judge Pearson's chi-squared by the chi-squared distribution as it is."""
    return chi2.sf(pearson(current, reference), np.maximum((current + reference > 0).sum(axis=-1) - 1, 1))


def smoothed_p_value(current, reference):
    """The same after half a row is added to each cell, with the shares brought back to the number of rows."""
    half = np.where(current + reference > 0, 0.5, 0.0)
    sides = []
    for side in (current, reference):
        size = side.sum(axis=-1, keepdims=True)
        sides.append((side + half) * size / (size + half.sum(axis=-1, keepdims=True)))
    return plain_p_value(*sides)


METHODS = {"this": pearson_p_value, "plain": plain_p_value, "smoothed": smoothed_p_value}


def scenarios():
    """Yield (kind, cells, rows, rows of the reference)."""
    for kind in ("uniform", "skewed", "rare", "missing"):
        for cells in CELLS:
            for rows in ROWS:
                for reference_rows in sorted({rows, 10 * rows, 25_000}):
                    yield kind, cells, rows, reference_rows


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = np.random.default_rng(options.seed)
    header = "".join(f"{name + ' ' + format(level, '.0%'):>14}" for name in METHODS for level in LEVELS)
    print(f"{'shares':8}{'cells':>6}{'rows':>8}{'reference':>10}{header}")
    for kind, cells, rows, reference_rows in scenarios():
        pair = draw_pair(draw, kind, cells, rows, reference_rows, options.simulations)
        found = [method(*pair) for method in METHODS.values()]
        rates = "".join(f"{100 * np.mean(p <= level):14.2f}" for p in found for level in LEVELS)
        print(f"{kind:8}{cells:6}{rows:8}{reference_rows:10}{rates}", flush=True)


if __name__ == "__main__":
    main()
