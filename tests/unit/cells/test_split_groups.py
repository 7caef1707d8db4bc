"""Is what several models of one log get from one pass over a file what each would get from its own?"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from equality import assert_equal_rows

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.bins import Bins
from spark_monitor.cells.here import count_here
from spark_monitor.cells.kernel.plan import CountPlan, FeaturePlan, SegmentPlan
from spark_monitor.cells.parquet import Part, Reading
from spark_monitor.cells.shared_feed import Wanted, count_shared
from spark_monitor.cells.split_groups import shares
from spark_monitor.cells.survey_files import survey_files
from spark_monitor.logs.files import DataFile
from spark_monitor.logs.layout import Roles
from spark_monitor.logs.storage.place import LOCAL, Place

DAY = 86_400_000_000
DISK = Place(LOCAL, "/", "file:///")


@pytest.fixture
def log(tmp_path):
    """Return a file of twelve rows of models a, b and none, in row groups of five."""
    rows = pa.table({
        "id": pa.array([1, 2, None, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        "at": pa.array(np.arange(12) * DAY // 6).cast(pa.timestamp("us", "UTC")),
        "whose": pa.array(["a", "b", "a", None, "b", "a", "b", "b", "a", "a", "b", "a"]),
        "x": pa.array([0.5, 1.5, 2.5, None, float("nan"), 0.1, 0.2, 9.0, -1.0, 0.7, 1.7, 2.7]),
        "c": pa.array(["p", "q", "p", "q", "r", "p", None, "q", "p", "q", "p", "p"]),
    })
    path = str(tmp_path / "log.parquet")
    pq.write_table(rows, path, row_group_size=5)
    return rows, DataFile(path, 1000)


def reading(rows, **where):
    roles = Roles("at", 0, 10 * DAY, ("id",), None, None)
    return Reading(roles, 0, 2 * DAY, where, None, {"c0": (("x",), False), "c1": (("c",), False)}, rows.schema,
                   DISK)


def plan():
    numbers = Bins("x", "numeric", edges=np.array([0.0, 1.0, 2.0]))
    texts = Bins("c", "categorical", categories=("p", "q"))
    return CountPlan(np.array([0, DAY, 2 * DAY]), (SegmentPlan(None), SegmentPlan("c", ("c1",), ("p", "q"))),
                     (FeaturePlan(numbers, ("c0",)), FeaturePlan(texts, ("c1",))))


WHERES = [{"whose": "a"}, {"whose": "b"}, {}, {"whose": "nobody"}]


def test_each_model_gets_its_own_rows_in_their_order(log):
    rows, file = log
    readings = [reading(rows, **where) for where in WHERES]
    found = {number: [] for number in range(4)}
    for number, share in shares(Part(file.path, 0, 1, {}), readings):
        found[number] += share.read(["id"])["id"].to_pylist()
    assert found[0] == [1, None, 6, 9, 10, 12]
    assert found[1] == [2, 5, 7, 8, 11]
    assert sorted(found[2], key=str) == sorted([1, 2, None, *range(4, 13)], key=str)
    assert found[3] == []


def test_cells_of_one_pass_are_those_of_separate_passes(log):
    rows, file = log
    wanted = [Wanted((file,), reading(rows, **where), plan(), 1, totals) for where in WHERES
              for totals in (False, True)]
    together = count_shared(None, wanted, 2, 1 << 30)
    for own, one in zip(together, wanted):
        alone = count_here([file], one.reading, one.plan, 1, one.with_totals)
        assert_equal_rows(own, alone, KEYS, "cells")
    assert together[0].num_rows and not together[-1].num_rows


def test_surveys_of_one_pass_are_those_of_the_rows(log):
    rows, file = log
    a, b, everyone, nobody = survey_files([file], [reading(rows, **where) for where in WHERES],
                                          [{"log.parquet"}, (), (), ()])
    assert (sum(a.rows.values()), sum(b.rows.values()), sum(everyone.rows.values()), nobody.rows) == (6, 5, 12, {})
    assert (sum(a.fresh.values()), sum(b.fresh.values())) == (6, 0)
    assert (a.reasons, b.reasons) == ({"no_id": 1}, {})
    assert (min(b.edges), max(b.edges)) == (DAY // 6, 10 * DAY // 6)


def test_reasons_come_in_the_order_in_which_spark_finds_them(tmp_path):
    rows = pa.table({"id": pa.array([None, None, None, 1, 1]), "w": pa.array([-1.0, -1.0, -1.0, None, 1.0]),
                     "at": pa.array([None, 99 * DAY, 5, 5, 5]).cast(pa.timestamp("us", "UTC"))})
    path = str(tmp_path / "log.parquet")
    pq.write_table(rows, path)
    own = reading(rows)
    own = replace(own, roles=replace(own.roles, weight="w"))
    seen, = survey_files([DataFile(path, 1)], [own], [()])
    assert seen.reasons == {"no_time": 1, "absurd_time": 1, "no_id": 1, "bad_weight": 1}
    assert (seen.rows, seen.edges) == ({0: 3}, [5, 5])
