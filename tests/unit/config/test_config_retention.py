"""Which policies of letting go are accepted, and which would take what restatements and references need?"""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from spark_monitor.config import MonitorConfig

GIVEN = {"model": "m", "results": "r", "predictions": {"table": "t", "id": "i", "time": "at", "score": "p"}}


def config(retention, references=({"rolling": 4},), **more):
    return MonitorConfig(**GIVEN, references=list(references), retention=retention, **more)


def expected(retention, **more):
    """Return where the only mistake is, and what was expected there."""
    with pytest.raises(ValidationError) as caught:
        config(retention, **more)
    (error,) = caught.value.errors()
    return error["loc"][-1], error["ctx"]["expected"] if "expected" in error.get("ctx", {}) else error["msg"]


def test_everything_is_kept_where_nothing_is_said():
    assert config({}).retention.model_dump() == {"cells": None, "metrics": None, "history": None}
    assert config({}).retention.oldest is None


def test_the_shorter_of_two_says_how_far_back_windows_are_restated():
    assert config({"cells": "400d", "metrics": "1095d"}).retention.oldest == timedelta(days=400)
    assert config({"metrics": "90d"}).retention.oldest == timedelta(days=90)


@pytest.mark.parametrize(("words", "least"), [
    # Five days (the window and four before it) and thirty of lookback.
    ({}, 35),
    ({"windows": {"grain": "week", "rollups": ["month"], "lookback": "7d"}}, 31 * 5 + 7),
    ({"references": ({"start": "2024-01-01", "end": "2024-02-01"},)}, 31),
    ({"outcomes": {"table": "o", "id": "i", "outcome": "y", "time": "k", "absent": {"negative_after": "60d"}}}, 65)])
def test_cells_that_windows_still_rest_on_are_not_let_go(words, least):
    assert config({"cells": f"{least}d"}, **words).retention.cells == timedelta(days=least)
    where, said = expected({"cells": f"{least - 1}d"}, **words)
    assert where == "cells" and f"at least {least}d" in said


def test_metrics_are_kept_at_least_as_long_as_what_they_are_made_of():
    where, said = expected({"cells": "400d", "metrics": "399d"})
    assert where == "metrics" and "at least retention.cells" in said
