"""Do threads that meet get what they asked for, done at once, and do their failures stay their own?"""

import threading

import pytest

from spark_monitor.tables.meeting import Meeting, Slots


def attend(meeting, works):
    """Let each work attend in a thread of its own; return what each returned or raised."""
    ends = [None] * len(works)

    def run(place):
        try:
            ends[place] = meeting.attend(works[place])
        except BaseException as error:
            ends[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert not any(thread.is_alive() for thread in threads)
    return ends


def noting(served):
    def serve(kind, payloads):
        served.append((kind, sorted(payloads)))
        return payloads

    return serve


@pytest.mark.parametrize("slots", [1, 2, 5])
def test_requests_of_a_kind_are_served_at_once_and_the_least_kind_first(slots):
    served = []
    meeting = Meeting(3, noting(served), Slots(slots))
    works = [lambda: [meeting.ask((1,), "a1"), meeting.ask((2,), "a2")],
             lambda: [meeting.ask((2,), "b2")],
             lambda: [meeting.ask((1,), "c1"), meeting.ask((3,), "c3")]]
    assert attend(meeting, works) == [["a1", "a2"], ["b2"], ["c1", "c3"]]
    assert served == [((1,), ["a1", "c1"]), ((2,), ["a2", "b2"]), ((3,), ["c3"])]


def test_a_thread_that_ends_early_is_not_waited_for():
    served = []
    meeting = Meeting(3, noting(served), Slots(2))

    def fail():
        raise ValueError("mine")

    ends = attend(meeting, [lambda: meeting.ask((1,), 1), fail, lambda: meeting.ask((1,), 3)])
    assert (ends[0], str(ends[1]), ends[2]) == (1, "mine", 3)
    assert served == [((1,), [1, 3])]


def test_what_is_wrong_with_one_request_is_raised_in_its_own_thread():
    meeting = Meeting(2, lambda _, payloads: [ValueError(p) if p == "bad" else p for p in payloads], Slots(2))
    ends = attend(meeting, [lambda: meeting.ask((1,), "good"), lambda: meeting.ask((1,), "bad")])
    assert ends[0] == "good"
    assert isinstance(ends[1], ValueError)


def test_no_more_threads_than_slots_are_at_work():
    at_work, most, lock = [0], [0], threading.Lock()

    def work():
        for kind in (1, 2):
            with lock:
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
            threading.Event().wait(0.01)
            with lock:
                at_work[0] -= 1
            meeting.ask((kind,), 0)

    meeting = Meeting(6, lambda _, payloads: payloads, Slots(2))
    attend(meeting, [work] * 6)
    assert most == [2]


def test_when_serving_breaks_off_every_thread_ends():
    class Killed(BaseException):
        pass

    def serve(*_):
        raise Killed

    meeting = Meeting(3, serve, Slots(1))
    ends = attend(meeting, [lambda: meeting.ask((1,), 0), lambda: meeting.ask((2,), 0), lambda: meeting.ask((1,), 0)])
    assert [type(end) for end in ends] == [Killed] * 3


def test_a_closed_meeting_ends_those_that_wait():
    meeting = Meeting(2, lambda _, payloads: payloads, Slots(2))
    ends = attend(meeting, [lambda: meeting.ask((1,), 0), lambda: meeting.close(KeyboardInterrupt())])
    assert isinstance(ends[0], KeyboardInterrupt)
