"""The state tables: bins, references and cells, from which every number can be computed again."""

from spark_monitor.tables.table import FLAG, REAL, REALS, SMALLS, TEXT, TEXTS, TIME, WHOLE, WHOLES, Table

CELL_COLUMNS = (
    ("slice", TIME, "Beginning of the day or hour that is counted; NULL in a reference: all its slices together"),
    ("model_version", TEXT, "Version of the model; (none) without a version column, (null) where it is missing"),
    ("segment", TEXT, "Column, or crossing `a × b`, by which rows are cut; NULL: all rows"),
    ("segment_value", TEXT, "Value of the segment; (other): values the reference did not freeze, (null): missing"),
    ("family", TEXT, "drift: a feature; prediction: what the model said; rows: the rows themselves"),
    ("feature", TEXT, "Feature that is counted; (rows) is the time of each row, null where the row is quarantined"),
    ("bins_id", TEXT, "Hash of the bins; cells of different bins are never merged or compared"),
    ("failure", TEXT, "Why the feature could not be counted: column_missing, type_changed, column_new, no_reference"),
    ("counts", WHOLES, "Rows in each bin, in the order of the bins"),
    ("row_count", WHOLE, "All rows, special cells included; never weighted"),
    ("nulls", WHOLE, "Rows where the feature is null"),
    ("nans", WHOLE, "Rows where it is NaN"),
    ("pos_inf", WHOLE, "Rows where it is +infinity"),
    ("neg_inf", WHOLE, "Rows where it is -infinity"),
    ("zeros", WHOLE, "Rows where it is zero; they are in a bin too"),
    ("unseen", WHOLE, "Rows with a category that the reference never held (in no bin), or with a number that is none "
                      "of a discrete feature's values (in a bin too)"),
    ("out_of_range", WHOLE, "Finite rows outside the configured range; they are in a bin too"),
    ("unseen_hashes", WHOLES, "Hashes of up to 20 unseen categories, the smallest ones"),
    ("unseen_names", TEXTS, "Their names; NULL where a category has fewer rows than min_cell"),
    ("unseen_counts", WHOLES, "Their rows, exactly"),
    ("min", REAL, "Smallest finite number"), ("max", REAL, "Largest finite number"),
    ("mean", REAL, "Mean of the finite numbers, unweighted"),
    ("m2", REAL, "Sum of squared deviations from that mean"),
    ("weights", REALS, "Sum of weights in each bin, then of null, NaN, +inf, -inf, unseen; NULL without weights"),
    ("weight_squares", REAL, "Sum of squared weights; NULL without weights"),
)

CELL_KEY = ("model", "model_version", "slice", "segment", "segment_value", "family", "feature")
MODEL = ("model", TEXT, "Name of the monitored model")
COUNTED_BY = ("run_id", TEXT, "Run that counted the slice; without its row in runs the slice is counted again")
REFERENCE_ID = ("reference_id", TEXT, "Which freezing of the reference the row belongs to")
REFERENCE = ("reference", TEXT, "Name of the reference in the configuration")

CONFLICTS = ("conflicts", WHOLE, "Labelled rows whose outcomes contradict each other: of those of the key that can "
                                 "count not all are the same; NULL where it is not counted")

SPARSE = {
    "cell_bin": "Score bin of each cell; the last number is no usable score",
    "cell_decision": "1 positive, 0 negative, -1 none",
    "cell_outcome": "1 positive, 0 negative, -1 unlabelled, -2 none of the classes", "cell_rows": "Rows of each cell",
    "cell_score": "Sum of w s", "cell_score_sq": "Sum of w s^2",
    "cell_loss": "Sum of w l, l the log loss of a labelled row",
    "cell_loss_sq": "Sum of w^2 l^2", "cell_weight": "Sum of w; empty without weights",
    "cell_weight_sq": "Sum of w^2; empty without weights", "cell_loss_w2": "Sum of w^2 l; empty without weights",
    "fold_fold": "Fold of the entity, 0 to 31; empty without entities", "fold_decision": "As cell_decision",
    "fold_outcome": "As cell_outcome", "fold_rows": "Rows", "fold_score": "Sum of w s", "fold_score_sq": "Sum of w s^2",
    "fold_loss": "Sum of w l", "fold_weight": "Sum of w; empty without weights",
    "fold_weight_sq": "Sum of w^2; empty without weights", "delay_outcome": "Outcome of each delay cell",
    "delay_bin": "Bin of the time from prediction to first known outcome", "delay_rows": "Rows of each delay cell",
}

SCORE_CELLS = Table("score_cells", "State: predictions beside their outcomes by score bin, by fold and by delay", (
    MODEL, *CELL_COLUMNS[:4],
    ("family", TEXT, "performance"),
    ("feature", TEXT, "score, or prediction where there is no score; of several classes score:<class>, one against the "
                      "rest, and (classes): bins are ranks of the true class, decisions and outcomes numbers of "
                      "classes"),
    ("bins_id", TEXT, "Hash of the score bins"), ("row_count", WHOLE, "Predictions, labelled or not"), CONFLICTS,
    *[(name, WHOLES if name.endswith(("bin", "decision", "outcome", "rows", "fold")) else REALS, comment)
      for name, comment in SPARSE.items()],
    ("reference", TEXT, "Name of the reference that the rows are of; NULL: the log's own slices"),
    COUNTED_BY), (*CELL_KEY, "reference"))

ERROR_LISTS = (
    ("error_counts", WHOLES, "Rows: with an error; outcome unknown; prediction missing; outcome infinite; outcome 0; "
                             "with an interval; inside it"),
    ("error_sums", REALS, "Sums of w, w |e|, w |y|; weight of rows and sum of w times it for APE, then sMAPE; "
                          "weight of rows with an interval, weight inside it, sum of w times its width"),
    ("error_squares", REALS, "Sums of w^2 times 1, e, |e|, e^2, e |e|, e^4, |y|, |e y|, z, z^2, z^3, z^4, e^2 z, "
                             "e^2 z^2, with z = y - pivot; then times 1, x, x^2 of APE, sMAPE and width"),
    ("error_moments", REALS, "Mean and m2 of e, mean and m2 of y, co-moment; NaN without rows"),
    ("error_extremes", REALS, "Smallest and largest e, smallest and largest y; NaN without rows"),
    ("bin_code", WHOLES, "Bin of e, by size in steps of at most 1 %, with the sign of e; 0 where e is 0"),
    ("bin_rows", WHOLES, "Rows of each error bin"), ("bin_weight", REALS, "Sum of w of each error bin"),
    ("loss_bin", WHOLES, "Bin of the prediction: the frozen bins of predictions, neighbours merged to at most 20"),
    ("loss_rows", WHOLES, "Predictions of each such bin, labelled or not"),
    ("loss_sums", REALS, "Of each such bin 12 numbers: sums of w and w^2 over all its predictions; over those with an "
                         "error their number, sums of w times 1, e, |e|, e^2, of w^2 times 1, e, |e|, e^2, e^4"),
    ("fold_fold", WHOLES, "Folds of entities, 0 to 31; empty without entities"),
    ("fold_sums", REALS, "Of each fold 15 numbers: rows, sums of w times 1, e, e^2, |e|, z, z^2, |y|, as error_sums"),
    *[(name, WHOLES, SPARSE[name]) for name in ("delay_outcome", "delay_bin", "delay_rows")],
)

ERROR_CELLS = Table("error_cells", "State: predicted values beside their outcomes, e = prediction - outcome (y)", (
    MODEL, *CELL_COLUMNS[:4],
    ("family", TEXT, "performance"), ("feature", TEXT, "error"),
    ("bins_id", TEXT, "Hash of the pivot and of the bins of predictions"),
    ("row_count", WHOLE, "Predictions, labelled or not"), CONFLICTS, *ERROR_LISTS,
    ("reference", TEXT, "Name of the reference that the rows are of; NULL: the log's own slices"),
    COUNTED_BY), (*CELL_KEY, "reference"))

RELATION_LISTS = {
    "bin": "Merged bin of each cell, at most 20, then null, NaN, +inf, -inf, unseen; empty cells are left out",
    "lower": "Lower bound of its numbers, not in it; first value of a discrete feature; NULL: open, or none",
    "upper": "Upper bound of its numbers, in it; last value of a discrete feature; NULL: open, or none",
    "category": "Category, (other), or the special cell (null), (nan), (+inf), (-inf), (unseen); NULL for numbers",
    "rows": "Rows of each cell", "weight": "Sum of w; w is 1 without weights", "weight_sq": "Sum of w^2",
    "outcome": "Sum of w y; y is 1 for a positive outcome, of several classes 1 for a wrong prediction, of a "
               "regression the error, prediction - outcome",
    "outcome_w2": "Sum of w^2 y",
    "loss": "Sum of w l; l is the log loss, 1 for a wrong decision where there are no scores, of a regression the "
            "squared error", "loss_w2": "Sum of w^2 l", "loss_sq_w2": "Sum of w^2 l^2",
}

RELATION_CELLS = Table("relation_cells", "State: outcomes and losses of labelled rows by the values of each feature", (
    MODEL, *CELL_COLUMNS[:2],
    ("feature", TEXT, "Feature whose values rows are counted by"),
    ("bins_id", TEXT, "Hash of the frozen bins that are merged; cells of different bins are never merged or compared"),
    ("row_count", WHOLE, "Rows with an outcome, and with what its loss is made of"),
    *[(f"cell_{name}", WHOLES if name in ("bin", "rows") else TEXTS if name == "category" else REALS, comment)
      for name, comment in RELATION_LISTS.items()],
    ("reference", TEXT, "Name of the reference that the rows are of; NULL: the log's own slices"),
    COUNTED_BY), ("model", "model_version", "slice", "feature", "reference"))

PAIR_LISTS = {
    "pair_fold": "Fold of the entity of each cell, 0 to 31; -1 without entities",
    "pair_first": "Decision of the champion: 1 positive, 0 negative; of several classes the number of the class",
    "pair_second": "Decision of the challenger, likewise",
    "pair_outcome": "Outcome, likewise; -1 unlabelled", "pair_rows": "Ids that both versions decided",
    "pair_weight": "Sum of w, the weight of the challenger's row; 1 without weights", "pair_weight_sq": "Sum of w^2",
    "loss_fold": "Fold, as pair_fold", "loss_rows": "Labelled ids that have a loss of both versions",
    "loss_weight": "Sum of w", "loss_weight_sq": "Sum of w^2",
    "loss_loss": "Sum of w l, l the challenger's loss less the champion's", "loss_loss_w2": "Sum of w^2 l",
    "loss_loss_sq_w2": "Sum of w^2 l^2",
}

PAIR_CELLS = Table("pair_cells", "State: ids that the champion and another version scored in the same slice", (
    MODEL, CELL_COLUMNS[0],
    ("model_version", TEXT, "The challenger; it has a row of every slice that was looked at, without pairs too"),
    ("segment", TEXT, "Column, or crossing `a × b`, by which the challenger's rows are cut; NULL: all rows"),
    CELL_COLUMNS[3],
    ("family", TEXT, "champion"),
    ("feature", TEXT, "Which loss is compared: log_loss (clip 1e-15), squared_error or zero_one_loss"),
    ("bins_id", TEXT, "As of the score_cells or error_cells of the slice"),
    ("champion", TEXT, "Version that the challenger is compared with"),
    ("row_count", WHOLE, "Pairs: of several rows of an id, version and slice the earliest counts"),
    *[(name, WHOLES if name.endswith(("fold", "first", "second", "outcome", "rows")) else REALS, comment)
      for name, comment in PAIR_LISTS.items()], COUNTED_BY), (*CELL_KEY, "champion"))

FEATURE_CELLS = Table("feature_cells", "State: how many rows fell into each bin of each feature, by slice",
                      (MODEL, *CELL_COLUMNS, COUNTED_BY), CELL_KEY)

REFERENCE_CELLS = Table("reference_cells", "State: the cells of each reference, by slice and over all slices",
                        (MODEL, REFERENCE_ID, REFERENCE, *CELL_COLUMNS), (*CELL_KEY, "reference_id"))

BINS = Table("bins", "State: the frozen bins of each feature, the frozen values of each segment, what was left out", (
    MODEL,
    ("family", TEXT, "drift, prediction, segment or left_out"),
    ("feature", TEXT, "Feature, segment (`a × b` for a crossing), or the column that was left out"),
    ("kind", TEXT, "numeric, discrete (one bin a value), categorical, segment or left_out"),
    ("data_type", TEXT, "number, text, boolean, time or other when frozen"),
    ("edges", REALS, "Right-closed upper ends of numeric bins, both ends open; the values of a discrete feature"),
    ("categories", TEXTS, "Named categories, one bin each, or the frozen values of a segment"),
    ("has_other", FLAG, "Whether one more bin holds the folded categories"),
    ("coarse", SMALLS, "The coarser bin that each bin belongs to for PSI and its kin"),
    ("folded_hashes", WHOLES, "Hashes of folded categories"),
    ("folded_open", FLAG, "Whether more were folded than are remembered: unknown categories count as folded then"),
    ("pivot", REAL, "A typical value that moments are summed around"),
    ("range_low", REAL, "Smallest value allowed by the configuration"),
    ("range_high", REAL, "Largest value allowed by the configuration"),
    ("sensitive", FLAG, "Whether names are stored as hashes"),
    ("bins_id", TEXT, "Hash of these bins"),
    ("sample_rows", WHOLE, "Rows of the sample that the bins were made from"),
    ("reason", TEXT, "Why a column was left out"),
    REFERENCE_ID, ("frozen_at", TIME, "When the bins were frozen"),
), ("model", "family", "feature"))

REFERENCES = Table("references", "State: what current windows are compared with", (
    MODEL, REFERENCE_ID, REFERENCE,
    ("kind", TEXT, "period, table, rolling or version"),
    ("source_table", TEXT, "Table that was read; NULL where the reference is made of current cells"),
    ("source_id", TEXT, "Its id"), ("source_version", WHOLE, "Its version"),
    ("span_start", TIME, "Beginning of the span; NULL: none"), ("span_end", TIME, "End of the span; NULL: none"),
    ("slices", WHOLE, "Slices of the span; NULL where rows have no time"),
    ("purposes", TEXTS, "bins: it froze the bins; comparison: windows are compared with it"),
    ("definition", TEXT, "The reference as configured, as JSON"),
    ("frozen_at", TIME, "When it was frozen"),
    ("outcomes_as_of", TIME, "Up to when its outcomes were known; NULL: they were not counted"),
), ("model", "reference"))

HABITS = Table("habits", "State: how far a reference's own spans of time are from the whole of it, by feature", (
    MODEL, REFERENCE_ID, REFERENCE,
    ("grain", TEXT, "How long a span is, or shorter where the reference has few"),
    ("segment", TEXT, "Column that rows are cut by; NULL: all rows"),
    ("segment_value", TEXT, "Value of the segment; NULL: all rows"),
    ("family", TEXT, "drift or prediction"), ("feature", TEXT, "Feature, or prediction, score, confidence"),
    ("spans", WHOLE, "Spans with rows"),
    ("distance", REAL, "Mean chi-squared distance of a span from the reference, without the sampling in it"),
    ("noise", REAL, "Mean variance of that distance by sampling"),
), ("model", "reference", "grain", "segment", "segment_value", "family", "feature"))
