"""Telling open pages whose ring lights up and whose goes out.

The database is asked, not listened to: whatever put somebody on a stage or took them off it shows
within a second, and nothing that the broker loses is missed. Only people who changed are looked up
for those who are connected here. Whose follows or blocks changed is told by the broker, and compared at
the next look; where that is lost, everybody's are compared every ten seconds.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.conf import settings

from rooms import events
from rooms.hub.watch import Watch, Watcher
from rooms.protocol import RingCard, Rings
from rooms.queries import rings
from rooms.queries.rings import Ring
from spaces_site.boundary.sockets import run_service

LOOK_SECONDS = 1.0
#: Every so many looks, everybody's rings are compared as a whole.
WHOLE_LOOKS = 10
#: Viewers of one query.
CHUNK = 500

Seen = dict[UUID, Ring]


class RingWatch(Watch[Seen]):
    """The rings of everybody who has a page open here."""

    look_seconds = LOOK_SECONDS

    def __init__(self) -> None:
        super().__init__()
        self._live: dict[UUID, rings.Stage] = {}

    async def add(self, watcher: Watcher) -> None:
        """Send the rings as they are, and from now on what changes."""
        viewer = watcher.person_id
        found = await self._rings([viewer], None)
        if found is None:
            return
        seen = found.get(viewer, {})
        # Another socket of this person may have been told something else a moment ago.
        self._tell(viewer, seen, of=None)
        self._told[viewer] = seen
        self._watchers.setdefault(viewer, set()).add(watcher)
        watcher.say(events.frame(Rings(live=[_card(ring) for ring in seen.values()], gone=[], whole=True)))
        self._keep_looking()

    async def look(self) -> bool:
        """Compare the stages with the last look, and tell whom it concerns."""
        asked = await run_service(rings.live_stages, language=settings.LANGUAGE_CODE)
        if asked.refusal is not None:
            return False
        before, self._live = self._live, asked.value
        self._looks += 1
        changed = {person for person, _stage in before.items() ^ self._live.items()}
        noted, self._noted = self._noted, set()
        if self._looks % WHOLE_LOOKS == 0:
            return await self._compare(self._watchers, None)
        if changed and not await self._compare(self._watchers, changed):
            self._noted |= noted
            return False
        return await self._compare(noted.intersection(self._watchers), None)

    async def _compare(self, viewers: Iterable[UUID], of: set[UUID] | None) -> bool:
        asked = list(viewers)
        for start in range(0, len(asked), CHUNK):
            chunk = asked[start : start + CHUNK]
            found = await self._rings(chunk, of)
            if found is None:
                # These stages are not compared again: whoever was not told is looked at as a whole next time.
                self._noted.update(asked[start:])
                return False
            for viewer in chunk:
                self._tell(viewer, found.get(viewer, {}), of=of)
        return True

    async def _rings(self, viewers: list[UUID], of: Collection[UUID] | None) -> dict[UUID, Seen] | None:
        asked = await run_service(rings.rings_of, language=settings.LANGUAGE_CODE, viewers=viewers, people=of)
        return asked.value if asked.refusal is None else None

    def _tell(self, viewer: UUID, seen: Seen, *, of: set[UUID] | None) -> None:
        """What changed for one viewer; `of` None: `seen` is everything, else what is seen of these people."""
        told = self._told.get(viewer)
        if told is None:
            return
        gone = [person for person in told if person not in seen and (of is None or person in of)]
        fresh = [ring for person, ring in seen.items() if told.get(person) != ring]
        for person in gone:
            del told[person]
        told.update(seen)
        if not (gone or fresh):
            return
        text = events.frame(Rings(live=[_card(ring) for ring in fresh], gone=[str(one) for one in gone], whole=False))
        for watcher in list(self._watchers.get(viewer, ())):
            watcher.say(text)


def _card(ring: Ring) -> RingCard:
    return RingCard(person=ring.person, room_id=str(ring.room_id), title=ring.room_title)
