"""What is held back of stderr, and what is passed on; tried on a process of its own."""

import subprocess
import sys

SCRIPT = """
import os, subprocess, time
from spark_monitor.session.launch import held_stderr

with held_stderr() as words:
    os.write(2, b"chatter ")
    child = subprocess.Popen(["sh", "-c", "echo started >&2; read wait; echo later >&2"], stdin=subprocess.PIPE)
    time.sleep(0.5)
print(repr(words.text()))
child.communicate(b"go on")
os.write(2, b"own words")
time.sleep(0.2)
"""


def test_a_child_is_silent_while_it_starts_and_heard_afterwards():
    answer = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=30)
    assert answer.stdout == "'chatter started\\n'\n"
    assert answer.stderr.replace("later\n", "") == "own words"
    assert "later\n" in answer.stderr
