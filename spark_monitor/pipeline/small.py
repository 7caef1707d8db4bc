"""What is too small for a cluster: a log that is surveyed, and cells that are evaluated, by this process."""

from spark_monitor.logs.small import survey_small
from spark_monitor.logs.survey import survey
from spark_monitor.pipeline.feeds import NATIVE, choose_feed

# Rows of cells that an evaluation may rest on here; a hundred thousand are about a second of it.
MOST_CELLS = 50_000
# Versions that a log is taken to have at once.
VERSIONS = 2


def survey_rows(job, files):
    """Return the `Survey` of the job's log: counted by this process where that is less than a job of Spark's.

    Parameters
    ----------
    job : Job
    files : list of str or None
        Names of the data files that are new since the last run.
    """
    feed = choose_feed(job.spark, job.config, job.source, job.layout, listed=job.shared.listing)
    found = survey_small(feed.listing, job.layout, files) if feed.kind == NATIVE else None
    return survey(job.rows(), job.layout, files) if found is None else found


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
