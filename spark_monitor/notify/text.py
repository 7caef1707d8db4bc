"""A message as lines of text for people, and what its texts must not do in the services that show them."""

from zoneinfo import ZoneInfo

from spark_monitor.alerts.addressed import DIGEST
from spark_monitor.alerts.wording import local_date, one_line, subject, written

MOST_LINES = 50
ZERO_WIDTH = "\u200b"


def change_line(change, time_zone):
    """Return a change in one line.

    Examples
    --------
    >>> import datetime as dt
    >>> from spark_monitor.notify.message import Change
    >>> row = {"state": "opened", "severity": "warn", "metric": "psi", "value": 0.31, "bound": 0.2, "grain": "week",
    ...        "sample_size": 5321, "window_start": dt.datetime(2024, 5, 6, tzinfo=dt.timezone.utc)}
    >>> change_line(Change("c", row, True), "UTC")
    'opened, warn: psi = 0.31, bound 0.2, n 5,321, week of 2024-05-06'
    >>> change_line(Change("c", {**row, "state": "withdrawn"}, False, "opened"), "UTC")
    'withdrawn, warn: psi = 0.31, bound 0.2, n 5,321, week of 2024-05-06; opened no longer holds, not open any more'
    """
    row = change.row
    date = local_date(row["window_start"], ZoneInfo(time_zone))
    line = (f"{row['state']}, {row['severity']}: {subject(row)} = {written(row['value'])}, "
            f"bound {written(row['bound'])}, n {row['sample_size'] or 0:,}, {row['grain']} of {date}")
    if change.withdraws is not None:
        line += f"; {change.withdraws} no longer holds, {'still open' if change.is_open else 'not open any more'}"
    return one_line(line)


def message_lines(message):
    """Return the lines of a message: its changes, who is responsible, and what to do.

    What is only worth a digest comes last; beyond fifty changes the rest is counted.
    """
    urgent = [change for change in message.changes if change.row.get("delivery") != DIGEST]
    quiet = [change for change in message.changes if change.row.get("delivery") == DIGEST]
    lines = [change_line(change, message.time_zone) for change in [*urgent, *quiet][:MOST_LINES]]
    if quiet and len(urgent) < MOST_LINES:
        lines.insert(len(urgent), "and beyond the budget:" if urgent else "beyond the budget:")
    if len(message.changes) > MOST_LINES:
        lines.append(f"and {len(message.changes) - MOST_LINES:,} more, in the table alerts")
    about = {name: message.changes[0].row.get(name) for name in ("owner", "runbook")}
    return lines + [one_line(f"{name}: {value}") for name, value in about.items() if value]


def without_mentions(text):
    """Return a text in which no at sign can call for anybody, and no angle bracket can open a command or a tag.

    Examples
    --------
    >>> without_mentions("@everyone <!channel>").replace(ZERO_WIDTH, "|")
    '@|everyone <|!channel>'
    """
    return text.replace("@", f"@{ZERO_WIDTH}").replace("<", f"<{ZERO_WIDTH}")


def without_markdown(text):
    r"""Return a text with the signs of Markdown escaped.

    Examples
    --------
    >>> print(without_markdown("a_b *c* [d](e)"))
    a\_b \*c\* \[d\](e)
    """
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]#|~" else sign for sign in text)
