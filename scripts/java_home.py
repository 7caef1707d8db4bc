"""Print the home of a Java 17 or 21; as root on Debian or Ubuntu install the distribution's where there is none."""

import os
import shutil
import subprocess
import sys

from spark_monitor.errors import SessionError
from spark_monitor.session.java import MAJORS, find_java


def apt(*command):
    """Run one apt command, silent unless it fails, and return what it printed."""
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    if answer.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{answer.stdout}{answer.stderr}")
    return answer.stdout


def install_java():
    """Install the headless JRE of the lowest major that the distribution has; do nothing where it has none."""
    apt("apt-get", "update")
    for package in (f"openjdk-{major}-jre-headless" for major in MAJORS):
        policy = apt("apt-cache", "policy", package)
        if "Candidate:" in policy and "Candidate: (none)" not in policy:
            print(f"Installing {package}", file=sys.stderr)
            apt("apt-get", "install", "--yes", "--no-install-recommends", package)
            return


def main():
    """Print the home, or say in one line what is missing and end with exit code 1."""
    try:
        try:
            java = find_java()
        except SessionError:
            if os.geteuid() != 0 or not shutil.which("apt-get"):
                raise
            install_java()
            java = find_java()
    except SessionError as error:
        sys.exit(str(error))
    print(java.home)


if __name__ == "__main__":
    main()
