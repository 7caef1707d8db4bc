"""The local session: quiet to start, in UTC, and able to write and read Delta."""

import os
import subprocess
import sys

from spark_monitor.session import local_session


def test_an_active_session_is_returned_untouched(spark):
    assert local_session(app_name="another", extra={"spark.sql.session.timeZone": "Europe/Paris"}) is spark
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"


def test_what_is_written_as_delta_is_read_back(spark, tmp_path):
    spark.range(3).write.format("delta").save(str(tmp_path / "numbers"))
    assert spark.read.format("delta").load(str(tmp_path / "numbers")).count() == 3


def test_jars_that_can_not_be_had_are_one_clear_error(tmp_path):
    script = (
        "from spark_monitor.errors import SessionError\n"
        "from spark_monitor.session import local_session\n"
        "try:\n"
        f"    local_session(extra={{'spark.jars.ivy': {str(tmp_path)!r}, 'spark.jars.packages': 'no.such:jar:1'}})\n"
        "except SessionError as error:\n"
        "    print(error)\n"
    )
    environ = os.environ | {"DEFAULT_ARTIFACT_REPOSITORY": (tmp_path / "empty").as_uri() + "/"}
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environ, timeout=120)
    assert answer.stdout.startswith("Delta's jars can't be had: found no no.such:jar:1")
    assert answer.stderr == ""
