"""What rings and bells have in common: sockets of people, what these were told, and a look now and then."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

from rooms.hub.link import end

#: A database that refused is left alone for so long: each time it is asked stands in the log.
REFUSED_SECONDS = 3.0

Seen = TypeVar("Seen")


class Watcher(Protocol):
    """A socket on which somebody is told about themselves."""

    person_id: UUID

    def say(self, text: str) -> None:
        """Send one frame."""


class Watch(ABC, Generic[Seen]):
    """One per process and loop: looks while anybody watches. `Seen` is what a person was told."""

    #: Between two looks.
    look_seconds: ClassVar[float]

    def __init__(self) -> None:
        self._watchers: dict[UUID, set[Watcher]] = {}
        #: What the sockets of a person were told.
        self._told: dict[UUID, Seen] = {}
        #: Of whom something may have changed since the last look.
        self._noted: set[UUID] = set()
        self._looks = 0
        self._task: asyncio.Task[None] | None = None

    def remove(self, watcher: Watcher) -> None:
        """The socket is gone."""
        left = self._watchers.get(watcher.person_id, set())
        left.discard(watcher)
        if not left:
            self._watchers.pop(watcher.person_id, None)
            self._told.pop(watcher.person_id, None)

    def note(self, people: Iterable[str]) -> None:
        """Something of these people may have changed: the next look is at them."""
        self._noted |= self._watchers.keys() & {UUID(person) for person in people}

    async def aclose(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end([self._task])
            self._task = None

    @abstractmethod
    async def look(self) -> bool:
        """Tell those who watch what has changed for them; False where the database refused."""

    def _keep_looking(self) -> None:
        if self._task is None and self._watchers:
            self._task = asyncio.get_running_loop().create_task(self._look_forever())

    async def _look_forever(self) -> None:
        while self._watchers:
            seconds = self.look_seconds if await self.look() else REFUSED_SECONDS
            await asyncio.sleep(seconds)
        self._task = None
