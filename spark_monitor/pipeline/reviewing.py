"""Reviews: what a person must judge after a run, asked once, and marked where no answer comes."""

from spark_monitor.tables.plain import in_micros, to_rows
from spark_monitor.reviews.kinds import questions
from spark_monitor.reviews.queue import Terms, changes, waiting
from spark_monitor.tables.people import REVIEWS
from spark_monitor.tables.store import of_model
from spark_monitor.windows import to_micros


def update_reviews(job, alerts, decisions, as_of, known=None):
    """Append the changes of reviews, and return those that wait for an answer.

    Where nothing is asked, and nothing waited after the last run, nothing is read.

    Parameters
    ----------
    job : Job
    alerts : list of dict or None
        Those that are open; None where no window was published, so that what waits only ages.
    decisions : list of dict
        What stands of decisions, times as microseconds.
    as_of : int
        Microseconds.
    known : int or None
        How many reviews waited after the last run; None where that isn't known.
    """
    owner = job.config.owner
    asked = None if alerts is None else questions({
        "model": job.model, "owned": bool(owner and (owner.name or owner.contact)), "decisions": decisions,
        "alerts": [{**alert, "opened_window_start": to_micros(alert["opened_window_start"])} for alert in alerts]})
    if known == 0 and not asked:
        return []
    log = in_micros(job.store.fetch(REVIEWS, of_model(job.model)))
    news = changes(job.model, asked, log, as_of, Terms(*job.config.reviews.lengths), decisions)
    if news:
        job.store.append(REVIEWS, to_rows(REVIEWS, news, job.model, job.run_id, job.started_at))
    return waiting([*log, *news])
