"""Which files does a count of some slices ask for: those that may hold their rows, and none in between?"""

import numpy as np

from spark_monitor.cells.kernel.plan import CountPlan
from spark_monitor.logs.files import DataFile
from spark_monitor.pipeline.feeds import Selection, _spans


def files_of(wanted, selected=(0, 60)):
    """Return the numbers of ten-unit files 0 to 5 that are read for slices of ten units, of which some are wanted."""
    plan = CountPlan(np.arange(0, 70, 10), (), (), False, False, wanted and np.isin(np.arange(6), wanted))
    spans = _spans(Selection(None, None, *selected), plan)
    files = [DataFile(str(number), 1, 10 * number + 1, 10 * number + 9) for number in range(6)]
    return [int(file.path) for file in files if any(file.may_hold(*span) for span in spans)]


def test_late_rows_of_an_old_day_ask_for_no_file_between_it_and_today():
    assert files_of([0, 1, 5]) == [0, 1, 5]


def test_without_a_word_all_files_of_the_span_are_asked_for():
    assert files_of(None) == [0, 1, 2, 3, 4, 5]
    assert files_of(None, (20, 40)) == [2, 3]
