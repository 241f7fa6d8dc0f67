"""What rooms do when the accounts below say something."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import Restriction, User
from accounts.queries.shared import SharedRoom
from accounts.signals import (
    bells_changed,
    guest_signed_in,
    guests_expiring,
    person_blocked,
    person_restricted,
    person_suspended,
    person_unsuspended,
    post_deleted,
    profile_changed,
    room_cards_wanted,
    session_ended,
    sight_changed,
    ties_changed,
)
from rooms import events
from rooms.models import Participant, Room
from rooms.models.room import RoomState
from rooms.queries.shared import shared_rooms
from rooms.services import enforcement, entry, pins, removals, search_index


@receiver(session_ended)
def close_its_sockets(person_id: UUID, session_key: str, **kwargs: Any) -> None:
    """A session or an app's token is over: so are its places in rooms, their sound, and its websockets."""
    events.tell_session_ended(person_id=person_id, session=session_key)
    entry.leave_session(person_id=person_id, session=session_key, now=timezone.now())


@receiver(person_suspended)
def close_all_sockets(person_id: UUID, **kwargs: Any) -> None:
    """An account is switched off: its sockets close whatever else fails, and nothing of it stays in any room."""
    events.tell_session_ended(person_id=person_id, session="")
    entry.leave_everywhere(person_id=person_id, now=timezone.now())


@receiver(person_suspended)
def take_their_words_off_the_walls(person_id: UUID, **kwargs: Any) -> None:
    """An account is switched off: what it said leaves the walls of live rooms."""
    pins.look_again(author_id=person_id, now=timezone.now())


@receiver(person_restricted)
def look_at_the_person_anew(person_id: UUID, note: Mapping[str, str], **kwargs: Any) -> None:
    """Staff switched something off for somebody, or on again."""
    enforcement.look_again(person_id=person_id, note=note, now=timezone.now())


@receiver(person_restricted)
def look_at_their_words_anew(person_id: UUID, restriction: Restriction, **kwargs: Any) -> None:
    """The same about what they said: on which walls it stands, and for whom."""
    if restriction == Restriction.LIMITED:
        pins.look_again(author_id=person_id, now=timezone.now())


@receiver(person_unsuspended)
def show_their_words_again(person_id: UUID, **kwargs: Any) -> None:
    """A suspension ended: what still stands pinned is shown again."""
    pins.look_again(author_id=person_id, now=timezone.now())


@receiver(person_blocked)
def put_blocked_person_out(blocker_id: UUID, blocked_id: UUID, **kwargs: Any) -> None:
    """Somebody blocked somebody: not in my rooms, from this moment on."""
    removals.put_out_blocked(blocker_id=blocker_id, blocked_id=blocked_id, now=timezone.now())


@receiver(sight_changed)
def hide_their_words_from_each_other(person_ids: tuple[UUID, UUID], **kwargs: Any) -> None:
    """A block came between two people, or went: on a wall neither sees what the other said, or both do again."""
    pins.look_again_between(person_ids=person_ids, now=timezone.now())


@receiver(post_deleted)
def take_its_pins_down(**kwargs: Any) -> None:
    """A post is gone: so it is from the walls of live rooms."""
    pins.posts_gone(now=timezone.now())


@receiver(ties_changed)
def compare_their_rings(person_ids: tuple[UUID, UUID], **kwargs: Any) -> None:
    """A follow or a block came or went: the rings of the two, on pages that are open, go by it at once."""
    events.tell_ties_changed(person_ids=person_ids)


@receiver(ties_changed)
def find_them_by_their_followers(person_ids: tuple[UUID, UUID], **kwargs: Any) -> None:
    """The same for search, which goes by how many follow somebody."""
    search_index.note_followers(person_ids=person_ids)


#: Fields of people and rooms that search looks through.
_WORDS = {"display_name", "handle", "bio", "title", "topics", "description"}


@receiver(post_save, sender=User)
def find_the_person_by_their_words(instance: User, update_fields: Collection[str] | None, **kwargs: Any) -> None:
    """Somebody is new, or called something else."""
    if update_fields is None or _WORDS.intersection(update_fields):
        search_index.note_person(person_id=instance.pk)


@receiver(profile_changed)
def find_the_person_by_their_new_words(person: User, **kwargs: Any) -> None:
    """Somebody changed their profile."""
    search_index.note_person(person_id=person.pk)


@receiver(post_save, sender=Room)
def find_the_room_by_its_words(instance: Room, update_fields: Collection[str] | None, **kwargs: Any) -> None:
    """A room is new, or called something else."""
    if update_fields is None or _WORDS.intersection(update_fields):
        search_index.note_room(room=instance)


@receiver(guest_signed_in)
def keep_the_place_of_a_guest(guest_id: UUID, person_id: UUID, session_key: str, **kwargs: Any) -> None:
    """A guest signed in: the room stays open and the sound goes on, now under their name."""
    entry.hand_places_over(guest_id=guest_id, person_id=person_id, session=session_key, now=timezone.now())


@receiver(guests_expiring)
def keep_guests_who_listen(person_ids: list[UUID], **kwargs: Any) -> set[UUID]:
    """Those guests who are in a live room now: they are not forgotten yet."""
    inside = Participant.objects.present().filter(room__state=RoomState.LIVE, person_id__in=person_ids)
    return set(inside.values_list("person_id", flat=True))


@receiver(bells_changed)
def ring_the_bells(people_ids: set[UUID], **kwargs: Any) -> None:
    """People were told something, or have read something: pages that are open show another number."""
    events.tell_bells_changed(people_ids=people_ids)


@receiver(room_cards_wanted)
def draw_cards(room_ids: set[UUID], viewer: User | AnonymousUser, **kwargs: Any) -> dict[UUID, SharedRoom]:
    """A post or a message shares these rooms: as they are now, for whoever looks."""
    return shared_rooms(room_ids=room_ids, viewer=viewer)
