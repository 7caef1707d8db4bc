"""Which rules hold where the configuration gives none: few, and quiet while nothing is wrong."""

from spark_monitor.metrics.bias.findings import JUDGED, MARGINS, chance_level
from spark_monitor.rules.spec import OVERALL, Rule

BEYOND_HABIT = {"metric": "psi", "kind": "habit", "warn": 0.02, "critical": 0.25, "min_rows": 30, "persist": (2, 3),
                "clear": 3}
DRIFT = Rule("feature_drift", family=("drift",), **BEYOND_HABIT)
WHOLE_TABLE = {"segment": (OVERALL,)}
MARGIN = MARGINS["ratio"]
UNEQUAL = {"family": ("bias",), "feature": ("to_rest",), "segment": ("*",), "on": "limit", "p_below": chance_level(),
           "warn": (MARGIN, 1 / MARGIN), "critical": (0.8, 1.25)}

# Drift is judged by size and habit: an effect that matters, that neither sampling nor the feature's own wander explains,
# one window in twenty having a false one among all features and segments together, and then two windows of three.
# 0.25 is the customary mark of PSI (Siddiqi, Credit Risk Scorecards, 2006).
# A column that turns to nulls is a drift already, as nulls are a cell; `feature_empty` names the cause, also where
# there are too few rows for PSI. Weekends without traffic are no lack of freshness: hence three days.
# Outcomes lack where the whole interval of what has arrived, against what was to arrive by now, lies below the bound.
# A relation changed where chance and the habit of the reference's own spans explain it in one window of a thousand.
# p-values and intervals of the numbers by feature are corrected for all features and values of the window. A slice
# fails where its loss is for certain half as large again as elsewhere: rows of one day share more than their values, so
# that by the marks of Chung et al. (2019), effect 0.4 at a false discovery rate of 5 %, a third of the demo's weeks fail.
# A group's ratio to the rest is a finding by what its interval excludes, never by the point: of 15 equal groups of 50
# to 200 rows one has a ratio below 0.8 in nearly every window. Warned of is any disparity beyond the margin that is
# certain, critical is one that certainly breaks the four-fifths rule (29 CFR 1607.4 D). Where all groups are equal, a
# protected column gives a finding in at most one window of twenty, all criteria together.
DEFAULT_RULES = (
    Rule("prediction_drift", family=("prediction",), **BEYOND_HABIT),
    DRIFT,
    Rule("feature_empty", "missing_rate", critical=0.99, **WHOLE_TABLE),
    Rule("infinite_values", "infinite_rate", warn=0.0, **WHOLE_TABLE),
    Rule("unseen_values", "unseen_rate", warn=0.01, critical=0.05, min_rows=500, **WHOLE_TABLE),
    Rule("column_missing", "column_missing", critical=0.0, **WHOLE_TABLE),
    Rule("type_changed", "type_changed", critical=0.0, **WHOLE_TABLE),
    Rule("volume", "volume_ratio", warn=(0.5, 2.0), critical=(0.1, 10.0), **WHOLE_TABLE),
    Rule("duplicates", "duplicate_rate", warn=0.001, critical=0.01, **WHOLE_TABLE),
    Rule("quarantined", "quarantined_rate", warn=0.001, critical=0.01, **WHOLE_TABLE),
    Rule("stale", "freshness_hours", warn=72.0, critical=120.0, **WHOLE_TABLE),
    Rule("outcomes_lacking", "arrival_ratio", warn=0.9, critical=0.5, on="limit", **WHOLE_TABLE),
    Rule("outcomes_before_predictions", "outcome_early_rate", warn=0.01, **WHOLE_TABLE),
    Rule("outcomes_of_no_class", "outcome_unknown_rate", warn=0.001, critical=0.05, **WHOLE_TABLE),
    Rule("outcomes_in_conflict", "outcome_conflict_rate", warn=0.01, **WHOLE_TABLE),
    Rule("relation_changed", "relation_shift", warn=0.02, critical=0.05, p_below=0.001, **WHOLE_TABLE),
    Rule("feature_relation_changed", "feature_relation_shift", warn=0.02, p_below=0.001, **WHOLE_TABLE),
    Rule("failing_slice", "worst_slice_loss_ratio", warn=1.5, on="limit", **WHOLE_TABLE),
    *(Rule(f"unequal_{criterion}", f"{criterion}_ratio", **UNEQUAL) for criterion in (*JUDGED, "mae")),
)
