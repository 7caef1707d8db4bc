"""The story of a delivery: what is undelivered of some models, sent over every channel at once, and written down."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial

from spark_monitor.notify.channels import CHANNELS, SPLIT
from spark_monitor.notify.outbox import delivery_rows, pending, read_delivered, read_due
from spark_monitor.notify.send import DELIVERED, HELD, Outcome, Patience, send
from spark_monitor.notify.wire import Wire
from spark_monitor.tables.results import DELIVERIES

MOST_LANES = 8
# Seconds after which what was sent is written down: so much is sent again where a process is killed.
WRITTEN_AFTER = 5.0


@dataclass(frozen=True)
class Sent:
    """What became of one message.

    Parameters
    ----------
    message : Message
    channel : str
    outcome : Outcome
    """

    message: object
    channel: str
    outcome: object


def deliver(store, configs, run_id, now, outside):
    """Send what is undelivered of some models that share their tables; never raises for what a receiver does.

    Each receiver has a thread of its own, in which models come one after the other; one that is down is not tried for
    the models that follow. What is sent is written down every few seconds and at the end, also where that comes early.

    Parameters
    ----------
    store : Store
    configs : list of MonitorConfig
    run_id : str
        Of the run or command that sends.
    now : int
        Microseconds.
    outside : Outside

    Returns
    -------
    list of Sent
    """
    lanes, sent, stopped, written = _lanes(store, configs, now), [], threading.Event(), 0

    def write_down():
        nonlocal written
        news = sent[written:]
        if news:
            store.append(DELIVERIES, DELIVERIES.rows([row for one in news for row in delivery_rows(
                one.message, one.channel, one.outcome, run_id, now)]))
            written += len(news)

    try:
        with ThreadPoolExecutor(MOST_LANES, "receiver") as pool:
            try:
                under_way = [pool.submit(_serve, lane, outside, sent, stopped) for lane in lanes]
                while wait(under_way, WRITTEN_AFTER).not_done:
                    write_down()
            finally:
                stopped.set()
    finally:
        write_down()
    for ended in under_way:
        ended.result()
    return sent


def _lanes(store, configs, now):
    """Return for each receiver what it is still to be sent: how, over which channel, and which messages, by model."""
    configs = [config for config in configs if config.notify.channels]
    due = read_due(store, [config.model for config in configs]) if configs else {}
    configs = [config for config in configs if due[config.model]]
    delivered = read_delivered(store, [config.model for config in configs]) if configs else {}
    lanes = {}
    for config in configs:
        for channel in config.notify.channels:
            messages = pending(due[config.model], channel.name, delivered[config.model], now, config.windows.time_zone)
            if messages:
                lanes.setdefault(receiver(channel), []).append((config.notify, channel, messages))
    return list(lanes.values())


def receiver(channel):
    """Return what channels of the same receiver have in common, without its address.

    Examples
    --------
    >>> from spark_monitor.config.notify import Channel
    >>> receiver(Channel(name="team", kind="slack", url={"env": "SLACK_URL"}))
    ('slack', 'SLACK_URL', None, None, None)
    """
    url = channel.url
    return channel.kind, url and url.env, url and url.file, channel.host, channel.port


def _serve(lane, outside, sent, stopped):
    """Send to one receiver the messages of all models, and note each in `sent`."""
    is_down = False
    for notify, channel, messages in lane:
        wire = Wire.of(channel, notify.hosts_of(channel), outside)
        until = outside.clock() + notify.deadline.total_seconds()
        patience = Patience(until, notify.attempts, outside.timeout, outside.clock, outside.sleep)
        parts = [part for message in messages
                 for part in (SPLIT[channel.kind](message, channel, wire) if channel.kind in SPLIT else [message])]
        for part in parts:
            if stopped.is_set():
                return
            outcome = Outcome(HELD, reason="receiver_down") if is_down else send(
                partial(CHANNELS[channel.kind], channel, part, wire), patience, part.id)
            is_down = is_down or outcome.is_down
            sent.append(Sent(part, channel.name, outcome))


def undelivered(sent):
    """Return what was not delivered, as one line for each channel of a model.

    Parameters
    ----------
    sent : list of Sent

    Examples
    --------
    >>> from spark_monitor.notify.message import Message
    >>> undelivered([Sent(Message("i", "m", "r", (1, 2)), "team", Outcome("failed", 4, "http_503"))])
    ['m: 2 changes not delivered to team (http_503)']
    """
    left = {}
    for one in sent:
        if one.outcome.status != DELIVERED:
            many, reasons = left.setdefault((one.message.model, one.channel), (0, []))
            left[one.message.model, one.channel] = many + len(one.message.changes), [*reasons, one.outcome.reason]
    return [f"{model}: {many:,} {'change' if many == 1 else 'changes'} not delivered to {channel} "
            f"({', '.join(dict.fromkeys(reasons))})" for (model, channel), (many, reasons) in left.items()]
