"""Are columns and tables named so that SQL reads exactly what was meant?"""

import pytest

from spark_monitor.logs.names import is_path, quote, sql_name


@pytest.mark.parametrize("name",
                         ["plain", "with space", "a.b", "back`tick", "``", "ünï", "semi;colon", "new\nline",
                          "'quoted'"])
def test_a_quoted_name_is_one_identifier_that_reads_back(name):
    quoted = quote(name)
    assert quoted[0] == quoted[-1] == "`" and quoted[1:-1].replace("``", "`") == name
    assert quoted[1:-1].replace("``", "").count("`") == 0


@pytest.mark.parametrize(("table", "path"), [
    ("demo/predictions", True), ("/data/log", True), ("s3://bucket/log", True), ("log", True), ("./log.delta", True),
    ("C:\\logs", True), ("dbfs:/logs", True), ("catalog.schema.log", False), ("schema.log", False), ("a.b.c.d", True)])
def test_paths_and_names_are_told_apart(table, path):
    assert is_path(table) == path and sql_name(table).startswith("delta.`") == path
