"""Do counts by quarters of an hour add up to the days and hours of any zone?"""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from spark_monitor.logs.survey import QUARTER_US, Survey
from spark_monitor.windows import Calendar, to_micros


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"])
@pytest.mark.parametrize("unit", ["day", "hour"])
def test_quarters_add_up_to_the_slices_of_the_zone(zone, unit):
    low, high = (to_micros(datetime(2024, month, 1, tzinfo=timezone.utc)) for month in (3, 5))
    times = np.random.default_rng(4).integers(low, high, 3_000)
    quarters, counts = np.unique(times // QUARTER_US * QUARTER_US, return_counts=True)
    bounds = Calendar(zone).bounds(low, high, unit)
    rows, fresh = Survey(quarters, counts, counts // 2, int(times.min()), int(times.max())).by_slice(bounds)
    local = pd.to_datetime(times, unit="us", utc=True).tz_convert(ZoneInfo(zone))
    days = pd.Series(1, index=local).groupby(local.date).sum()
    assert rows.sum() == len(times) and fresh.sum() == (counts // 2).sum()
    if unit == "day":
        assert rows[rows > 0].tolist() == days.tolist()
    else:
        assert rows.tolist() == np.histogram(times, bounds)[0].tolist()


def test_rows_outside_the_slices_are_left_alone():
    survey = Survey(np.array([0, QUARTER_US, 4 * QUARTER_US]), np.array([1, 2, 4]), np.array([0, 2, 0]), 0,
                    4 * QUARTER_US)
    rows, fresh = survey.by_slice(np.array([QUARTER_US, 2 * QUARTER_US, 4 * QUARTER_US]))
    assert (rows.tolist(), fresh.tolist()) == ([2, 0], [2, 0])
