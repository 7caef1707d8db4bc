"""Who is told of alerts, and over which hosts?"""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from spark_monitor.config.fields import Duration, Flag, InEditors, Section, Text, Texts, as_list, check_distinct, whole
from spark_monitor.config.mistakes import PARENT, mistake, refuse

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"(?:http://)?(?:\*\.{LABEL}\.)?(?:{LABEL}\.)*{LABEL}|(?:http://)?\[[0-9a-f:]+\]")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
A_REFERENCE = "a reference to it, {env: NAME} or {file: PATH}: a secret is never written out"
# What each kind of channel takes, those it can't do without first.
NEEDED = {"log": (), "webhook": ("url",), "slack": ("url",), "apprise": ("url",), "email": ("host", "sender", "to")}
TAKEN = {"log": (), "webhook": ("token", "allow_private"), "slack": ("allow_private",), "apprise": ("allow_private",),
         "email": ("port", "tls", "user", "password", "allow_private")}
# Hosts that a kind may call without being told: there is no other address of the service.
OWN_HOSTS = {"slack": ("hooks.slack.com", "hooks.slack-gov.com")}
KINDS_WITH_OWN_HOST = ("log", "slack", "email")


def _refuse_what_is_written_out(value):
    # What was written may be the secret itself: it is not told again.
    if not isinstance(value, (dict, Secret)):
        raise mistake(A_REFERENCE, found="something else")
    return value


class Secret(Section):
    """Where a secret is found at the moment it is needed; it is never part of the configuration itself.

    Examples
    --------
    >>> Secret(env="SLACK_URL")
    Secret(env='SLACK_URL', file=None)
    """

    env: Text | None = None
    """A variable of the environment."""
    file: Annotated[Text | None, Field(validate_default=True)] = None
    """A file that holds nothing else, as Docker and Kubernetes mount secrets."""

    @field_validator("env")
    @classmethod
    def _check_it_is_a_name(cls, env):
        if env is not None and not VARIABLE.fullmatch(env):
            raise mistake("the name of a variable", found="another text")
        return env

    @field_validator("file")
    @classmethod
    def _check_it_is_one(cls, file, info):
        if "env" in info.data and (info.data["env"] is None) == (file is None):
            refuse([((PARENT,), mistake(A_REFERENCE, found="not exactly one of the two"))])
        return file


def check_host(pattern):
    """Return a pattern of hosts in lower case: a name, ``*.`` and a domain, or either after ``http://``.

    A star elsewhere would let in more than it says: hooks.example.* is also a host of somebody else's domain.

    Examples
    --------
    >>> check_host("*.Example.org")
    '*.example.org'
    """
    if not HOST.fullmatch(pattern.lower()):
        raise mistake("a host, or *. and a domain of two parts at least; http:// before it allows it without TLS, too")
    return pattern.lower()


def check_server(host):
    """Return the name or the address of a server in lower case."""
    if not HOST.fullmatch(host.lower()) or set(host) & set("*/["):
        raise mistake("the name of a server")
    return host.lower()


SecretRef = Annotated[Secret, BeforeValidator(_refuse_what_is_written_out)]
Hosts = Annotated[Texts, AfterValidator(lambda hosts: tuple(map(check_host, hosts)))]
Severities = Annotated[
    tuple[Literal["warn", "critical"], ...], BeforeValidator(as_list), AfterValidator(check_distinct),
    InEditors({"type": "array", "items": {"enum": ["warn", "critical"]}, "uniqueItems": True}),
]


class Channel(Section):
    """One way that changes of alerts take.

    Examples
    --------
    >>> Channel(name="team", kind="slack", url={"env": "SLACK_URL"}).severities
    ('warn', 'critical')
    """

    name: Text
    """Unique; what the table `deliveries` calls it."""
    kind: Literal["log", "webhook", "slack", "email", "apprise"]
    """log: Python's log; webhook: JSON by POST; slack: an incoming webhook of Slack; email: SMTP; apprise: any service
    of that library, such as pagerduty://, which needs `spark-monitor[notify]`."""
    severities: Severities = ("warn", "critical")
    """Alerts of which severities it is told of."""
    url: SecretRef | None = None
    """Of webhook, slack and apprise: the address, which is a secret."""
    token: SecretRef | None = None
    """Of a webhook: what is sent as `Authorization: Bearer`."""
    host: Annotated[Text, AfterValidator(check_server)] | None = None
    """Of email: the SMTP server."""
    port: whole(1, 65_535) | None = None
    """Of email; 587 where not given, 465 with tls implicit, 25 with tls none."""
    tls: Literal["starttls", "implicit", "none"] | None = None
    """Of email; starttls where not given. none sends no password, and only inside one's own network."""
    sender: Text | None = None
    """Of email: the address that it comes from."""
    to: Texts = ()
    """Of email: the addresses that it goes to."""
    user: Text | None = None
    """Of email: who logs in."""
    password: SecretRef | None = None
    """Of email: with what."""
    allow_private: Annotated[Flag, Field(validate_default=True)] = False
    """Whether the host may have an address of one's own network or machine; those of clouds' metadata stay refused."""

    @field_validator("allow_private")
    @classmethod
    def _check_it_fits_its_kind(cls, allow_private, info):
        known: dict[str, Any] = {**info.data, "allow_private": allow_private}
        if known.keys() == cls.model_fields.keys():
            refuse(((PARENT, *place), error) for place, error in _find_mistakes(known))
        return allow_private


def _find_mistakes(data):
    kind = data["kind"]
    given = {key for key in ("url", "token", "host", "port", "tls", "sender", "to", "user", "password",
                             "allow_private") if data[key] not in (None, (), False)}
    for key in NEEDED[kind]:
        if key not in given:
            yield (), mistake(f"{key}, as kind {kind} needs it", found=f"no {key}")
    for key in sorted(given - {*NEEDED[kind], *TAKEN[kind]}):
        yield (key,), mistake(f"no {key} with kind {kind}", found="one")
    if kind == "email" and ("user" in given) != ("password" in given):
        yield (), mistake("user and password, or neither", found="one of the two")
    if data["tls"] == "none" and ("password" in given or not data["allow_private"]):
        yield ("tls",), mistake("starttls or implicit: none goes with allow_private and without a password")


class Notify(Section):
    """Who is told of changes of alerts, after the run that found them is committed.

    Examples
    --------
    >>> Notify(channels=[{"name": "log", "kind": "log"}]).attempts
    4
    """

    allow_hosts: Hosts = ()
    """Hosts that may be called, as names or *.domain; those of Slack, and the host of email, need not be named.
    http:// before one allows it without TLS."""
    deadline: Duration = timedelta(seconds=60)
    """How long delivering the changes of a model may take in all; what is not delivered by then waits for the next
    run, or for `spark-monitor notify`."""
    attempts: whole(1, 10) = 4
    """How often one message is tried in a run."""
    channels: Annotated[tuple[Channel, ...], Field(validate_default=True)] = ()
    """The channels; none where nobody is to be told."""

    @field_validator("deadline")
    @classmethod
    def _check_there_is_time(cls, deadline):
        if not timedelta() < deadline <= timedelta(hours=1):
            raise mistake("a duration of an hour at most, such as 60s")
        return deadline

    @field_validator("channels")
    @classmethod
    def _check_names_and_hosts(cls, channels, info):
        names, hosts = [channel.name for channel in channels], info.data.get("allow_hosts", True)
        refuse([((at, "name"), mistake("a name of its own", found=f"the name of another channel, {name!r}"))
                for at, name in enumerate(names) if name in names[:at]]
               + [((at,), mistake("its host in notify.allow_hosts", found="none there"))
                  for at, channel in enumerate(channels) if not hosts and channel.kind not in KINDS_WITH_OWN_HOST])
        return channels

    def hosts_of(self, channel):
        """Return the patterns of the hosts that a channel may call."""
        return (*self.allow_hosts, *OWN_HOSTS.get(channel.kind, ()), *([channel.host] if channel.host else ()))
