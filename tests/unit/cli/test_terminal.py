"""What is written to stderr while a command works, on a terminal and elsewhere."""

import io

from spark_monitor.cli.terminal import Progress, is_watched


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_elsewhere_there_are_only_whole_lines():
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress("count cells", 3.21, "1,000 rows")
    assert stream.getvalue() == f"{'count cells':<40}      3.2 s  1,000 rows\n"


def test_a_terminal_gets_the_same_lines_after_its_live_line_is_wiped(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    with Progress(screen) as progress:
        progress("count cells", 3.21)
    assert screen.getvalue() == f"\r\x1b[K{'count cells':<40}      3.2 s\n\r\x1b[K"


def test_no_color_and_dumb_terminals_get_no_live_line():
    assert is_watched(Screen(), {"TERM": "xterm"})
    assert not is_watched(Screen(), {"TERM": "xterm", "NO_COLOR": "1"})
    assert not is_watched(Screen(), {"TERM": "dumb"})
