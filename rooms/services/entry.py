"""Coming in and going out: one place per person and room, held by one device at a time."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Restriction, User
from rooms import admission, events, media_gateway, refusals, restrictions
from rooms.models import Participant, Role, Room, RoomState
from rooms.models.participant import ParticipantQuerySet
from rooms.protocol import DeviceMoved, SpeakerJoined, SpeakerMuted
from rooms.queries import cards
from rooms.services import pace, places, presence, share_links, succession, telling
from rooms.services.seats import out
from rooms.stage_rules import is_on_stage
from spaces_site.errors import DomainError, Kind

#: What a device may call itself: it stands in grants and in the broker beside colons and spaces.
DEVICE_PATTERN = r"^[A-Za-z0-9_-]{1,64}\Z"


class BadDevice(DomainError):
    """The device key is not of the agreed form."""

    kind = Kind.INVALID
    code = "bad_device"
    text = _("The device key must be 1 to 64 letters, digits, hyphens or underscores.")


@dataclass(frozen=True, slots=True)
class Joined:
    """The place taken. `elsewhere`: another live device holds it, so ask "move here" or "stay there"."""

    participant_id: UUID
    elsewhere: bool


def check_device(*, device: str) -> None:
    """Raises `BadDevice` for a key that is not of the agreed form."""
    if not re.match(DEVICE_PATTERN, device):
        raise BadDevice(field="device")


def join_room(
    *,
    actor: User | AnonymousUser,
    room_id: UUID | str,
    device: str,
    hidden: bool = False,
    session: str = "",
    share: str = "",
    now: datetime,
) -> Joined:
    """Come in as a listener, or back to one's own place. Joining twice is joining once.

    `device` is the client's own key of this tab or app, empty where a page has none yet; `session` names
    the sign-in that it came with, whose end is the end of the place; `share` is the token of the shared
    address that one came by, which counts who comes for the first time and is seen. Nothing changes when another device
    that is there now holds the place. Raises `BadDevice`, and what `admission.check_may_join` and
    `check_may_hide` raise.
    """
    if device:
        check_device(device=device)
    with transaction.atomic():
        actor = places.hold_person(person=actor)
        room = places.hold_room(room_id=room_id)
        person = _checked(actor, room, now)
        if hidden:
            admission.check_may_hide(room=room)
        place = Participant.objects.select_related("person").filter(room=room, person=person).first()
        # Who comes hidden is in no number either: a link that went to one friend would tell on them.
        if place is None and share and not hidden:
            share_links.count_arrival(room=room, person=person, token=share)
        if place is None or place.left_at is not None:
            place = _come_in(room, person, place, device, hidden, now)
        elif device != place.device and device:
            if place.device and place.disconnected_at is None:
                return Joined(place.pk, elsewhere=True)
            _take_over(room, place, device, now)
        if device == place.device:
            _belongs_to(place, session)
        media_gateway.ensure_session_on_commit(room.pk)
    return Joined(place.pk, elsewhere=False)


def move_here(
    *, actor: User | AnonymousUser, room_id: UUID | str, device: str, session: str = "", now: datetime
) -> Joined:
    """Take one's own place over from the other device, which is told and silenced.

    A microphone never opens by itself: on stage the person is muted. Raises as `join_room` does.
    """
    check_device(device=device)
    with transaction.atomic():
        actor = places.hold_person(person=actor)
        room = places.hold_room(room_id=room_id)
        place = places.place_of(person=_checked(actor, room, now), room=room)
        if place.device != device:
            _take_over(room, place, device, now)
        _belongs_to(place, session)
        media_gateway.ensure_session_on_commit(room.pk)
    return Joined(place.pk, elsewhere=False)


def leave_room(*, actor: User, room_id: UUID | str, now: datetime, device: str = "") -> None:
    """Go out. Nothing happens when one is not in, or when another device holds the place."""
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        if not _leave(actor, room, device, now):
            admission.check_may_know(person=actor, room=room)


def _leave(actor: User, room: Room, device: str, now: datetime) -> bool:
    """False when they were not in the held room."""
    place = places.find_place(person=actor, room=room)
    if place is not None and not (device and place.device and place.device != device):
        out(room=room, place=place, now=now)
        if place.role == Role.HOST and room.host_lost_at is None:
            succession.host_left(room=room, now=now)
    return place is not None


def leave_session(*, person_id: UUID, session: str, now: datetime) -> None:
    """A sign-in is over: its device goes out of every live room, sound included."""
    _leave_all(Participant.objects.filter(person_id=person_id, session=session), now)


def leave_everywhere(*, person_id: UUID, now: datetime) -> None:
    """Somebody was switched off: they go out of every live room, stage and sound included."""
    _leave_all(Participant.objects.filter(person_id=person_id), now)


def _leave_all(places_held: ParticipantQuerySet, now: datetime) -> None:
    for place in places_held.present().filter(room__state=RoomState.LIVE).select_related("person"):
        with transaction.atomic():
            _leave(place.person, places.hold_room(room_id=place.room_id), "", now)


def hand_places_over(*, guest_id: UUID, person_id: UUID, session: str, now: datetime) -> None:
    """A guest turned out to be this person: their places in live rooms are the person's from now on.

    `session` is the new sign-in. Where the person may not be, the guest's place ends as well.
    """
    held = Participant.objects.present().filter(person_id=guest_id, room__state=RoomState.LIVE)
    for place_id, room_id in held.values_list("pk", "room_id"):
        with transaction.atomic():
            person = User.objects.select_for_update(no_key=True).get(pk=person_id)
            room = places.hold_room(room_id=room_id)
            place = Participant.objects.present().select_related("person").filter(pk=place_id).first()
            if place is not None:
                _hand_over(room, place, person, session, now)


def connection_changed(
    *, participant_id: UUID | str, device: str, connected: bool, now: datetime, socket: str | None = None
) -> None:
    """A device came or went: its websocket when `socket` names one, else its media leg.

    Name sockets "<web process>:<unique>". Reports of a device that does not hold the place, or of
    somebody who left, are nothing. Listeners cost one UPDATE and do not wait for the room.
    """
    key = places.as_uuid(participant_id)
    if key is None:
        return
    mine = Participant.objects.present().filter(pk=key, device=device)
    with transaction.atomic():
        place = mine.first()
        if place is None:
            return
        # Held by an UPDATE, as everywhere: the room on stage, the own row in the audience.
        room = places.hold_room(room_id=place.room_id) if is_on_stage(place) else None
        if room is None:
            mine.update(device=device)
        place = mine.first()
        if place is None:
            return
        if room is None:
            presence.set_connection(place, connected=connected, socket=socket, now=now)
        else:
            _stage_connection(room, place, connected, socket, now)


def _hand_over(room: Room, place: Participant, person: User, session: str, now: datetime) -> None:
    try:
        admission.check_may_join(person=person, room=room, now=now)
    except DomainError:
        out(room=room, place=place, now=now)
        return
    if room.creator_id != person.pk and not Participant.objects.filter(room=room, person=person).exists():
        # The same row: grants and streams name the participant, so the sound does not even pause.
        Participant.objects.filter(pk=place.pk).update(person=person, session=session)
        telling.count_on_commit(room_id=room.pk)
        return
    # A host, or somebody who was here before, has a row and a role of their own to come back to.
    device, hidden = place.device, place.is_hidden and room.hidden_allowed
    out(room=room, place=place, now=now)
    join_room(actor=person, room_id=room.pk, device=device, hidden=hidden, session=session, now=now)


def _stage_connection(room: Room, place: Participant, connected: bool, socket: str | None, now: datetime) -> None:
    was_here = place.disconnected_at is None
    here = presence.set_connection(place, connected=connected, socket=socket, now=now)
    if here != was_here and is_on_stage(place):
        presence.tell_connection(room=room, place=place, connected=here, now=now)
    if here and place.role == Role.HOST:
        succession.host_came_back(room=room, now=now)


def _checked(actor: User | AnonymousUser, room: Room, now: datetime) -> User:
    """The actor, who may be in this room."""
    admission.check_may_join(person=actor, room=room, now=now)
    if isinstance(actor, AnonymousUser):
        raise refusals.SignInFirst
    return actor


def _come_in(
    room: Room, person: User, place: Participant | None, device: str, hidden: bool, now: datetime
) -> Participant:
    pace.check(pace.JOINING, person.pk)
    place = place or Participant(room=room, person=person)
    place.role = _role_on_entry(room, place, now)
    place.is_hidden = hidden and place.role == Role.LISTENER
    place.muted, place.muted_by = True, None
    place.device, place.session, place.socket, place.media_connected = device, "", "", False
    place.joined_at, place.left_at, place.disconnected_at = now, None, now
    if place.role != Role.LISTENER:
        place.stage_joined_at = now
    place.save()
    if is_on_stage(place):
        events.announce(room_id=room.pk, event=SpeakerJoined(speaker=cards.stage_person(place)), at=now)
        telling.warn_blockers(room=room, place=place)
        media_gateway.nudge_on_commit(room.pk)
    telling.count_on_commit(room_id=room.pk)
    return place


def _role_on_entry(room: Room, place: Participant, now: datetime) -> Role:
    """A host who comes back is host again; the creator whose room was passed on, a co-host, else a speaker.

    Nobody for whom staff switched that off meanwhile.
    """
    if place.role != Role.HOST and place.person_id != room.creator_id:
        return Role.LISTENER
    if restrictions.is_off(person=place.person, restriction=Restriction.NO_HOSTING, now=now):
        return Role.LISTENER
    stage = Participant.objects.on_stage().filter(room=room)
    if not stage.filter(role=Role.HOST).exists():
        return Role.HOST
    no_microphone = restrictions.is_off(person=place.person, restriction=Restriction.NO_MICROPHONE, now=now)
    if no_microphone or stage.count() >= room.stage_limit:
        return Role.LISTENER
    cohosts = stage.filter(role=Role.CO_HOST).count()
    return Role.CO_HOST if cohosts < settings.CO_HOST_LIMIT else Role.SPEAKER


def _belongs_to(place: Participant, session: str) -> None:
    """The sign-in that the device came with last: it changes with each new one on the same device."""
    if session and place.session != session:
        place.session = session
        place.save(update_fields=["session"])


def _take_over(room: Room, place: Participant, device: str, now: datetime) -> None:
    old, place.device = place.device, device
    was_open = not place.muted
    was_here = place.disconnected_at is None
    place.muted, place.socket, place.media_connected, place.disconnected_at = True, "", False, now
    place.save(update_fields=["device", "muted", "socket", "media_connected", "disconnected_at"])
    if was_open:
        muted = SpeakerMuted(participant=str(place.pk), by=str(place.person_id))
        events.announce(room_id=room.pk, event=muted, at=now)
    if is_on_stage(place) and was_here:
        presence.tell_connection(room=room, place=place, connected=False, now=now)
    if old:
        media_gateway.revoke_on_commit(place.pk, room_id=room.pk, device=old)
        events.tell_person_on_commit(room_id=room.pk, person_id=place.person_id, event=DeviceMoved(device=device))
    media_gateway.nudge_on_commit(room.pk)
