"""Keeping the words that search looks through true to people and rooms."""

from collections.abc import Iterable, Iterator

from accounts.models import User
from rooms.models import Room, SearchEntry
from spaces_site.boundary.plain_text import folded

BATCH = 1000


def note_person(*, person: User) -> None:
    """Somebody is new, or is called or says something else. Guests are not found."""
    if person.is_guest:
        return
    _keep(SearchEntry(person=person, **_words_of_person(person)))


def note_room(*, room: Room) -> None:
    """A room is new, or is called something else. Its state is asked when somebody searches."""
    _keep(SearchEntry(room=room, **_words_of_room(room)))


def index_all() -> int:
    """Make every entry anew; returns how many there are."""
    SearchEntry.objects.all().delete()
    count = 0
    for entries in _batches(_all()):
        count += len(SearchEntry.objects.bulk_create(entries))
    return count


def _keep(entry: SearchEntry) -> None:
    of = {"room": entry.room} if entry.room_id else {"person": entry.person}
    SearchEntry.objects.update_or_create(**of, defaults={"name": entry.name, "more": entry.more})


def _all() -> Iterator[SearchEntry]:
    for person in User.objects.filter(is_guest=False).iterator(BATCH):
        yield SearchEntry(person=person, **_words_of_person(person))
    for room in Room.objects.select_related("creator").iterator(BATCH):
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


def _words_of_person(person: User) -> dict[str, str]:
    return {"name": folded(f"{person.display_name} {person.handle}"), "more": folded(person.bio)}


def _words_of_room(room: Room) -> dict[str, str]:
    host = f"{room.creator.display_name} {room.creator.handle}"
    return {"name": folded(room.title), "more": folded(f"{' '.join(room.topics)} {host} {room.description}")}
