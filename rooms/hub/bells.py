"""Telling open pages how much their people have unread.

A note names people whose number may have changed; the number itself is always read from the database, so a note
may come twice or too early. One that was lost, or a block, shows at the next look at everybody.
"""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.queries import notifications
from rooms import events
from rooms.hub.link import end
from rooms.hub.rings import Watcher
from rooms.protocol import Bell
from spaces_site.boundary.sockets import run_service

#: Notes of so many seconds are answered together.
LOOK_SECONDS = 0.25
#: Every so many looks everybody's number is read.
WHOLE_LOOKS = 80
#: People of one query.
CHUNK = 500


class BellWatch:
    """One per process and loop: looks while anybody watches."""

    def __init__(self) -> None:
        self._watchers: dict[UUID, set[Watcher]] = {}
        #: What the sockets of a person were told.
        self._told: dict[UUID, int] = {}
        self._noted: set[UUID] = set()
        self._looks = 0
        self._task: asyncio.Task[None] | None = None

    async def add(self, watcher: Watcher) -> None:
        """Send the number as it is, and from now on whenever it changes."""
        # Watching begins before the number is read: what changes in between is noted.
        self._watchers.setdefault(watcher.person_id, set()).add(watcher)
        await self.say(watcher)
        if self._task is None and self._watchers:
            self._task = asyncio.get_running_loop().create_task(self._look_forever())

    async def say(self, watcher: Watcher) -> None:
        """Read the number of this one and send it, whatever was told before."""
        counts = await self._counts([watcher.person_id])
        if counts is None or watcher not in self._watchers.get(watcher.person_id, ()):
            return
        unread = counts.get(watcher.person_id, 0)
        if not self._tell(watcher.person_id, unread):
            watcher.say(events.frame(Bell(unread=unread)))

    def remove(self, watcher: Watcher) -> None:
        """The socket is gone."""
        left = self._watchers.get(watcher.person_id, set())
        left.discard(watcher)
        if not left:
            self._watchers.pop(watcher.person_id, None)
            self._told.pop(watcher.person_id, None)

    def note(self, people: Iterable[str]) -> None:
        """The numbers of these people may have changed."""
        self._noted |= self._watchers.keys() & {UUID(person) for person in people}

    def doubt(self) -> None:
        """Notes may have been lost: look at everybody."""
        self._noted |= self._watchers.keys()

    async def aclose(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end([self._task])
            self._task = None

    async def _look_forever(self) -> None:
        while self._watchers:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()
        self._task = None

    async def look(self) -> None:
        """Read the numbers that may have changed, and tell those that did."""
        self._looks += 1
        noted, self._noted = self._noted, set()
        people = list(self._watchers if self._looks % WHOLE_LOOKS == 0 else noted)
        for start in range(0, len(people), CHUNK):
            chunk = people[start : start + CHUNK]
            counts = await self._counts(chunk)
            if counts is None:
                self._noted.update(chunk)
                continue
            for person in chunk:
                self._tell(person, counts.get(person, 0))

    async def _counts(self, people: list[UUID]) -> dict[UUID, int] | None:
        asked = await run_service(
            notifications.unread_counts, language=settings.LANGUAGE_CODE, people_ids=people, now=timezone.now()
        )
        return asked.value if asked.refusal is None else None

    def _tell(self, person: UUID, unread: int) -> bool:
        """Send a number that is another one to all sockets of a person; False when it is the same."""
        watchers = self._watchers.get(person)
        if not watchers or self._told.get(person) == unread:
            return False
        self._told[person] = unread
        text = events.frame(Bell(unread=unread))
        for watcher in list(watchers):
            watcher.say(text)
        return True
