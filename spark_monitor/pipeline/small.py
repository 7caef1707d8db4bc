"""What is too small for a cluster: a log that is surveyed, and cells that are evaluated, by this process."""

from spark_monitor.cells.unreadable import UnreadableError
from spark_monitor.logs.files import DataFile
from spark_monitor.logs.small import is_surveyed_here, survey_small
from spark_monitor.logs.storage.find import local_folder
from spark_monitor.logs.survey import survey
from spark_monitor.logs.survey_changes import key_of, survey_files, survey_since
from spark_monitor.pipeline.agenda import slice_grain
from spark_monitor.pipeline.feeds import NATIVE, VERSIONS, choose_feed
from spark_monitor.pipeline.shared import SURVEYS

# Rows of cells that an evaluation may rest on here: of more, tasks make the rows of metrics sooner.
MOST_CELLS = 10_000


def survey_changes(job, past, changes):
    """Survey the log: by the files that changed since the last run where that is enough, else all of it.

    Parameters
    ----------
    job : Job
    past : Past
    changes : Changes or None
        Since that run.
    """
    unit, zone = slice_grain(job.config), job.config.windows.time_zone
    known, layout = past.known, job.layout
    if known and (known.key, known.version) != (key_of(layout, zone, unit), past.changes_through):
        known = None
    feed = choose_feed(job.spark, job.config, job.source, layout, listed=job.shared.listing)

    def survey_paths(paths):
        found = None
        if feed.kind == NATIVE and feed.listing.place.is_local and job.source.schema is not None:
            found = _surveyed(job, feed.listing, tuple(DataFile(local_folder(path), 0) for path in paths), ())
        return survey_files(job.spark, job.source, layout, paths) if found is None else found

    found = survey_since(job.spark, job.source, layout, job.calendar, unit, known, changes, survey_paths)
    fresh = changes and changes.names()[0]
    if found is None and feed.kind == NATIVE and is_surveyed_here(feed.listing):
        found = _surveyed(job, feed.listing, feed.listing.files, fresh)
    return survey(job.rows(), layout, fresh) if found is None else found


def _surveyed(job, listing, files, fresh):
    """Return the survey of some files, in one pass with other models of the log; None where only Spark reads them."""
    asked = files, listing.schema, listing.place, job.layout, fresh
    try:
        if job.is_in_company:
            return job.store.meeting.ask((SURVEYS, id(listing), tuple(file.path for file in files)), asked)
        return survey_small(files, listing.schema, listing.place, [job.layout], [fresh])[0]
    except (UnreadableError, OSError):
        return None


def survey_together(asked):
    """Return the surveys of models that share a log, or for each the error that it is to raise."""
    files, schemas, places, layouts, news = zip(*asked)
    try:
        return survey_small(files[0], schemas[0], places[0], list(layouts), list(news))
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
