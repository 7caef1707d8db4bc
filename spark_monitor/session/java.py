"""Where Java 17 or 21 is on this machine."""

import glob
import os
import re
import shutil
import subprocess
from typing import NamedTuple

from spark_monitor.errors import SessionError

MAJORS = (17, 21)
ROOTS = ("/usr/lib/jvm/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")
HINT = "install one (Debian, Ubuntu: apt-get install openjdk-17-jre-headless) or set JAVA_HOME"


class Java(NamedTuple):
    """A Java that runs: its home folder, its version as it says it, and the major of that (8 for 1.8)."""

    home: str
    version: str
    major: int


def find_java(environ=None, roots=ROOTS):
    """Find the first Java of a major that Spark and Delta are proven on.

    ``JAVA_HOME`` is asked first, then ``PATH``, then the folders where distributions install. Another major is
    passed over even where ``JAVA_HOME`` names it: Spark would start with it and fail later, in odd ways.

    Parameters
    ----------
    environ : mapping or None
        Environment variables; None means the process's own.
    roots : sequence of str
        Glob patterns of Java homes.

    Returns
    -------
    Java

    Raises
    ------
    SessionError
        If there is none; says which ones were found instead.

    Examples
    --------
    >>> find_java({"PATH": ""}, roots=())
    Traceback (most recent call last):
        ...
    spark_monitor.errors.SessionError: found no Java, expected Java 17 or 21: install one (Debian, ...
    """
    environ = os.environ if environ is None else environ
    others = []
    for home in dict.fromkeys(_homes(environ, roots)):
        java = _ask(home)
        if java is None:
            continue
        if java.major in MAJORS:
            return java
        others.append(f"Java {java.version} in {java.home}")
    found = ", ".join(others) or "no Java"
    raise SessionError(f"found {found}, expected Java {' or '.join(map(str, MAJORS))}: {HINT}")


def major_of(banner):
    """Read version and major from what ``java -version`` prints; None where it says nothing known.

    Examples
    --------
    >>> major_of('openjdk version "17.0.15" 2025-04-15')
    ('17.0.15', 17)
    >>> major_of('java version "1.8.0_402"')
    ('1.8.0_402', 8)
    """
    match = re.search(r'version "((?:1\.)?(\d+)[^"]*)"', banner)
    return (match.group(1), int(match.group(2))) if match else None


def _homes(environ, roots):
    if environ.get("JAVA_HOME"):
        yield environ["JAVA_HOME"]
    on_path = shutil.which("java", path=environ.get("PATH", ""))
    if on_path:
        yield os.path.dirname(os.path.dirname(os.path.realpath(on_path)))
    for root in roots:
        yield from sorted(glob.glob(root))


def _ask(home):
    program = os.path.join(home, "bin", "java")
    try:
        answer = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    known = major_of(answer.stderr + answer.stdout)
    return Java(home, *known) if known and answer.returncode == 0 else None
