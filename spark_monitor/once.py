"""What several threads want to know is found out once, by the one that asks first."""

import threading
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Once:
    """Answers by key, each found out once.

    Parameters
    ----------
    known : dict
        What was asked -> the answer.

    Examples
    --------
    >>> once, asked = Once(), []
    >>> [once.ask("a", lambda: asked.append(1) or 7) for _ in range(2)], asked
    ([7, 7], [1])
    """

    known: dict = field(default_factory=dict)
    _locks: dict = field(default_factory=dict)
    _lock: object = field(default_factory=threading.Lock)

    def lock(self, key):
        """Return the lock of a key."""
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())

    def ask(self, key, find):
        """Return what was found for a key, or find it; a failure is no answer, and the next one tries again."""
        with self.lock(key):
            if key not in self.known:
                self.known[key] = find()
            return self.known[key]
