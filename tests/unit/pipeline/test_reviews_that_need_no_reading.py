"""Does a run read the table of reviews only where something is asked, or may wait?"""

from types import SimpleNamespace

import pytest

from spark_monitor.config.options import Owner
from spark_monitor.config.policies import ReviewTerms
from spark_monitor.pipeline.reviewing import update_reviews
from spark_monitor.tables.people import REVIEWS


class Store:
    """Counts readings of a table without rows, and keeps what is appended."""

    def __init__(self):
        self.read, self.appended = 0, []

    def fetch(self, table, _):
        self.read += 1
        return table.rows([])

    def append(self, _, rows):
        self.appended += rows.to_pylist()


def a_job(owner):
    config = SimpleNamespace(owner=owner, reviews=ReviewTerms())
    return SimpleNamespace(config=config, model="m", store=Store(), run_id="r", started_at=0)


@pytest.mark.parametrize("alerts", [None, []])
def test_where_nothing_is_asked_and_nothing_waited_nothing_is_read(alerts):
    job = a_job(Owner(name="eve"))
    assert update_reviews(job, alerts, [], 0, known=0) == [] and job.store.read == 0
    assert update_reviews(job, alerts, [], 0, known=1) == [] and job.store.read == 1
    assert update_reviews(job, alerts, [], 0) == [] and job.store.read == 2


def test_a_model_that_nobody_owns_is_asked_about_whatever_waited():
    job = a_job(None)
    [row] = update_reviews(job, [], [], 0, known=0)
    assert row["kind"] == "no_owner" and [row["state"] for row in job.store.appended] == ["waiting"]
    assert set(job.store.appended[0]) == set(REVIEWS.names)
