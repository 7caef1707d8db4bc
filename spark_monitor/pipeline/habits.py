"""Drift beyond habit: the windows just published and all later ones, judged in order by what was known before each."""

import pyarrow as pa

from spark_monitor.pipeline.agenda import slice_grain
from spark_monitor.results.habits import HABIT_SCHEMA, habits_here, habits_of
from spark_monitor.rules.habit import rows as habit_rows
from spark_monitor.rules.habit.rows import judge_habits
from spark_monitor.rules.scope import ABOUT
from spark_monitor.rules.spec import ALL_VERSIONS
from spark_monitor.tables.local import with_column
from spark_monitor.tables.results import METRICS, VERDICTS
from spark_monitor.tables.state import HABITS, REFERENCE_CELLS
from spark_monitor.tables.store import instants, of_model
from spark_monitor.tables.table import literal, literals
from spark_monitor.windows import to_text

COLUMNS = (*ABOUT, "window_start", "window_end", "value", "sample_size", "effective_size", "reference_value",
           "reference_size", "expected_value", "p_value", "status")
# Rows of a reference's cells by slice that this process reads; of more, tasks do.
FEW_CELLS = 20_000


def later_windows(job, agenda, past, rules):
    """Return the published windows that come after windows of the agenda and so rest on them, as {grain: starts}.

    Parameters
    ----------
    job : Job
    agenda : Agenda
    past : Past
    rules : list of Rule
        Of kind habit.
    """
    found = {}
    for grain in sorted({rule.grain or job.config.windows.grain for rule in rules}):
        own = {window.start for window in agenda.windows.get(grain, ())}
        later = [start for name, start in past.done if name == grain and own and start > min(own)]
        found[grain] = sorted({*later} - own)
    return found


def habit_verdicts(job, agenda, past, frozen, rules, fresh=None):
    """Return the verdicts of rules of kind habit on the agenda's windows and all later ones, in Arrow.

    Parameters
    ----------
    job : Job
    agenda : Agenda
        Whose metrics are published.
    past : Past
    frozen : Frozen
    rules : list of Rule
        Of kind habit, without a problem.
    fresh : pyarrow.Table or None
        The metrics of all these windows, where this process has them.
    """
    base, reference = job.config.windows.grain, frozen.references[0]
    found = []
    for grain in sorted({rule.grain or base for rule in rules}):
        mine = [rule for rule in rules if (rule.grain or base) == grain]
        starts = [window.start for window in agenda.windows.get(grain, ())]
        if not starts:
            continue
        metrics = _metrics(job, grain, min(starts), mine, reference) if fresh is None else fresh
        before = _before(job, past, grain, min(starts))
        found.append(judge_habits(metrics, mine, base, reference.name, before,
                                  lambda grain=grain: reference_habits(job, frozen, grain), reference.span))
    return pa.concat_tables(found) if found else None


def _metrics(job, grain, first, rules, reference):
    return job.store.fetch(METRICS, of_model(
        job.model, f"grain = '{grain}'", f"window_start >= TIMESTAMP{literal(to_text(first))}",
        f"metric IN ({literals(habit_rows.METRICS)})",
        f"model_version IN ({literals(rule.version or ALL_VERSIONS for rule in rules)})",
        f"reference IN ({literals(rule.reference or reference.name for rule in rules)})"), COLUMNS)


def _before(job, past, grain, first):
    """Return fingerprint and memory of the verdicts of the newest window before a moment."""
    columns = ("fingerprint", "memory")
    earlier = [start for name, start in past.done if name == grain and start < first]
    if not earlier:
        return pa.schema([VERDICTS.schema.field(name) for name in columns]).empty_table()
    return job.store.fetch(VERDICTS, of_model(job.model, f"grain = '{grain}'",
                                              instants("window_start", [max(earlier)]), "memory IS NOT NULL"), columns)


def reference_habits(job, frozen, grain, store=True):
    """Return the rows of `habits` of the first reference, found out where that has not been done.

    Parameters
    ----------
    job : Job
    frozen : Frozen
    grain : str
        Of the windows.
    store : bool
        Whether to store what was found out.
    """
    reference = frozen.references[0]
    mine = of_model(job.model, f"reference = {literal(reference.name)}", f"grain = '{grain}'")
    stored = job.store.fetch(HABITS, f"{mine} AND reference_id = {literal(reference.reference_id)}",
                             tuple(HABIT_SCHEMA.names))
    if stored.num_rows or reference.slices is None or reference.slices < 2:
        return stored
    cells = of_model(job.model, f"reference = {literal(reference.name)}", "slice IS NOT NULL", "family <> 'rows'")
    how = frozen.bins, slice_grain(job.config), grain
    if _cells(frozen, reference) <= FEW_CELLS:
        rows = habits_here(job.store.fetch(REFERENCE_CELLS, cells), *how)
    else:
        rows = habits_of(job.store.read(REFERENCE_CELLS, job.model).where(cells), *how).toArrow().cast(HABIT_SCHEMA)
    if not store:
        return rows
    stamped = rows
    for name, value in (("model", job.model), ("reference_id", reference.reference_id), ("reference", reference.name),
                        ("grain", grain)):
        stamped = with_column(stamped, name, value)
    job.store.replace(HABITS, stamped, mine)
    return rows


def _cells(frozen, reference):
    return reference.slices * len(frozen.bins) * sum(len(segment.values) + 1 for segment in frozen.segments)
