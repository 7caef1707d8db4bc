"""Does an SMTP server get the message once, over TLS, and is what it answers understood?"""

import socket
import ssl
import threading
from contextlib import ExitStack, suppress

import pytest

from spark_monitor.notify.wire import Outside


class Server:
    """An SMTP server on this machine for one conversation after the other; `refusals` answers a command by itself."""

    def __init__(self, context=None, refusals=()):
        self.mails, self.refusals, self.is_tls, self._context = [], dict(refusals), False, context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with ExitStack() as opened, suppress(OSError):
                self._converse(opened.enter_context(connection), opened)

    def _converse(self, connection, opened):
        connection.sendall(b"220 here\r\n")
        lines = opened.enter_context(connection.makefile("rb"))
        while line := lines.readline():
            word = line.split()[0].decode().upper()
            if word == "STARTTLS":
                connection.sendall(b"220 go\r\n")
                connection = opened.enter_context(self._context.wrap_socket(connection, server_side=True))
                lines, self.is_tls = opened.enter_context(connection.makefile("rb")), True
                continue
            if word == "DATA" and word not in self.refusals:
                connection.sendall(b"354 go\r\n")
                mail = b""
                while not mail.endswith(b"\r\n.\r\n"):
                    mail += lines.readline()
                self.mails.append(mail.decode())
            said = b"250-here\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n" if self._context else b"250 here\r\n"
            answers = {"EHLO": said, "QUIT": b"221 bye\r\n", "AUTH": b"235 ok\r\n"}
            connection.sendall(self.refusals.get(word, answers.get(word, b"250 ok\r\n")))

    def close(self):
        self._socket.close()


@pytest.fixture
def server():
    """Return a function that starts a server; it ends with the test."""
    made = []

    def start(**more):
        made.append(Server(**more))
        return made[-1]

    yield start
    for one in made:
        one.close()


def mail_to(server, **more):
    return [{"name": "desk", "kind": "email", "host": "localhost", "port": server.port, "sender": "a@example.org",
             "to": ["b@example.org"], "allow_private": True, **more}]


def test_inside_ones_own_network_a_server_without_tls_takes_the_message(server, run, tables, alert, config):
    there, found = server(), tables(alert())
    assert run(found, config(channels=mail_to(there, tls="none"))) == [("delivered", 1, None)]
    assert run(found, config(channels=mail_to(there, tls="none"))) == []
    (mail,) = there.mails
    assert "Subject: m: 1 opened; worst is warn\r\n" in mail
    assert "opened, warn: psi of f = 0.31" in mail.replace("=3D", "=")


@pytest.mark.parametrize(("command", "answer", "expected"), [
    ("MAIL", b"451 later\r\n", ("failed", 4, "smtp_451")), ("MAIL", b"550 no\r\n", ("failed", 1, "smtp_550")),
    ("RCPT", b"550 who\r\n", ("failed", 1, "smtp_550")), ("DATA", b"452 full\r\n", ("failed", 4, "smtp_452"))])
def test_a_temporary_refusal_is_tried_again_and_a_final_one_not(command, answer, expected, server, run, tables, alert,
                                                                config):
    there = server(refusals={command: answer})
    assert run(tables(alert()), config(channels=mail_to(there, tls="none"))) == [expected]


def test_what_was_taken_counts_even_where_the_goodbye_fails(server, run, tables, alert, config):
    there = server(refusals={"QUIT": b"garbage\r\n"})
    assert run(tables(alert()), config(channels=mail_to(there, tls="none"))) == [("delivered", 1, None)]


def test_a_server_without_tls_gets_no_password(server, run, tables, alert, config, world):
    there, found = server(), tables(alert())
    outside = Outside({"PASSWORD": "hunter2"}, clock=world.outside.clock, sleep=world.outside.sleep)
    channels = mail_to(there, user="u", password={"env": "PASSWORD"})
    assert run(found, config(channels=channels), outside=outside) == [("failed", 1, "smtp_not_supported")]
    assert there.mails == []


def test_with_tls_the_password_and_the_message_are_sent(server, run, tables, alert, config, world, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    there = server(context=context)
    outside = Outside({"PASSWORD": "hunter2"}, context=lambda: ssl.create_default_context(cafile=certificate[0]),
                      resolve=lambda host, port, type: [(socket.AF_INET, type, 6, "", ("127.0.0.1", port))])
    channels = mail_to(there, host="hooks.example.org", user="u", password={"env": "PASSWORD"})
    assert run(tables(alert()), config(channels=channels), outside=outside) == [("delivered", 1, None)]
    assert there.is_tls and len(there.mails) == 1


def test_an_address_inside_somebodys_network_is_refused(server, run, tables, alert, config):
    channels = mail_to(server(), allow_private=False)
    assert run(tables(alert()), config(channels=channels)) == [("failed", 1, "address_refused")]
