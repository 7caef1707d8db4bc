"""What does each channel say, and can anything that a log holds make it say something else?"""

import json
import logging
from types import SimpleNamespace

import pytest

from spark_monitor.config.notify import Channel
from spark_monitor.notify.channels import CHANNELS, email, log, slack, webhook
from spark_monitor.notify.message import make_message
from spark_monitor.notify.outbox import told
from spark_monitor.notify.text import MOST_LINES, message_lines

NASTY = "<!channel> @everyone\n*b* \x1b[31m [x](http://evil) \u202e <https://evil|ok> & `c`"


@pytest.fixture
def message(alert):
    """Return a function: rows -> the message that tells of them."""
    return lambda *rows: make_message(told(rows), "Europe/Berlin")


def texts_of(value):
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_of(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts_of(inner)]
    return [value] if isinstance(value, str) else []


def test_a_line_says_what_since_when_and_how_much(message, alert):
    rows = [alert("temp", segment="origin", segment_value="JFK", reference="validation", owner="ops@example.org",
                  runbook="https://example.org/runbook")]
    assert message_lines(message(*rows)) == [
        "opened, warn: psi of temp where origin is JFK against validation = 0.31, bound 0.2, n 5,321, "
        "week of 2024-05-06 02:00", "owner: ops@example.org", "runbook: https://example.org/runbook"]


def test_what_is_beyond_the_budget_is_told_last(message, alert):
    lines = message_lines(message(alert("a", delivery="digest", severity="critical"), alert("b")))
    assert [line.split(" = ")[0] for line in lines] == ["opened, warn: psi of b", "and beyond the budget:",
                                                        "opened, critical: psi of a"]


def test_of_very_many_changes_the_rest_is_counted(message, alert):
    lines = message_lines(message(*[alert(f"f{number:03}") for number in range(MOST_LINES + 7)]))
    assert len(lines) == MOST_LINES + 1 and lines[-1] == "and 7 more, in the table alerts"


def test_slack_is_sent_texts_without_markup(message, alert):
    said = slack.document(message(alert(NASTY, model=NASTY), alert("x" * 10_000, model=NASTY)))
    assert all(block["text"]["type"] == "plain_text" and not block["text"]["emoji"] for block in said["blocks"])
    assert "<" not in said["text"] and "@everyone" not in said["text"] and "&lt;" in said["text"]
    texts = texts_of(said)
    assert not [text for text in texts if "\x1b" in text or "\u202e" in text]
    assert all(len(text) <= 3000 for text in texts) and len(said["blocks"][0]["text"]["text"]) <= 150


def test_slack_takes_fifty_blocks(message, alert):
    said = slack.document(message(*[alert(f"{number:03}" + "x" * 5_000) for number in range(300)]))
    assert len(said["blocks"]) <= 50


def test_a_webhook_is_sent_the_rows_of_the_table(message, alert):
    said = json.loads(json.dumps(webhook.document(message(alert(value=float("nan"), delivery="digest")))))
    (change,) = said["changes"]
    assert (change["window_start"], change["value"], change["bound"]) == ("2024-05-06T00:00:00Z", None, 0.2)
    assert (change["is_open"], change["urgent"], change["rule"]) == (True, False, "drift")
    assert (said["schema"], said["model"], said["run_id"], said["severity"]) == (1, "m", "r1", "warn")


def test_a_line_of_the_log_is_one_line(message, alert, caplog):
    rows = [alert(NASTY, severity="critical"), alert("b", 1), alert("b", 2, "resolved", week=1)]
    log.send(Channel(name="log", kind="log"), message(*rows), None)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING, logging.WARNING]
    assert not [line for line in caplog.messages if "\n" in line or "\x1b" in line]


def test_an_e_mail_has_one_subject_and_an_id_that_stays(message, alert):
    addresses = ["b@example.org", "c@example.org"]
    channel = Channel(name="mail", kind="email", host="h", sender="a@example.org", to=addresses)
    told_of = message(alert(NASTY, model=f"m\r\nBcc: evil@example.org {NASTY}"))
    mail = email.written(told_of, channel)
    assert mail["Bcc"] is None and "\n" not in mail["Subject"]
    assert mail["Message-ID"] == f"<{told_of.id}@spark-monitor>" and mail["To"] == "b@example.org, c@example.org"
    assert told_of.changes[0].id in mail["X-Spark-Monitor-Changes"]
    assert "\x1b" not in mail.get_content() and mail.get_content_type() == "text/plain"


def test_every_kind_that_can_be_configured_has_a_channel():
    kinds = Channel.model_json_schema()["properties"]["kind"]["enum"]
    assert sorted(CHANNELS) == sorted(kinds)


def test_a_webhook_is_sent_its_token(message, alert):
    posted = []
    secrets = {"URL": "https://desk.example.org/hook", "TOKEN": "t0"}
    wire = SimpleNamespace(secret=lambda where: where and secrets[where.env], post=lambda *what: posted.append(what))
    for token in (None, {"env": "TOKEN"}):
        channel = Channel(name="desk", kind="webhook", url={"env": "URL"}, token=token)
        webhook.send(channel, message(alert()), wire)
    assert [headers.get("Authorization") for _, _, headers in posted] == [None, "Bearer t0"]
