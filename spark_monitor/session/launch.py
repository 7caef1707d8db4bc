"""How a JVM is started without its chatter, and with its last words kept for the case that it fails."""

import os
import sys
import threading
from contextlib import contextmanager

STARTED = b"\0started\0"


class HeldWords:
    """What was written to stderr while it was held back."""

    def __init__(self):
        self._held = b""
        self._complete = threading.Event()

    def text(self):
        """Return everything that was held back, once the holding is over."""
        self._complete.wait()
        return self._held.decode(errors="replace")

    def _pass_on(self, source, target):
        """Hold back up to the marker, then hand everything on until the last writer is gone."""
        chunk = b""
        while not self._complete.is_set():
            chunk = os.read(source, 65536)
            self._held += chunk
            if not chunk or STARTED in self._held:
                self._held, _, chunk = self._held.partition(STARTED)
                self._complete.set()
        while chunk or (chunk := os.read(source, 65536)):
            os.write(target, chunk)
            chunk = b""
        os.close(source)
        os.close(target)


@contextmanager
def held_stderr():
    """Hold back what the process and its children write to stderr; children keep writing through this one later.

    A JVM inherits the file descriptor, not ``sys.stderr``, and Ivy's report of 60 lines has no switch. So
    descriptor 2 is a pipe while the block runs: the JVM's words are held until its end and then dropped, and
    whatever it writes afterwards reaches the real stderr.

    Yields
    ------
    HeldWords

    Examples
    --------
    >>> with held_stderr() as words:
    ...     _ = os.write(2, b"chatter")
    >>> words.text()
    'chatter'
    """
    sys.stderr.flush()
    real = os.dup(2)
    source, sink = os.pipe()
    os.dup2(sink, 2)
    os.close(sink)
    words = HeldWords()
    # The thread outlives the block: it serves the JVM's stderr as long as the JVM lives.
    threading.Thread(target=words._pass_on, args=(source, os.dup(real)), name="jvm-stderr", daemon=True).start()
    try:
        yield words
    finally:
        os.write(2, STARTED)
        os.dup2(real, 2)
        os.close(real)
