"""Which channels are accepted, what of them is told and recorded, and which hosts a pattern names."""

import pytest

from spark_monitor.config.notify import Channel, Notify, Secret

CANARY = "https://hooks.slack.com/services/T0/B0/canary-7f3a"


def told(messages, notify, **environ):
    return messages(environ, notify=f"notify: {notify}")


def test_nobody_is_told_where_nothing_is_said(load):
    assert load().notify == Notify() and load().notify.channels == ()


def test_a_whole_section_is_read(load):
    notify = load(notify="""
notify:
  allow_hosts: [alerts.example.org, "*.pagerduty.com"]
  deadline: 2 min
  attempts: 3
  channels:
    - {name: log, kind: log}
    - {name: team, kind: slack, url: {env: SLACK_URL}}
    - {name: desk, kind: webhook, url: {file: /run/secrets/desk}, token: {env: DESK_TOKEN}, severities: critical}
    - {name: mail, kind: email, host: smtp.example.org, sender: a@example.org, to: b@example.org}
    - {name: pager, kind: apprise, url: {env: PAGER}}
""").notify
    assert notify.deadline.total_seconds() == 120
    assert [channel.severities for channel in notify.channels][2] == ("critical",)
    assert notify.channels[2].url == Secret(file="/run/secrets/desk")
    assert notify.hosts_of(notify.channels[1])[-2:] == ("hooks.slack.com", "hooks.slack-gov.com")
    assert notify.hosts_of(notify.channels[3])[-1] == "smtp.example.org"


@pytest.mark.parametrize("written", [CANARY, f"[{CANARY}]", "${URL}", f"{{env: '{CANARY}'}}", f"{{evn: '{CANARY}'}}",
                                     f"{{env: A, file: '{CANARY}'}}", "{}"])
def test_a_secret_that_is_written_out_is_refused_and_not_told(messages, written):
    found = told(messages, f"{{channels: [{{name: t, kind: slack, url: \"{written}\"}}]}}" if written == "${URL}" else
                 f"{{channels: [{{name: t, kind: slack, url: {written}}}]}}", URL=CANARY)
    assert found and "canary" not in "".join(found)
    assert all(line.startswith("notify.channels[0]") for line in found)


def test_the_record_and_the_representation_know_the_name_of_a_secret_only(load):
    config = load({"SLACK_URL": CANARY}, notify="notify: {channels: [{name: t, kind: slack, url: {env: SLACK_URL}}]}")
    assert config.masked()["notify"]["channels"][0]["url"] == {"env": "SLACK_URL", "file": None}
    assert "canary" not in repr(config) + str(config.masked())


@pytest.mark.parametrize(("channel", "expected"), [
    ("{name: t, kind: slack}", "notify.channels[0]: found no url"),
    ("{name: t, kind: log, url: {env: U}}", "notify.channels[0].url: found one, expected no url with kind log"),
    ("{name: t, kind: log, allow_private: true}", "expected no allow_private with kind log"),
    ("{name: t, kind: slack, url: {env: U}, token: {env: T}}", "expected no token with kind slack"),
    ("{name: t, kind: email, host: h, to: b}", "found no sender"),
    ("{name: t, kind: email, host: h, sender: a, to: b, user: u}", "expected user and password, or neither"),
    ("{name: t, kind: email, host: h, sender: a, to: b, tls: none}", "expected starttls or implicit"),
    ("{name: t, kind: webhook, url: {env: U}}", "expected its host in notify.allow_hosts"),
    ("{name: t, kind: pager}", "expected one of log, webhook, slack, email, apprise"),
    ("{name: t, kind: log, severities: [warning]}", "Did you mean 'warn'?"),
    ("{name: t, kind: log}, {name: t, kind: log}", "notify.channels[1].name: found the name of another channel, 't'"),
])
def test_what_does_not_fit_is_told(messages, channel, expected):
    found = told(messages, f"{{channels: [{channel}]}}")
    assert len(found) == 1 and expected in found[0]


@pytest.mark.parametrize("host", ["*", "*.org", "hooks.*", "hooks.slack.com*", "a b", "https://a.org", "a.org/x",
                                  "u@a.org", "a.org:8443", "", "ä.org", "a..org"])
def test_a_pattern_that_could_name_more_than_it_says_is_refused(messages, host):
    assert any(line.startswith("notify.allow_hosts") for line in told(messages, f"{{allow_hosts: ['{host}']}}"))


@pytest.mark.parametrize("host", ["a", "a.org", "*.a.org", "http://localhost", "10.0.0.7", "http://[::1]", "A.Org"])
def test_a_host_is_a_name_a_domain_or_an_address(host):
    assert Notify(allow_hosts=[host]).allow_hosts == (host.lower(),)


@pytest.mark.parametrize("host", ["*.a.org", "http://a.org", "a b", "[::1]"])
def test_a_mail_server_is_one_host(messages, host):
    channel = f"{{name: m, kind: email, host: '{host}', sender: a, to: b}}"
    (found,) = told(messages, f"{{channels: [{channel}]}}")
    assert found.startswith("notify.channels[0].host") and "expected the name of a server" in found


@pytest.mark.parametrize("deadline", ["0s", "2h"])
def test_a_deadline_is_some_time_and_an_hour_at_most(messages, deadline):
    assert told(messages, f"{{deadline: {deadline}}}")[0].startswith("notify.deadline: found")


def test_no_tls_is_for_receivers_inside_ones_own_network():
    assert Channel(name="m", kind="email", host="relay", sender="a", to="b", tls="none", allow_private=True).tls
