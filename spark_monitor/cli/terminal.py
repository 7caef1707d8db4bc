"""Progress on stderr: one line a finished step, and while one is under way its seconds, if somebody looks on."""

import os
import sys
import threading
import time

import click

WIDTH = 40


class Progress:
    """Tells of finished steps; a context manager, so that the live line ends with the work.

    Parameters
    ----------
    stream : text stream, optional
        stderr where not given.

    Examples
    --------
    >>> with Progress(sys.stdout) as progress:
    ...     progress("count cells", 3.25, "1,000 rows in 7 days")
    ...     progress.note("336,776 flights of 2013 read")
    count cells                                   3.2 s  1,000 rows in 7 days
    336,776 flights of 2013 read
    """

    def __init__(self, stream=None):
        self._stream = sys.stderr if stream is None else stream
        self._live = is_watched(self._stream, os.environ)
        self._since = time.monotonic()
        self._writing = threading.Lock()
        self._done = threading.Event()

    def __call__(self, step, seconds, detail=""):
        """Tell that a step has finished."""
        self.note(f"{step:<{WIDTH}}{seconds:>9.1f} s  {detail}".rstrip())

    def note(self, line):
        """Tell something that took no time of its own."""
        with self._writing:
            self._clear()
            click.echo(line, file=self._stream)
            self._since = time.monotonic()

    def __enter__(self):
        if self._live:
            threading.Thread(target=self._tick, name="progress", daemon=True).start()
        return self

    def __exit__(self, *error):
        self._done.set()
        with self._writing:
            self._clear()

    def _tick(self):
        while not self._done.wait(1):
            with self._writing:
                if not self._done.is_set():
                    self._stream.write(f"\r{'...':<{WIDTH}}{time.monotonic() - self._since:>9.0f} s")
                    self._stream.flush()

    def _clear(self):
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def is_watched(stream, environ):
    """Say whether a live line is wanted: the stream is a terminal that can move its cursor, and NO_COLOR is not set.

    Examples
    --------
    >>> import io
    >>> is_watched(io.StringIO(), {})
    False
    """
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
