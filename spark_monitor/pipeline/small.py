"""What is too small for a cluster: a log that is surveyed, and cells that are evaluated, by this process."""

from contextlib import suppress

from spark_monitor.cells.parquet import UnreadableError
from spark_monitor.logs.small import is_surveyed_here, survey_small
from spark_monitor.logs.survey import survey
from spark_monitor.pipeline.feeds import NATIVE, VERSIONS, choose_feed
from spark_monitor.pipeline.shared import SURVEYS

# Rows of cells that an evaluation may rest on here; a hundred thousand are about a second of it.
MOST_CELLS = 50_000


def survey_rows(job, files):
    """Return the `Survey` of the job's log: counted by this process where that is less than a job of Spark's.

    Parameters
    ----------
    job : Job
    files : list of str or None
        Names of the data files that are new since the last run.
    """
    feed = choose_feed(job.spark, job.config, job.source, job.layout, listed=job.shared.listing)
    if feed.kind == NATIVE and is_surveyed_here(feed.listing):
        with suppress(UnreadableError):
            if job.is_in_company:
                return job.store.meeting.ask((SURVEYS, id(feed.listing)), (feed.listing, job.layout, files))
            return survey_small(feed.listing, [job.layout], [files])[0]
    return survey(job.rows(), job.layout, files)


def survey_together(asked):
    """Return the surveys of models that share a log, or for each the error that it is to raise."""
    listings, layouts, news = zip(*asked)
    try:
        return survey_small(listings[0], list(layouts), list(news))
    except Exception as error:
        return [error] * len(asked)


def is_evaluated_here(job, frozen, slices):
    """Say whether the cells of so many slices are few enough to be evaluated by this process.

    What is counted beside outcomes is not: it is thousands of bins of scores wide.

    Parameters
    ----------
    job : Job
    frozen : Frozen
    slices : int
        Slices that the windows and what they are compared with span.
    """
    groups = sum(len(segment.values) + 1 for segment in frozen.segments)
    return job.labels is None and slices * groups * (len(frozen.bins) + 3) * VERSIONS <= MOST_CELLS
