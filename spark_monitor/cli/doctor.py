"""``spark-monitor doctor``: whether this machine has what a run needs, each thing with what was found."""

import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib import metadata
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from spark_monitor.errors import SessionError
from spark_monitor.session import QUICK_START, local_session
from spark_monitor.session.java import find_java
from spark_monitor.session.local import JARS_FOLDER, delta_jars, platform_mark

REQUIRED = ("numpy", "scipy", "pyarrow", "pyyaml", "pydantic", "click", "deltalake")
FOR_LOCAL_SPARK = ("pyspark", "delta-spark", "pandas")
PYTHONS = ((3, 10), (3, 12))


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: `state` is ok, failed or skipped; `found` says what was found, or why not."""

    name: str
    state: str
    found: str


@click.command()
@click.option("--offline", is_flag=True, help="Start no Spark session.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
def doctor(offline, as_json):
    """Check Python, packages, Java, Delta's jars, time zones, and that Spark writes and reads a Delta table."""
    checks = [check_python(), *check_packages(), check_time_zones(), check_java(), check_jars()]
    checks += check_spark(offline)
    well = all(check.state != "failed" for check in checks)
    if as_json:
        click.echo(json.dumps({"ok": well, "checks": [asdict(check) for check in checks]}, indent=2))
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            click.echo(f"{check.state:<8}{check.name:<{width}}  {check.found}")
    if not well:
        click.get_current_context().exit(3)


def check_python():
    """Check the version of the Python that runs this."""
    lowest, highest = PYTHONS
    well = lowest <= sys.version_info[:2] <= highest
    return Check("Python", "ok" if well else "failed", f"{platform.python_version()} ({sys.executable})")


def check_packages():
    """Check that each package is installed; those for a local Spark are the platform's where there is one."""
    return [check_package(package) for package in REQUIRED + FOR_LOCAL_SPARK]


def check_package(package):
    """Check that one package is installed."""
    try:
        return Check(package, "ok", metadata.version(package))
    except metadata.PackageNotFoundError:
        if package not in FOR_LOCAL_SPARK:
            return Check(package, "failed", f"not installed: pip install {package}")
        if mark := platform_mark(os.environ):
            return Check(package, "skipped", f"the platform's ({mark})")
        return Check(package, "failed", "not installed: pip install 'spark-monitor[spark]'")


def check_time_zones():
    """Check that the zones' rules are on this machine; small containers come without."""
    try:
        return Check("time zones", "ok", str(ZoneInfo("America/New_York")))
    except ZoneInfoNotFoundError:
        return Check("time zones", "failed", "no time zone data: pip install tzdata")


def check_java():
    """Check that there is a Java that Spark and Delta are proven on."""
    if mark := platform_mark(os.environ):
        return Check("Java", "skipped", f"the platform's ({mark})")
    try:
        java = find_java()
    except SessionError as error:
        return Check("Java", "failed", str(error))
    return Check("Java", "ok", f"{java.version} ({java.home})")


def check_jars():
    """Check where Delta's jars come from; whether they can be fetched is seen when Spark starts."""
    if mark := platform_mark(os.environ):
        return Check("Delta jars", "skipped", f"the platform's ({mark})")
    try:
        settings = delta_jars(os.environ)
    except SessionError as error:
        return Check("Delta jars", "failed", str(error))
    if "spark.jars" in settings:
        return Check("Delta jars", "ok", f"{settings['spark.jars'].count(',') + 1} in {os.environ[JARS_FOLDER]}")
    return Check("Delta jars", "ok", settings["spark.jars.packages"])


def check_spark(offline):
    """Check that a session starts and that what it writes as a Delta table comes back equal."""
    names = ("Spark session", "Delta table")
    if offline:
        return [Check(name, "skipped", "--offline") for name in names]
    begun = time.perf_counter()
    try:
        spark = local_session("spark_monitor doctor", extra=QUICK_START)
    except SessionError as error:
        return [Check(names[0], "failed", str(error)), Check(names[1], "skipped", "no session")]
    session = Check(names[0], "ok", f"Spark {spark.version} in {time.perf_counter() - begun:.1f} s")
    if mark := platform_mark(os.environ):
        # A temporary folder of this machine isn't one that the platform's workers see.
        return [session, Check(names[1], "skipped", f"the platform's ({mark})")]
    with tempfile.TemporaryDirectory() as folder:
        return [session, check_delta(spark, os.path.join(folder, "table"))]


def check_delta(spark, path):
    """Check that ten rows written to `path` as a Delta table are read back."""
    begun = time.perf_counter()
    try:
        spark.range(10).write.format("delta").save(path)
        rows = spark.read.format("delta").load(path).count()
    except Exception as error:
        return Check("Delta table", "failed", f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}")
    state = "ok" if rows == 10 else "failed"
    return Check("Delta table", state, f"wrote 10 rows, read {rows} in {time.perf_counter() - begun:.1f} s")
