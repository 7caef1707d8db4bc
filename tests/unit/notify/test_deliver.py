"""Is each change received once, whatever the receiver does, and is what was not delivered sent by the next run?"""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from threading import Barrier, Event, Thread

import pytest

from spark_monitor.notify.message import change_id

module = import_module("spark_monitor.notify.deliver")


def test_what_is_accepted_is_never_sent_again(run, tables, alert, config, receiver):
    found = tables(alert("a"), alert("b", severity="critical"))
    assert run(found, config()) == [("delivered", 1, None)]
    assert run(found, config()) == []
    assert len(receiver.bodies) == 1
    assert found.deliveries("channel", "fingerprint", "status", "run_id") == [
        ("desk", "b", "delivered", "run-0"), ("desk", "a", "delivered", "run-0")]


def test_ids_are_in_headers_and_body(run, tables, alert, config, receiver):
    run(tables(alert("a"), alert("b")), config())
    (body,), (headers,) = receiver.bodies, receiver.headers
    assert headers["Idempotency-Key"] == body["id"]
    assert headers["X-Spark-Monitor-Changes"].split(",") == [change["id"] for change in body["changes"]]
    assert [change["id"] for change in body["changes"]] == [change_id(alert("a")), change_id(alert("b"))]


def test_a_busy_receiver_is_asked_again_until_it_accepts(run, tables, alert, config, receiver, world):
    receiver.answers = [500, 503, 200]
    assert run(tables(alert()), config()) == [("delivered", 3, None)]
    first, second = world.time.pauses
    assert 0.5 <= first <= 1 <= second <= 2
    assert len({body["id"] for body in receiver.bodies}) == 1


def test_a_receiver_is_left_alone_as_long_as_it_asks_for(run, tables, alert, config, receiver, world):
    receiver.answers = [(429, {"Retry-After": "17"}), 200]
    assert run(tables(alert()), config()) == [("delivered", 2, None)]
    assert world.time.pauses == [17.0]


def test_nobody_waits_longer_than_the_deadline(run, tables, alert, config, receiver, world):
    receiver.answers = [(429, {"Retry-After": "61"})]
    found = tables(alert())
    assert run(found, config()) == [("failed", 1, "http_429")]
    assert world.time.pauses == []
    receiver.answers = [200]
    assert run(found, config()) == [("delivered", 1, None)]


def test_what_a_receiver_refuses_is_not_tried_again_in_the_run(run, tables, alert, config, receiver):
    receiver.answers = [403]
    found = tables(alert())
    assert run(found, config()) == [("failed", 1, "http_403")]
    assert run(found, config()) == [("failed", 1, "http_403")]
    assert len(receiver.bodies) == 2


def test_a_receiver_that_hangs_after_accepting_has_each_change_once(run, tables, alert, config, receiver, world):
    receiver.answers = ["hang", 200]
    found, impatient = tables(alert("a"), alert("b")), replace(world.outside, timeout=0.5)
    assert run(found, config(attempts=1), outside=impatient) == [("failed", 1, "timed_out")]
    assert run(found, config()) == [("delivered", 1, None)]
    assert [body["id"] for body in receiver.bodies] == [receiver.bodies[0]["id"]] * 2
    assert receiver.seen == [("a", 1, "opened"), ("b", 1, "opened")]


def test_a_receiver_that_is_down_for_three_runs_has_each_change_once_and_in_order(run, tables, alert, config, receiver,
                                                                                   world):
    found, there = tables(), world.outside
    down = replace(there, environ={"DESK_URL": "http://localhost:9/hook"}, dial=_refused)
    for number in range(3):
        found.add(alert("a", number + 1, ("opened", "escalated", "resolved")[number], week=number, run_id=f"r{number}",
                        severity=("warn", "critical", "critical")[number],
                        recorded_at=alert()["recorded_at"] + timedelta(weeks=number)))
        sent = run(found, config(), outside=down)
        assert sent == [("failed", 4, "unreachable")] + [("held", 0, "receiver_down")] * number
    assert [status for _, _, status in run(found, config())] == [None] * 3
    assert receiver.seen == [("a", 1, "opened"), ("a", 2, "escalated"), ("a", 3, "resolved")]
    assert run(found, config()) == []


def _refused(*_):
    raise ConnectionRefusedError("no http://localhost:9/hook")


def test_two_runners_send_a_change_twice_and_the_receiver_has_it_once(tables, alert, config, receiver, world):
    both, arrived = tables(alert(run_id="r1"), alert(run_id="r2")), Barrier(2)
    read = both.fetch_all

    def read_together(table, *rest):
        rows = read(table, *rest)
        if table.name == "deliveries":
            arrived.wait(5)
        return rows

    both.fetch_all = read_together
    runners = [Thread(target=module.deliver, args=(both, [config()], name, 0, world.outside))
               for name in ("one", "two")]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert len(receiver.bodies) == 2
    assert receiver.bodies[0]["id"] == receiver.bodies[1]["id"]
    assert receiver.seen == [("f", 1, "opened")]
    assert sorted(both.deliveries("run_id", "status")) == [("one", "delivered"), ("two", "delivered")]


def test_models_come_in_order_and_a_receiver_that_is_down_costs_one_deadline(run, tables, alert, config, receiver):
    receiver.answers = [500]
    found = tables(*[alert(model=name) for name in ("a", "b", "c")])
    sent = run(found, *[config(name) for name in ("a", "b", "c")])
    assert sent == [("failed", 4, "http_500"), ("held", 0, "receiver_down"), ("held", 0, "receiver_down")]
    receiver.answers, receiver.bodies = [200], []
    run(found, *[config(name) for name in ("a", "b", "c")])
    assert [body["model"] for body in receiver.bodies] == ["a", "b", "c"]


def test_a_receiver_that_fails_leaves_the_others_alone(run, tables, alert, config, receiver, world):
    channels = [{"name": name, "kind": "webhook", "url": {"env": env}, "allow_private": True}
                for name, env in (("gone", "GONE"), ("desk", "DESK_URL"))]
    found = tables(alert(channels=["gone", "desk"]))
    assert sorted(run(found, config(channels=channels))) == [("delivered", 1, None), ("failed", 1, "secret_missing")]
    assert sorted(found.deliveries("channel", "status")) == [("desk", "delivered"), ("gone", "failed")]


def test_a_channel_that_was_configured_later_is_not_sent_what_was_found_before(run, tables, alert, config):
    assert run(tables(alert(channels=["another"]), alert("g", channels=None)), config()) == []


def test_without_time_nothing_is_tried(run, tables, alert, config, receiver, world):
    clock = iter([0.0, 100.0])
    late = replace(world.outside, clock=lambda: next(clock))
    assert run(tables(alert()), config(), outside=late) == [("held", 0, "deadline")]
    assert receiver.bodies == []


def test_what_was_sent_is_written_down_where_the_rest_is_interrupted(tables, alert, config, world, receiver,
                                                                     monkeypatch):
    found = tables(alert("a", run_id="r1"), alert("b", run_id="r2"))
    send = module.send

    def send_one(act, patience, seed):
        if receiver.bodies:
            raise KeyboardInterrupt
        return send(act, patience, seed)

    monkeypatch.setattr(module, "send", send_one)
    with pytest.raises(KeyboardInterrupt):
        module.deliver(found, [config()], "run", 0, world.outside)
    assert found.deliveries("fingerprint", "status") == [("a", "delivered")]


def test_what_was_sent_is_written_down_while_others_are_still_sent(tables, alert, config, world, receiver, monkeypatch):
    monkeypatch.setattr(module, "WRITTEN_AFTER", 0.02)
    found, written = tables(alert("a", run_id="r1"), alert("b", run_id="r2")), Event()
    append = found.append

    def append_and_say(table, rows):
        append(table, rows)
        written.set()

    found.append, send = append_and_say, module.send

    def send_when_the_first_is_written(act, patience, seed):
        assert not receiver.bodies or written.wait(5)
        return send(act, patience, seed)

    monkeypatch.setattr(module, "send", send_when_the_first_is_written)
    module.deliver(found, [config()], "run", 0, world.outside)
    assert found.deliveries("fingerprint", "status") == [("a", "delivered"), ("b", "delivered")]
