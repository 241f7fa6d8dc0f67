"""Telling open pages how much their people have unread.

A note names people whose number may have changed; the number itself is always read from the database, so a note
may come twice or too early. One that was lost shows at the next look at everybody.
"""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.queries import notifications
from rooms import events
from rooms.hub.watch import Watch, Watcher
from rooms.protocol import Bell
from spaces_site.boundary.sockets import run_service

#: Notes of so many seconds are answered together.
LOOK_SECONDS = 0.25
#: Every so many looks everybody's number is read.
WHOLE_LOOKS = 80
#: People of one query.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """A number of unread things; of two readings the one that began later is the truer one."""

    turn: int
    unread: int


class BellWatch(Watch[Seen]):
    """The numbers of everybody who has a page open here."""

    look_seconds = LOOK_SECONDS

    def __init__(self) -> None:
        super().__init__()
        self._turns = 0

    async def add(self, watcher: Watcher) -> None:
        """Send the number as it is, and from now on whenever it changes."""
        # Watching begins before the number is read: what changes in between is noted.
        self._watchers.setdefault(watcher.person_id, set()).add(watcher)
        await self.say(watcher)
        self._keep_looking()

    async def say(self, watcher: Watcher) -> None:
        """Read the number of this one and send it, whatever was told before."""
        seen = await self._read([watcher.person_id])
        if seen is None or watcher not in self._watchers.get(watcher.person_id, ()):
            return
        if not self._tell(watcher.person_id, seen[watcher.person_id]):
            watcher.say(events.frame(Bell(unread=self._told[watcher.person_id].unread)))

    def doubt(self) -> None:
        """Notes may have been lost: look at everybody."""
        self._noted |= self._watchers.keys()

    async def look(self) -> bool:
        """Read the numbers that may have changed, and tell those that did."""
        self._looks += 1
        noted, self._noted = self._noted, set()
        people = list(self._watchers if self._looks % WHOLE_LOOKS == 0 else noted)
        for start in range(0, len(people), CHUNK):
            chunk = people[start : start + CHUNK]
            seen = await self._read(chunk)
            if seen is None:
                # The next one would be refused as well: all of them wait for the next look.
                self._noted.update(people[start:])
                return False
            for person in chunk:
                self._tell(person, seen[person])
        return True

    async def _read(self, people: list[UUID]) -> dict[UUID, Seen] | None:
        self._turns += 1
        turn = self._turns
        asked = await run_service(
            notifications.unread_counts, language=settings.LANGUAGE_CODE, people_ids=people, now=timezone.now()
        )
        if asked.refusal is not None:
            return None
        return {person: Seen(turn, asked.value.get(person, 0)) for person in people}

    def _tell(self, person: UUID, seen: Seen) -> bool:
        """Send a number that is another one to all sockets of a person; False when it is the same, or older."""
        watchers, told = self._watchers.get(person), self._told.get(person)
        if not watchers or (told is not None and told.turn > seen.turn):
            return False
        self._told[person] = seen
        if told is not None and told.unread == seen.unread:
            return False
        text = events.frame(Bell(unread=seen.unread))
        for watcher in list(watchers):
            watcher.say(text)
        return True
