"""Is the session set only while rows are handed over, and left alone where it can't be set?"""

import pytest

from spark_monitor.cells.batches import BYTES, ROWS, UNWEIGHED, sized_batches


class Conf(dict):
    """A session's settings; those of a fixed platform can't be set."""

    fixed = False

    def isModifiable(self, name):  # noqa: N802 (Spark's name)
        return not self.fixed

    def set(self, name, value):
        assert not self.fixed
        self[name] = value


class Session:
    def __init__(self, **settings):
        self.conf = Conf(settings)


def session(**settings):
    return Session(**{ROWS: "10000", BYTES: "64m", **settings})


def test_the_session_is_as_before_when_the_last_one_leaves():
    spark = session()
    with sized_batches(spark, 700):
        assert spark.conf == {ROWS: "700", BYTES: UNWEIGHED}
        with sized_batches(spark, 300):
            assert spark.conf == {ROWS: "300", BYTES: UNWEIGHED}
        assert spark.conf[BYTES] == UNWEIGHED
    assert spark.conf == {ROWS: "10000", BYTES: "64m"}


def test_the_session_is_as_before_when_counting_fails():
    spark = session()
    with pytest.raises(ValueError), sized_batches(spark, 700):
        raise ValueError
    assert spark.conf == {ROWS: "10000", BYTES: "64m"}


@pytest.mark.parametrize("spark", [Session(**{ROWS: "10000"}), session()], ids=["older Spark", "fixed platform"])
def test_a_session_that_can_not_be_set_is_left_alone(spark):
    spark.conf.fixed = True
    before = dict(spark.conf)
    with sized_batches(spark, 700):
        assert spark.conf == before
    assert spark.conf == before
