"""Freezing anew: references and bins are read from the log once more, and no window is touched."""

from spark_monitor.logs.survey import survey as survey_log
from spark_monitor.pipeline.agenda import Agenda, grains_of
from spark_monitor.pipeline.count import compare_columns
from spark_monitor.pipeline.frozen import freeze_missing
from spark_monitor.pipeline.past import Past
from spark_monitor.pipeline.record import Summary, run_row, write_run
from spark_monitor.pipeline.run import open_job, quiet

UNTIL_BACKFILL = ("bins and references were frozen anew; windows published before keep their numbers until a backfill "
                  "counts and compares them again")
NOTHING = {"counted": 0, "placeless": 0, "metric_rows": 0, "not_computed": 0, "verdict_rows": 0, "alert_rows": 0,
           "outcomes_changed": 0, "predictions_touched": 0, "outcomes_orphaned": 0}


def freeze_anew(spark, config, wish, run_id, started_at, say=quiet):
    """Freeze every configured reference, and with the first one the bins of every feature, from the log as it is now.

    Parameters
    ----------
    spark : SparkSession
    config : MonitorConfig
    wish : Wish
        Only its `as_of` matters: rows more than a day later have an absurd time.
    run_id : str
    started_at : int
        Microseconds.
    say : callable, optional
        Told (step, seconds, detail) when a step has finished.

    Returns
    -------
    Summary
        Of a run with the command "reference" and no windows.

    Raises
    ------
    ContractError, ReferenceMissingError
        The second one may leave bins that are new beside references that are not; the next freezing replaces both.
    """
    job = open_job(spark, config, wish, run_id, started_at, say)
    with job.step("survey the log") as told:
        survey = survey_log(job.rows(), job.layout)
        told["text"] = f"{int(survey.rows.sum()):,} rows at version {job.source.version}"
    frozen = freeze_missing(job, survey.first, again=True)
    columns = compare_columns(config, job.layout.types, frozen)
    job.notes.append(UNTIL_BACKFILL)
    agenda = Agenda({grain: [] for grain in grains_of(config)}, [], [], [], [], survey.first, complete=False)
    row = run_row(job, wish, "reference", agenda, survey, columns, Past(), NOTHING)
    # No window was looked at: what changed in the log is still to be followed, from where the last run left off.
    row["changes_through"] = row["outcome_changes_through"] = None
    write_run(job, row)
    return Summary(row, results=config.results)
