"""E-mail by SMTP: plain text, with TLS unless the server is inside one's own network and that is said."""

import smtplib
from contextlib import suppress
from email.message import EmailMessage

from spark_monitor.alerts.wording import one_line
from spark_monitor.notify.text import message_lines

PORTS = {"starttls": 587, "implicit": 465, "none": 25}


def send(channel, message, wire):
    """Send a message; the server has accepted it where it has accepted it for one of the addresses at least."""
    tls = channel.tls or "starttls"
    port = channel.port or PORTS[tls]
    wire.guard.check_listed(channel.host)
    password = wire.secret(channel.password)
    server = _Pinned(channel.host, port, wire, tls == "implicit")
    try:
        if tls == "starttls":
            server.starttls(context=wire.outside.context())
        if password is not None:
            server.login(channel.user, password)
        server.send_message(written(message, channel))
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
    finally:
        server.close()


def written(message, channel):
    """Return a message as an e-mail; its `Message-ID` is the same however often it is sent.

    Parameters
    ----------
    message : Message
    channel : Channel
    """
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = one_line(message.title), channel.sender, ", ".join(channel.to)
    mail["Message-ID"] = f"<{message.id}@spark-monitor>"
    mail["X-Spark-Monitor-Changes"] = ", ".join(change.id for change in message.changes)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join([*message_lines(message), f"run: {one_line(message.run_id)}"]) + "\n")
    return mail


class _Pinned(smtplib.SMTP):
    """A session with an address that was looked at, for the host that was asked for."""

    def __init__(self, host, port, wire, is_tls):
        self._wire, self._is_tls = wire, is_tls
        super().__init__(host, port, timeout=wire.outside.timeout)

    def _get_socket(self, host, port, timeout):
        found = self._wire.connect(host, port)
        return self._wire.outside.context().wrap_socket(found, server_hostname=host) if self._is_tls else found
