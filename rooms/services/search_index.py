"""Keeping the words that search looks through true to people and rooms."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import OuterRef, Subquery

from accounts.models import User
from rooms.models import Room, RoomState, SearchEntry
from spaces_site.boundary.plain_text import folded

BATCH = 1000
#: Rooms in these states are found.
FOUND = (RoomState.LIVE, RoomState.SCHEDULED)


def note_person(*, person: User) -> None:
    """Somebody is new, or is called or says something else. Guests are not found."""
    if person.is_guest:
        return
    _keep(_entry_of_person(person))


def note_followers(*, person_ids: Iterable[UUID]) -> None:
    """Somebody follows one of these, or no longer."""
    count = User.objects.filter(pk=OuterRef("person_id")).values("follower_count")
    # One by one: follows that end at one time would wait for each other's rows in a circle.
    for person_id in person_ids:
        SearchEntry.objects.filter(person=person_id).update(followers=Subquery(count))


def note_room(*, room: Room) -> None:
    """A room is new, or is called something else. Whether it is live or to come is asked when somebody searches."""
    if room.state in FOUND:
        _keep(SearchEntry(room=room, **_words_of_room(room)))


def forget_room(*, room_id: UUID) -> None:
    """A room is over, or will never be: nobody finds it any more, and it stands in no search's way."""
    SearchEntry.objects.filter(room=room_id).delete()


def index_all() -> int:
    """Make every entry anew; returns how many there are."""
    SearchEntry.objects.all().delete()
    count = 0
    for entries in _batches(_all()):
        count += len(SearchEntry.objects.bulk_create(entries))
    return count


def _keep(entry: SearchEntry) -> None:
    of = {"room": entry.room} if entry.room_id else {"person": entry.person}
    kept = {"name": entry.name, "more": entry.more, "followers": entry.followers}
    SearchEntry.objects.update_or_create(**of, defaults=kept)


def _all() -> Iterator[SearchEntry]:
    for person in User.objects.filter(is_guest=False).iterator(BATCH):
        yield _entry_of_person(person)
    for room in Room.objects.filter(state__in=FOUND).select_related("creator").iterator(BATCH):
        yield SearchEntry(room=room, **_words_of_room(room))


def _batches(entries: Iterable[SearchEntry]) -> Iterator[list[SearchEntry]]:
    batch: list[SearchEntry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _entry_of_person(person: User) -> SearchEntry:
    name, more = folded(f"{person.display_name} {person.handle}"), folded(person.bio)
    return SearchEntry(person=person, name=name, more=more, followers=person.follower_count)


def _words_of_room(room: Room) -> dict[str, str]:
    host = f"{room.creator.display_name} {room.creator.handle}"
    return {"name": folded(room.title), "more": folded(f"{' '.join(room.topics)} {host} {room.description}")}
