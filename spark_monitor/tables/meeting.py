"""Where threads meet: what all of them ask for at the same point is done for all of them at once."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass


class Slots:
    """How many threads are at work at a time; those that wait at a meeting are not.

    Parameters
    ----------
    many : int
    """

    def __init__(self, many):
        self._free = threading.Semaphore(many)

    @contextmanager
    def taken(self):
        """Wait for a slot, and give it back at the end."""
        with self._free:
            yield

    @contextmanager
    def left(self):
        """Give the slot of this thread to others for a while."""
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()


@dataclass
class _Request:
    kind: tuple
    payload: object
    result: object = None
    error: BaseException | None = None
    done: bool = False


class Meeting:
    """Threads that wait for each other wherever they ask for something that is cheaper done for all at once.

    A request waits until every attending thread has asked for something or has ended. Then those of the least kind are
    served together, and their threads go on.

    Parameters
    ----------
    seats : int
        How many threads will attend.
    serve : callable
        Given a kind and the payloads of all its requests; returns for each a result, or the exception that its thread
        is to raise.
    slots : Slots
        How many of them, and of others, are at work at a time.

    Examples
    --------
    >>> served = []
    >>> def serve(kind, payloads):
    ...     served.append((kind, sorted(payloads)))
    ...     return [10 * payload for payload in payloads]
    >>> meeting, answers = Meeting(2, serve, Slots(1)), []
    >>> def work(number):
    ...     answers.append(meeting.ask(("write", "a"), number))
    >>> threads = [threading.Thread(target=meeting.attend, args=(work, number)) for number in (1, 2)]
    >>> for thread in threads: thread.start()
    >>> for thread in threads: thread.join()
    >>> served, sorted(answers)
    ([(('write', 'a'), [1, 2])], [10, 20])
    """

    def __init__(self, seats, serve, slots):
        self._serve, self._slots, self._live, self._waiting = serve, slots, seats, []
        self._changed, self._closed, self._serving = threading.Condition(), None, False

    def attend(self, work, *arguments):
        """Do the work of one thread in a slot, and return what it returns."""
        try:
            with self._slots.taken():
                return work(*arguments)
        finally:
            with self._changed:
                self._live -= 1
                self._changed.notify_all()

    def ask(self, kind, payload):
        """Return what is served for a payload, together with all requests of the same kind.

        Parameters
        ----------
        kind : tuple
            Of values that can be ordered.
        payload : object
        """
        request = _Request(kind, payload)
        with self._slots.left(), self._changed:
            self._waiting.append(request)
            self._changed.notify_all()
            while not request.done:
                if self._closed is not None:
                    raise self._closed
                if self._waiting and not self._serving and len(self._waiting) == self._live:
                    self._serve_least()
                else:
                    self._changed.wait()
        if request.error is not None:
            raise request.error
        return request.result

    def close(self, error):
        """Let every thread that waits, or comes to wait, end with an error."""
        with self._changed:
            self._closed = error
            self._changed.notify_all()

    def _serve_least(self):
        kind = min(request.kind for request in self._waiting)
        together = [request for request in self._waiting if request.kind == kind]
        self._serving = True
        self._changed.release()
        try:
            served = list(zip(together, self._serve(kind, [request.payload for request in together]), strict=True))
        except BaseException as error:
            self._closed = error
            served = [(request, error) for request in together]
        finally:
            self._changed.acquire()
            self._serving = False
        for request, result in served:
            request.done = True
            request.error, request.result = (result, None) if isinstance(result, BaseException) else (None, result)
            self._waiting.remove(request)
        self._changed.notify_all()
