"""Keeping the words that search looks through true to people and rooms."""

from collections.abc import Iterable, Iterator
from typing import TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from rooms.models import Room, RoomState, SearchEntry
from spaces_site.boundary.plain_text import folded

_Row = TypeVar("_Row", bound=Model)

BATCH = 1000
#: Rooms in these states are found.
FOUND = (RoomState.LIVE, RoomState.SCHEDULED)


def note_person(*, person_id: UUID) -> None:
    """Somebody is new, or is called or says something else: so do the rooms that name them. Guests are not found.

    Read anew and held, since whoever tells of a change may know the person from before another one.
    """
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).filter(pk=person_id, is_guest=False).first()
        if person is None:
            return
        words = _words_of_person(person)
        begun = words | {"followers": person.follower_count}
        SearchEntry.objects.update_or_create(person=person, defaults=words, create_defaults=begun)
        own = Room.objects.filter(creator_id=person_id, state__in=FOUND).select_related("creator").order_by("pk")
        for room in own.select_for_update(no_key=True, of=("self",)):
            note_room(room=room)


def note_followers(*, person_ids: Iterable[UUID]) -> None:
    """Somebody follows one of these, or no longer."""
    count = User.objects.filter(pk=OuterRef("person_id")).values("follower_count")
    # One by one: follows that end at one time would wait for each other's rows in a circle.
    for person_id in person_ids:
        SearchEntry.objects.filter(person=person_id).update(followers=Subquery(count))


def note_room(*, room: Room) -> None:
    """A room is new, or is called something else. Whether it is live or to come is asked when somebody searches."""
    if room.state in FOUND:
        SearchEntry.objects.update_or_create(room=room, defaults=_words_of_room(room))


def forget_room(*, room_id: UUID) -> None:
    """A room is over, or will never be: nobody finds it any more, and it stands in no search's way."""
    SearchEntry.objects.filter(room=room_id).delete()


def index_all() -> int:
    """Make every entry anew, a thousand at a time so that search goes on meanwhile; returns how many there are."""
    SearchEntry.objects.filter(Q(person__is_guest=True) | Q(room__isnull=False) & ~Q(room__state__in=FOUND)).delete()
    for people in _by_thousands(User.objects.filter(is_guest=False)):
        _keep("person", [SearchEntry(person=one, **_words_of_person(one)) for one in people])
        note_followers(person_ids=[one.pk for one in people])
    for rooms in _by_thousands(Room.objects.filter(state__in=FOUND).select_related("creator")):
        _keep("room", [SearchEntry(room=one, **_words_of_room(one)) for one in rooms])
    with connection.cursor() as cursor:
        # Plans go by what is known of the words.
        cursor.execute(f"ANALYZE {SearchEntry._meta.db_table}")
    return SearchEntry.objects.count()


def _by_thousands(rows: QuerySet[_Row]) -> Iterator[list[_Row]]:
    """Rows in the order of their ids, each thousand held while it is looked at: nobody changes its words meanwhile."""
    last = None
    while True:
        with transaction.atomic():
            after = rows if last is None else rows.filter(pk__gt=last)
            batch = list(after.select_for_update(no_key=True, of=("self",)).order_by("pk")[:BATCH])
            if not batch:
                return
            yield batch
        last = batch[-1].pk


def _keep(of: str, entries: list[SearchEntry]) -> None:
    SearchEntry.objects.bulk_create(entries, update_conflicts=True, unique_fields=[of], update_fields=["name", "more"])


def _words_of_person(person: User) -> dict[str, str]:
    return {"name": folded(f"{person.display_name} {person.handle}"), "more": folded(person.bio)}


def _words_of_room(room: Room) -> dict[str, str]:
    host = f"{room.creator.display_name} {room.creator.handle}"
    return {"name": folded(room.title), "more": folded(f"{' '.join(room.topics)} {host} {room.description}")}
