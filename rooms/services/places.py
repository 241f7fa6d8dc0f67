"""Holding a room and finding people in it: how every service of a room begins."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q

from accounts.models import User
from rooms import admission, refusals, stage_rules
from rooms.models import Participant, Role, Room, RoomState


def hold_person(*, person: User | AnonymousUser) -> User | AnonymousUser:
    """The person as the database knows them now, held by this transaction: nobody suspends them meanwhile.

    Before the room, as everywhere: two orders could wait for each other. Somebody who is gone is nobody.
    A lock on PostgreSQL; on SQLite the transaction has the write lock from its beginning.
    """
    if isinstance(person, AnonymousUser):
        return person
    return User.objects.select_for_update(no_key=True).filter(pk=person.pk).first() or AnonymousUser()


def hold_room(*, room_id: UUID | str) -> Room:
    """The room, held by this transaction: whoever else changes it waits, on both databases.

    An UPDATE that changes nothing takes the row's lock on PostgreSQL and the write lock on
    SQLite, where `select_for_update` would silently do neither. Raises `NoSuchRoom`.
    """
    key = as_uuid(room_id)
    if key is None or not Room.objects.filter(pk=key).update(seq=F("seq")):
        raise refusals.NoSuchRoom
    return Room.objects.select_related("creator").get(pk=key)


def hold_live_room(*, room_id: UUID | str, actor: User) -> Room:
    """`hold_room`, and raise unless it is live. To whoever may not know of it there is none."""
    room = hold_room(room_id=room_id)
    check_live_for(person=actor, room=room)
    return room


def live_room(*, room_id: UUID | str, actor: User) -> Room:
    """As `hold_live_room`, for those who only read: not held."""
    room = Room.objects.select_related("creator", "media_session").filter(pk=as_id(room_id)).first()
    if room is None:
        raise refusals.NoSuchRoom
    check_live_for(person=actor, room=room)
    return room


def check_live_for(*, person: User, room: Room) -> None:
    """`admission.check_live`; whoever may not know of a room is not told what became of it either."""
    if room.state != RoomState.LIVE:
        admission.check_may_know(person=person, room=room)
    admission.check_live(room=room)


def check_owner(*, person: User, room: Room) -> None:
    """Raises `NotAHost` unless `person` opened the room, or `NoSuchRoom` for whoever may not know of it."""
    admission.check_may_know(person=person, room=room)
    stage_rules.check_owns(person=person, room=room)


def check_host(*, person: User, room: Room) -> None:
    """As `check_owner`; while the room is live its hosts inside may as well."""
    admission.check_may_know(person=person, room=room)
    stage_rules.check_may_change(person=person, place=find_place(person=person, room=room), room=room)


def place_of(*, person: User, room: Room) -> Participant:
    """`person`'s own place in the room.

    Raises `JoinFirst`, `PutOut` for whoever was removed for good, `NeedsTicket` for whoever holds none, or
    `NoSuchRoom` for whoever may not know of it.
    """
    place = find_place(person=person, room=room)
    if place is None:
        admission.check_may_know(person=person, room=room)
        admission.check_not_removed(person=person, room=room)
        admission.check_holds_pass(person=person, room=room)
        raise stage_rules.JoinFirst
    return place


def find_place(*, person: User, room: Room) -> Participant | None:
    """`person`'s place, or None when they are not in the room."""
    return Participant.objects.present().select_related("person").filter(room=room, person=person).first()


def host_in(*, room: Room) -> User | None:
    """Who hosts the room and is in it; None while it waits for its host."""
    place = Participant.objects.present().select_related("person").filter(room=room, role=Role.HOST).first()
    return place.person if place else None


def participant_in(*, room: Room, participant_id: UUID | str) -> Participant:
    """Somebody present in this room, by the participant's or the person's id (names in a roster carry that).

    Raises `NoSuchParticipant`, also for an id of another room, and for hidden listeners: nobody finds
    them by trying the ids of people they know.
    """
    key = as_uuid(participant_id)
    here = Participant.objects.present().select_related("person").filter(room=room, is_hidden=False)
    found = here.filter(Q(pk=key) | Q(person_id=key)).first() if key else None
    if found is None:
        raise stage_rules.NoSuchParticipant
    return found


def participant_ever_in(*, room: Room, participant_id: UUID | str) -> Participant:
    """Like `participant_in`, but also somebody who has left. Raises `NoSuchParticipant`."""
    key = as_uuid(participant_id)
    was_here = Participant.objects.select_related("person").filter(room=room)
    found = was_here.filter(Q(pk=key) | Q(person_id=key)).first() if key else None
    if found is None:
        raise stage_rules.NoSuchParticipant
    return found


def participant_seen_in(*, room: Room, participant_id: UUID | str) -> Participant:
    """`participant_ever_in`, but no hidden listener: for what anybody may do to anybody."""
    found = participant_ever_in(room=room, participant_id=participant_id)
    if found.is_hidden:
        raise stage_rules.NoSuchParticipant
    return found


def as_id(value: UUID | str) -> UUID:
    """An id from the wire; where it cannot be one the nil UUID, which nothing has."""
    return as_uuid(value) or UUID(int=0)


def as_uuid(value: UUID | str) -> UUID | None:
    """An id from the wire, or None when it cannot be one."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        return None
