"""What a run hands on to the next one: what it found, changed by what it did."""

from dataclasses import replace

from spark_monitor.logs.survey_changes import Known, by_slices, key_of
from spark_monitor.pipeline.agenda import slice_grain
from spark_monitor.pipeline.carried import pack


def hand_on(job, agenda, survey, past, row, found):
    """Return the text that the next run reads instead of all tables; None where some slices wait for a later run.

    Parameters
    ----------
    job : Job
    agenda : Agenda
    survey : Survey
    past : Past
    row : dict
        This run's row of `runs`.
    found : dict
        stored (slice counted -> rows in its cells), ripening (of the windows published), alerts, and how many reviews
        wait.
    """
    counted, labelled = ({s.start for s in slices} for slices in (agenda.slices, agenda.label_slices))
    if past.unfinished - counted or past.labels_unfinished - labelled:
        return None
    published = {(w.grain, w.start): past.places for spans in agenda.windows.values() for w in spans}
    windows = past.published | published
    recounted = past.recounted | {s.start: past.places for s in (*agenda.slices, *agenda.empty)}
    stored = {start: rows for start, rows in past.stored.items() if start not in counted} | found["stored"]
    ripening = {window: at for window, at in past.ripening.items() if window not in published} | found["ripening"]
    told = row["outcome_changes_through"] is not None
    outcomes = {"outcome_id": row["outcome_id"], "outcomes_through": row["outcome_changes_through"],
                "outcomes_as_of": job.labels.as_of} if told else {}
    after = replace(past, done=frozenset(windows), counted=frozenset(recounted), published=windows,
                    recounted=recounted, stored=stored, ripening=ripening, places=past.places + 1,
                    labelled=past.labelled | {start: (past.places, job.labels.as_of) for start in labelled},
                    source_id=row["source_id"], changes_through=row["changes_through"], alerts=found["alerts"],
                    reviews=found["reviews"], known=_seen(job, survey), **outcomes)
    return pack(after, job.store.stamp)


def _seen(job, survey):
    """Return the survey as the next run may go on from it."""
    unit = slice_grain(job.config)
    return Known(key_of(job.layout, job.config.windows.time_zone, unit), job.source.id, job.source.version,
                 by_slices(survey, job.calendar, unit))
