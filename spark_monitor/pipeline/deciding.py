"""Decisions: policies replayed in window order from the first window published on, and the difference appended.

What is read does not grow with time: the numbers that policies watch in the windows replayed and the few before them,
and the model's rows of `decisions`, of which there is one a change.
"""

from spark_monitor.cells.render import escape
from spark_monitor.decisions import POLICIES
from spark_monitor.decisions.decide import decide, resets_of
from spark_monitor.decisions.log import standing
from spark_monitor.decisions.spec import Facts
from spark_monitor.tables.plain import in_micros, to_rows
from spark_monitor.tables.people import DECISIONS
from spark_monitor.tables.results import METRICS, VERDICTS
from spark_monitor.tables.store import of_model
from spark_monitor.tables.table import literal
from spark_monitor.windows import to_text

WATCHED = ("model_version", "window_start", "window_end", "feature", "family", "metric", "reference", "value", "ci_low",
           "ci_high", "reference_value", "p_value", "sample_size", "labelled_rows", "status")
WARNING = ("model_version", "window_start", "metric", "fingerprint")


def update_decisions(job, windows, lifetimes):
    """Append the changes of decisions that the policies call for, and return what stands.

    Parameters
    ----------
    job : Job
    windows : list of Window
        Of the base grain, just published.
    lifetimes : Lifetimes

    Returns
    -------
    list of dict
        Rows of `decisions`, times as microseconds; none where there are no policies.
    """
    policies = [policy.settled() for policy in job.config.policies]
    if not policies:
        return []
    log = in_micros(job.store.fetch(DECISIONS, of_model(job.model)))
    if not windows:
        return standing(log)
    low = min(window.start for window in windows)
    champion = job.config.champion and escape(job.config.champion)
    facts = Facts(lifetimes, low, *_series(job, policies, lifetimes, low), resets_of(log), champion)
    news = decide(job.model, policies, facts, log)
    if news:
        job.store.append(DECISIONS, to_rows(DECISIONS, news, job.model, job.run_id, job.started_at))
    return standing([*log, *({"who": None, "why": None, **row} for row in news)])


def _series(job, policies, lifetimes, low):
    """Return the rows of metrics that policies watch, and the verdicts on them that warn."""
    watched = {POLICIES[policy.when].metric(policy) for policy in policies if POLICIES[policy.when].metric}
    if not watched:
        return [], []
    before = max(policy.of or 1 for policy in policies) - 1
    since = to_text(lifetimes.back(low, before))
    mine = ("segment IS NULL", f"grain = {literal(lifetimes.grain)} AND window_start >= TIMESTAMP'{since}'",
            " OR ".join(f"family = {literal(family)} AND metric = {literal(metric)}"
                        for family, metric in sorted(watched)))
    names = [job.config.references[0].name, f"champion:{job.config.champion}"]
    compared = f"reference IS NULL OR reference IN ({', '.join(map(literal, names))})"
    rows = job.store.fetch(METRICS, of_model(job.model, *mine, compared), WATCHED)
    warned = job.store.fetch(VERDICTS, of_model(job.model, *mine, "verdict IN ('warn', 'critical')"), WARNING)
    return in_micros(rows), in_micros(warned)
