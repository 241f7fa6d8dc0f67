"""Faults for the double: answers lost after the deed, errors, and webhooks lost, doubled, shuffled, held."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.fakes.stripe_double import strict
from ticketing.demo.double import Double, Record
from ticketing.demo.server import DoubleServer


class Lost(Exception):
    """The answer never arrives."""


class FaultyDouble(DoubleServer):
    """A server in a thread. `calls` is everything that was asked; `faults` what was wrong with it."""

    def __init__(self, now: float) -> None:
        self.now = now
        #: Events that were made and not delivered yet.
        self.events: list[Record] = []
        self.calls: list[tuple[str, str, str]] = []
        self.faults: list[str] = []
        #: Before which calls to the server something happens: path pattern → what.
        self.before: list[tuple[str, str, int]] = []
        self._lock = threading.Lock()
        super().__init__(Double(clock=lambda: self.now, on_event=self._keep))

    def _keep(self, event: Record) -> None:
        self.events.append(event)

    def lose_answer(self, path: str, times: int = 1) -> None:
        """The next calls whose path ends so are done, and answered with 500."""
        self.before.append(("lose", path, times))

    def refuse(self, path: str, times: int = 1) -> None:
        """The next calls whose path ends so are answered with 500, and not done."""
        self.before.append(("refuse", path, times))

    def answer(self, method: str, path: str, params: Record, key: str) -> tuple[int, Record]:
        """Checks, counts, and does what was set up."""
        with self._lock:
            self.calls.append((method, path, key))
            self.faults += strict.faults(method, path, params)
            if method == "POST" and not path.endswith("/expire") and not key.startswith(("order-", "refund-")):
                self.faults.append(f"{path}: key {key!r} is not ours")
            fault = self._next_fault(path)
        error: tuple[int, Record] = (500, {"error": {"type": "api_error", "message": "Something broke."}})
        if fault == "refuse":
            return error
        done = super().answer(method, path, params, key)
        return error if fault == "lose" else done

    def _next_fault(self, path: str) -> str:
        for index, (what, ending, times) in enumerate(self.before):
            if path.endswith(ending):
                self.before[index : index + 1] = [(what, ending, times - 1)] if times > 1 else []
                return what
        return ""

    def posts(self, path: str) -> list[str]:
        """The keys of the POSTs to a path, in order."""
        return [key for method, asked, key in self.calls if method == "POST" and asked.endswith(path)]

    def balance(self, currency: str) -> int:
        """What we have there."""
        return sum(one["net"] for one in self.double.transactions.values() if one["currency"] == currency)

    def deliver(self, post: Callable[[Record], Any], *, seed: int | None = None) -> None:
        """Hand the kept events to `post`; with a seed some are lost, some doubled, all shuffled."""
        events, self.events = self.events, []
        if seed is not None:
            dice = random.Random(seed)
            events = [one for one in events for _ in range(dice.choice((0, 1, 1, 2, 3)))]
            dice.shuffle(events)
        for event in events:
            post(event)


@contextmanager
def faulty_double(now: float) -> Iterator[FaultyDouble]:
    """A double that listens, until the end of the block; nothing that was asked of it may have been wrong."""
    server = FaultyDouble(now)
    server.start()
    try:
        yield server
    finally:
        server.stop()
    assert server.faults == []
