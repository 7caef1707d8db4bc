"""The result tables: metrics and their history, verdicts, alerts, and the record of every run."""

from spark_monitor.tables.state import MODEL
from spark_monitor.tables.table import REAL, REALS, TEXT, TEXTS, TIME, WHOLE, Table

WHERE = (
    MODEL,
    ("model_version", TEXT, "Version of the model; * is all versions together"),
    ("grain", TEXT, "hour, day, week or month"),
    ("window_start", TIME, "Beginning of the window, inclusive"),
    ("window_end", TIME, "End of the window, exclusive"),
    ("segment", TEXT, "Column or crossing that rows are cut by; NULL: all rows"),
    ("segment_value", TEXT, "Value of the segment; (other): values the reference did not freeze; NULL: all rows"),
    ("feature", TEXT, "Feature, or prediction, score, score:<class>, confidence; NULL: about the rows"),
    ("family", TEXT, "quality, summary, drift, prediction, performance, bias, estimated, concept, relation or "
                       "champion"),
    ("metric", TEXT, "Name of the metric"),
    ("reference", TEXT, "Name of the reference compared with, champion:<version> for another version; NULL where "
                        "nothing is compared"),
)
KEY = ("model", "model_version", "grain", "window_start", "segment", "segment_value", "feature", "family", "metric",
       "reference")

METRIC_COLUMNS = WHERE + (
    ("value", REAL, "The number; NULL unless status is ok or immature"),
    ("ci_low", REAL, "Lower bound of the confidence interval"), ("ci_high", REAL, "Upper bound"),
    ("ci_level", REAL, "Its level, e.g. 0.95"), ("ci_method", TEXT, "How it was made, e.g. wilson; paired_… of the same rows"),
    ("error_bound", REAL, "Largest error that counting in bins can have made; 0: exact; NULL: none is known"),
    ("sample_size", WHOLE, "Rows that the value rests on"),
    ("effective_size", REAL, "Kish's effective size of those rows; equal to sample_size without weights"),
    ("labelled_rows", WHOLE, "Rows with an outcome; NULL where the metric needs none"),
    ("maturity", REAL, "Share of all outcomes to come that have come; NULL where the metric needs none"),
    ("reference_value", REAL, "The same number in the reference"), ("reference_size", WHOLE, "Rows of the reference"),
    ("expected_value", REAL, "What the value would be on average if nothing had changed"),
    ("p_value", REAL, "How often a value this far off would come up if nothing had changed; NULL without theory"),
    ("status", TEXT, "ok, too_few_rows, immature, undefined or failed"),
    ("reason", TEXT, "Why there is no value, or what to know about it"),
    ("reference_id", TEXT, "Which freezing of the reference was compared with"),
    ("bins_id", TEXT, "Which bins were compared"),
    ("definition_hash", TEXT, "Hash of formula and configuration; a change starts a new series"),
    ("revision", WHOLE, "1 for the first publication; one more each time a value changed"),
    ("run_id", TEXT, "Run that wrote this revision"), ("computed_at", TIME, "When that run began"),
)

METRICS = Table("metrics", "One number a row, current revision only", METRIC_COLUMNS, KEY)

HISTORY = Table("metrics_history", "Revisions of metrics that later runs replaced",
                METRIC_COLUMNS + (("superseded_at", TIME, "When the run that replaced it began"),), (*KEY, "revision"))

VERDICTS = Table("verdicts", "One rule judged on one metric", WHERE + (
    ("rule", TEXT, "Name of the rule"),
    ("severity", TEXT, "warn or critical; NULL where nothing is wrong"),
    ("verdict", TEXT, "ok, warn, critical, not_judged or config_error"),
    ("value", REAL, "The metric's value"), ("bound", REAL, "The threshold crossed, or the nearest one"),
    ("effect", REAL, "Value less what was expected if nothing had changed"),
    ("sample_size", WHOLE, "Rows that the value rests on"), ("reference_value", REAL, "The number in the reference"),
    ("p_value", REAL, "p-value of the metric; of a rule of kind habit, of sampling and habit together"),
    ("q_value", REAL, "False discovery rate, over all features and segments of the window, at which it is a finding; "
                      "NULL: not tested together with others, or its alert is open"),
    ("reason", TEXT, "Why it was not judged; habit_borrowed: what is usual is known from other features only; found_overall: "
               "it moved as the feature did overall, whose alert speaks for it"),
    ("habit", REAL, "How far earlier windows usually were from the reference, as chi-squared distance without sampling"),
    ("memory", REALS, "What the next window's verdict goes on from"),
    ("fingerprint", TEXT, "Which alert the verdict belongs to"),
    ("run_id", TEXT, "Run that judged"), ("judged_at", TIME, "When that run began"),
), (*KEY, "rule"))

ALERTS = Table("alerts", "One change of state of one alert", (
    *WHERE,
    ("fingerprint", TEXT, "Hash of model, rule, family, metric, feature, segment, segment_value, grain and reference"),
    ("rule", TEXT, "Name of the rule"),
    ("state", TEXT, "opened, escalated, resolved or withdrawn, as verdicts call for; acknowledged, muted, unmuted or "
                    "resolved, as people do"),
    ("severity", TEXT, "warn or critical"), ("value", REAL, "The metric's value at that window"),
    ("bound", REAL, "The threshold crossed"), ("sample_size", WHOLE, "Rows that the value rests on"),
    ("reference_value", REAL, "The number in the reference"),
    ("effect", REAL, "Value less what was expected if nothing had changed"),
    ("owner", TEXT, "Who is responsible"), ("runbook", TEXT, "What to do"),
    ("sequence", WHOLE, "Order of the changes of one alert; the newest of an alert and window counts"),
    ("run_id", TEXT, "Run or command that wrote the change"), ("recorded_at", TIME, "When that one began"),
    ("who", TEXT, "Who did it; NULL for what verdicts call for, and for a mute that ran out"),
    ("why", TEXT, "Why, in their words"), ("until", TIME, "Until when it is muted"),
    ("delivery", TEXT, "due: channels are told of it; digest: with others, or a day later; silent or NULL: nobody is"),
    ("channels", TEXTS, "Names of those channels"),
), ("model", "fingerprint", "sequence"))

MUTES = Table("mutes", "What people want to hear nothing of until some moment: a mute is a row, lifting it another", (
    MODEL,
    ("mute_id", TEXT, "Name of the mute"), ("state", TEXT, "muted or lifted"),
    ("fingerprint", TEXT, "The alert; NULL: all alerts that the globs fit"),
    ("rule", TEXT, "Glob on the rule's name; NULL here and below: any"),
    ("metric", TEXT, "Glob on the metric"), ("feature", TEXT, "Glob on the feature"),
    ("segment", TEXT, "Glob on the segment; overall: all rows"), ("segment_value", TEXT, "Glob on its value"),
    ("until", TIME, "Runs as of this moment or later mute no more"),
    ("who", TEXT, "Who muted or lifted it"), ("why", TEXT, "Why, in their words"),
    ("run_id", TEXT, "Command that wrote the row"), ("recorded_at", TIME, "When it was given"),
), ("model", "mute_id", "state"))

DELIVERIES = Table("deliveries", "What became of one change of an alert on one channel, in one run or command", (
    MODEL,
    ("channel", TEXT, "Name of the channel"),
    ("change_id", TEXT, "Id of the change, the same however often it is sent; receivers drop what they have"),
    ("fingerprint", TEXT, "The alert"), ("sequence", WHOLE, "Which of its changes"),
    ("message_id", TEXT, "Id of the message that told of it, the same however often it is sent"),
    ("status", TEXT, "delivered: accepted, never sent again; failed: not accepted; held: not tried"),
    ("attempts", WHOLE, "How often it was tried"),
    ("reason", TEXT, "Why it was not delivered; never an address, nor what a receiver wrote"),
    ("run_id", TEXT, "Run or command that sent it"), ("recorded_at", TIME, "When that began"),
), ("model", "channel", "change_id", "run_id"))

RUNS = Table("runs", "One run of one model, written last: a window without its run is done again", (
    MODEL,
    ("run_id", TEXT, "Name of the run"), ("command", TEXT, "run, backfill or reference"),
    ("status", TEXT, "committed"), ("started_at", TIME, "When the run began"),
    ("as_of", TIME, "Windows that ended by then were complete"),
    ("windows", TEXTS, "Windows published, as grain/start"),
    ("restated", TEXTS, "Those of them that had been published before"),
    ("slices", TEXTS, "Slices counted, as spans start/end"),
    ("source_table", TEXT, "Prediction log"), ("source_id", TEXT, "Its id"), ("source_version", WHOLE, "Its version"),
    ("changes_through", WHOLE, "Version up to which changes of the log have been followed"),
    ("outcome_table", TEXT, "Outcome log"), ("outcome_id", TEXT, "Its id"), ("outcome_version", WHOLE, "Its version"),
    ("outcome_slices", TEXTS, "Slices whose predictions were counted beside their outcomes, as spans start/end"),
    ("outcome_changes_through", WHOLE, "Version up to which changes of the outcome log have been followed"),
    ("outcomes_changed", WHOLE, "Keys whose outcomes came, changed or went since the last run"),
    ("outcomes_orphaned", WHOLE, "Those of them without any prediction"),
    ("predictions_touched", WHOLE, "Predictions of the others; more than they are where keys are predicted repeatedly"),
    ("rows_in", WHOLE, "Rows of the slices counted, and all rows without a place"),
    ("rows_counted", WHOLE, "Rows in cells"), ("rows_quarantined", WHOLE, "Rows without a place"),
    ("quarantined_no_time", WHOLE, "Rows without a time"),
    ("quarantined_absurd_time", WHOLE, "Rows before windows.start or more than a day after as_of"),
    ("quarantined_no_id", WHOLE, "Rows without an id"),
    ("quarantined_bad_weight", WHOLE, "Rows whose weight is null, NaN, negative or infinite"),
    ("rows_deduplicated", WHOLE, "Further copies of an id that `deduplicate` left out"),
    ("columns_missing", TEXTS, "Features whose column is gone"),
    ("columns_changed", TEXTS, "Features whose column changed its type"),
    ("columns_new", TEXTS, "Columns that came after the bins were frozen"),
    ("metric_rows", WHOLE, "Rows of metrics published"), ("not_computed", WHOLE, "Those without a value"),
    ("verdict_rows", WHOLE, "Verdicts published"), ("alert_rows", WHOLE, "Changes of alerts appended"),
    ("feed", TEXT, "Which feed counted"), ("feed_reason", TEXT, "Why that one"),
    ("seconds", TEXT, "Seconds by step, as JSON"), ("notes", TEXTS, "What else is worth knowing"),
    ("config_hash", TEXT, "Hash of the configuration"), ("config", TEXT, "The configuration, secrets masked, as JSON"),
    ("packages", TEXT, "Versions of the packages used, as JSON"),
    ("carried", TEXT, "What the next run needs to know of all runs so far, packed; NULL: it reads the tables"),
), ("model", "run_id"))
