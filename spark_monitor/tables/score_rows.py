"""Score cells as plain rows: one for each window, version, segment, score bin, decision and outcome."""

TARGET = ("model", "model_version", "grain", "window_start", "window_end", "segment", "segment_value", "feature")
ABOUT = (*TARGET, "maturity", "immature")
Z = 1.959963984540054


def score_rows(cells, bins, metrics):
    """Return the query for the cells of all published windows, exploded; cells without a usable score are left out.

    Parameters
    ----------
    cells, bins, metrics : str
        The tables, as SQL names them. Windows, their maturity and whether their numbers are immature are read off the
        metrics of all rows.

    Returns
    -------
    str
        Columns: those of `ABOUT` (immature is 0 or 1), bin, band (the coarser bin, by the reference's quantiles),
        decision, outcome, row_count, weight, weight_sq, score (sum of w s). All versions together are version `*`. Of
        several classes, one against the rest, each is a feature.
    """
    by = ", ".join("version" if name == "model_version" else name for name in ABOUT)
    shown = ", ".join("version AS model_version" if name == "model_version" else name for name in ABOUT)
    lists = ", ".join(f"c.{name}" for name in (
        "model", "model_version", "segment", "segment_value", "feature", "cell_bin", "cell_decision", "cell_outcome",
        "cell_rows", "cell_score", "cell_weight", "cell_weight_sq"))
    # What the cells of a class are named by, see `class_features`: labels, score bins, class.
    bins_id = ("CASE WHEN startswith(c.feature, 'score:') THEN substr(sha2(concat_ws(' ', w.labels_id, b.bins_id, "
               "substr(c.feature, 7)), 256), 1, 16) ELSE b.bins_id END")
    return f"""
SELECT {shown}, bin, band, decision, outcome,
  sum(row_count) AS row_count, sum(weight) AS weight, sum(weight_sq) AS weight_sq, sum(score) AS score
FROM (
  SELECT {", ".join(ABOUT)}, bin, get(coarse, bin) AS band, get(cell_decision, place) AS decision,
    get(cell_outcome, place) AS outcome, get(cell_rows, place) AS row_count,
    coalesce(get(cell_weight, place), get(cell_rows, place)) AS weight,
    coalesce(get(cell_weight_sq, place), get(cell_rows, place)) AS weight_sq, get(cell_score, place) AS score
  FROM (
    SELECT {lists}, b.coarse, w.grain, w.window_start, w.window_end, w.maturity, w.immature
    FROM {cells} c JOIN {bins} b ON c.model = b.model AND c.family = b.family AND c.feature = b.feature
    JOIN (
      SELECT model, grain, window_start, window_end, max(bins_id) AS labels_id,
        max(CASE WHEN metric = 'maturity' THEN value END) AS maturity,
        max(CASE WHEN status = 'immature' THEN 1 ELSE 0 END) AS immature
      FROM {metrics} WHERE family = 'performance' AND segment IS NULL AND model_version = '*'
      GROUP BY model, grain, window_start, window_end
    ) w ON c.model = w.model AND c.slice >= w.window_start AND c.slice < w.window_end AND c.bins_id = {bins_id}
    WHERE c.reference IS NULL
  ) placed LATERAL VIEW posexplode(cell_bin) cell AS place, bin
) each_cell LATERAL VIEW explode(array(model_version, '*')) versions AS version
WHERE band IS NOT NULL
GROUP BY {by}, bin, band, decision, outcome"""


def wilson(rate, size, side):
    """Return the SQL of one bound of Wilson's interval at 95 %, which rounding never lets pass the rate itself.

    Parameters
    ----------
    rate, size : str
        SQL of a share and of the effective rows that it is of, neither NULL nor 0.
    side : {"-", "+"}

    Notes
    -----
    E. B. Wilson (1927), JASA 22, 209-212.
    """
    root = f"sqrt({rate} * (1 - {rate}) / {size} + {Z**2 / 4} / power({size}, 2))"
    bound = f"({rate} + {Z**2 / 2} / {size} {side} {Z} * {root}) / (1 + {Z**2} / {size})"
    return f"greatest(0, least({rate}, {bound}))" if side == "-" else f"least(1, greatest({rate}, {bound}))"
