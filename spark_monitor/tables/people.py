"""The tables that people act on: models, decisions about them, and what waits to be judged."""

from spark_monitor.tables.state import MODEL
from spark_monitor.tables.table import TEXT, TIME, WHOLE, WHOLES, Table

WRITTEN = (
    ("run_id", TEXT, "Run, or command, that wrote the row"),
    ("recorded_at", TIME, "When it began"),
)

MODELS = Table("models", "Versions of each model that were seen, of windows of the base grain", (
    MODEL, ("model_version", TEXT, "Version; (none) without a version column, (null) where it is missing"),
    ("grain", TEXT, "The base grain"),
    ("first_window_start", TIME, "Beginning of its first window"),
    ("last_window_start", TIME, "Beginning of its last window"),
    ("last_window_end", TIME, "End of its last window"),
    ("row_count", WHOLE, "Rows of all its windows"),
    ("labelled_rows", WHOLE, "Rows with an outcome, of windows whose outcomes have all come"),
    ("reference", TEXT, "Name of the first reference"), ("task", TEXT, "What the model predicts"),
    ("owner", TEXT, "Who is responsible; NULL: nobody is named"), ("contact", TEXT, "Where to reach them"),
    ("runbook", TEXT, "What to do"),
    ("window_starts", WHOLES, "Beginning of each of its windows with rows, microseconds since 1970 in UTC"),
    ("window_rows", WHOLES, "Rows of each of them"),
    ("window_labels", WHOLES, "Labelled rows of each of them; -1 while outcomes are still to come"),
    *WRITTEN,
), ("model", "model_version"))

DECISIONS = Table("decisions", "One change of one decision about a model, by a policy or by a person", (
    MODEL,
    ("decision_id", TEXT, "Hash of model, policy and, of worse_version, the version judged"),
    ("decision", TEXT, "retrain, roll_back or keep"), ("policy", TEXT, "Name of the policy"),
    ("status", TEXT, "proposed, approved, rejected, done or withdrawn; of keep done or withdrawn"),
    ("grain", TEXT, "The base grain"),
    ("window_start", TIME, "Beginning of the window judged; of a person's row, of the newest window at that time"),
    ("window_end", TIME, "End of that window"),
    ("evidence", TEXT, "JSON: the number watched by window, with intervals and sizes, and fingerprints of the alerts "
                       "it rests on; NULL in a person's row"),
    ("training_start", TIME, "Beginning of the training window that is proposed; NULL where none is"),
    ("training_end", TIME, "Its end"),
    ("training_rows", WHOLE, "Labelled rows in it that were known when it was proposed"),
    ("model_version_before", TEXT, "Version at work in the window; of worse_version, the one to be rolled back"),
    ("model_version_after", TEXT, "Version to go back to, or that was made; NULL where that is not known"),
    ("who", TEXT, "Who said so; NULL: the policy"), ("why", TEXT, "What they said"),
    ("sequence", WHOLE, "Order of the changes of one decision; the newest of a decision and window counts"),
    *WRITTEN,
), ("model", "decision_id", "sequence"))

REVIEWS = Table("reviews", "One change of one review: what a person must judge, and what they said", (
    MODEL,
    ("review_id", TEXT, "Hash of model, kind and subject"),
    ("kind", TEXT, "bias, slice, retrain, roll_back or no_owner"),
    ("subject", TEXT, "Fingerprint of the alert, id of the decision, or the model"),
    ("state", TEXT, "waiting, aged, decided or withdrawn"),
    ("level", WHOLE, "How often it was escalated: once when due, then after each further reviews.escalate"),
    ("evidence", TEXT, "JSON: what raised it"),
    ("window_start", TIME, "Beginning of the window that raised it; NULL where none did"),
    ("due", TIME, "When an answer is due"),
    ("decision", TEXT, "What was decided"), ("reason", TEXT, "Why"), ("reviewer", TEXT, "By whom"),
    ("sequence", WHOLE, "Order of the changes of one review; the newest counts"),
    *WRITTEN,
), ("model", "review_id", "sequence"))
