"""How people, places and rooms are told on the wire and on pages: one shape each."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import Restriction, User
from accounts.models.user import avatar_path
from rooms import restrictions, stage_rules
from rooms.models import (
    Invitation,
    InvitedTo,
    Participant,
    PersonalMute,
    Role,
    Room,
    RoomState,
    SpeakRequest,
    WhoMaySpeak,
)
from rooms.protocol import Hand, InvitationCard, PersonCard, StagePerson, You
from rooms.queries import allowed

#: States as the API names them.
STATE_NAMES = {
    RoomState.SCHEDULED: "scheduled",
    RoomState.LIVE: "live",
    RoomState.ENDED: "ended",
    RoomState.CANCELLED: "canceled",
}


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, as everywhere on the wire."""
    return moment.isoformat().replace("+00:00", "Z")


#: What `person_card` reads of a person.
_CARD_FIELDS = ("handle", "display_name", "avatar", "is_verified", "is_guest")


def card_fields(path: str) -> list[str]:
    """What must be loaded of the person at `path` for a card, for `only`: lists of hundreds are read by every join."""
    return [path, *(f"{path}__{name}" for name in _CARD_FIELDS)]


#: The columns of `card_of_row`, for `values_list`.
_COLUMNS = ("id", *_CARD_FIELDS)


def card_columns(path: str) -> list[str]:
    """The columns of the person at `path` that make a card: lists that need nothing else load no objects."""
    return [f"{path}__{name}" for name in _COLUMNS]


def card_of_row(row: Sequence[Any]) -> PersonCard:
    """What everybody may see of a person, from `card_columns`."""
    person_id, handle, name, avatar, is_verified, is_guest = row
    return PersonCard(
        id=str(person_id),
        handle=handle,
        name=name or handle,
        avatar=avatar_path(person_id, avatar),
        verified=is_verified,
        guest=is_guest,
    )


def person_card(person: User) -> PersonCard:
    """What everybody may see of a person."""
    return PersonCard(
        id=str(person.pk),
        handle=person.handle,
        name=person.display_name or person.handle,
        avatar=person.avatar_url,
        verified=person.is_verified,
        guest=person.is_guest,
    )


def stage_person(place: Participant) -> StagePerson:
    """One tile of the stage; `place.person` is loaded."""
    return StagePerson(
        participant=str(place.pk),
        person=person_card(place.person),
        role=Role(place.role).name.lower(),
        muted=place.muted,
        muted_by=str(place.muted_by_id) if place.muted_by_id else None,
        connected=place.disconnected_at is None,
        since=timestamp(place.stage_joined_at or place.joined_at),
    )


def hand_card(request: SpeakRequest) -> Hand:
    """One hand of the queue; `request.participant.person` is loaded."""
    place = request.participant
    offered = request.offered_at
    return Hand(
        id=str(request.pk),
        participant=str(place.pk),
        person=person_card(place.person),
        state=request.state.lower(),
        raised_at=timestamp(request.raised_at),
        first_time=place.stage_joined_at is None,
        invited=request.invited,
        expires_at=timestamp(stage_rules.offer_ends(offered)) if offered else None,
    )


def invitation_card(invitation: Invitation) -> InvitationCard:
    """One invitation; `invitation.person` and `invitation.by` are loaded."""
    return InvitationCard(
        id=str(invitation.pk),
        room_id=str(invitation.room_id),
        kind=invitation.kind.lower(),
        state=invitation.state.lower(),
        person=person_card(invitation.person),
        by=person_card(invitation.by) if invitation.by else None,
        invited_at=timestamp(invitation.invited_at),
    )


def you(*, room: Room, place: Participant) -> You:
    """Somebody's own place, with the commands that would be allowed now; four queries at most."""
    return yous(room=room, places=[place])[0]


def yous(*, room: Room, places: Collection[Participant]) -> list[You]:
    """The own place of each of these people in one room, in three queries; `place.person` is loaded.

    Where only those may ask whom the creator follows, there is one query more for each listener.
    """
    here, people = [place.pk for place in places], [place.person_id for place in places]
    hands = dict(SpeakRequest.objects.open().filter(participant__in=here).values_list("participant_id", "state"))
    invitations = Invitation.objects.standing().filter(room=room, person_id__in=people)
    invited = dict(invitations.values_list("person_id", "kind"))
    silenced = defaultdict(list)
    mutes = PersonalMute.objects.filter(room=room, listener_id__in=people)
    for listener_id, silenced_id in mutes.values_list("listener_id", "silenced_id"):
        silenced[listener_id].append(str(silenced_id))
    now = timezone.now()
    return [
        You(
            participant=str(place.pk),
            person=person_card(place.person),
            role=Role(place.role).name.lower(),
            muted=place.muted,
            hidden=place.is_hidden,
            device=place.device,
            can=_can(
                room,
                place,
                hand=hands.get(place.pk, ""),
                invited=invited.get(place.person_id, ""),
                own_mix=place.person_id in silenced,
                now=now,
            ),
            invited=_shown(place, invited.get(place.person_id, ""), now).lower(),
            silenced=silenced[place.person_id],
        )
        for place in places
    ]


def _shown(place: Participant, invited: str, now: datetime) -> str:
    """A standing invitation to speak is shown again once staff's measure against its person is over."""
    off = restrictions.is_off(person=place.person, restriction=Restriction.NO_MICROPHONE, now=now)
    return "" if off and invited == InvitedTo.SPEAK else invited


def _can(room: Room, place: Participant, *, hand: str, invited: str, own_mix: bool, now: datetime) -> list[str]:
    """The commands that would be allowed now."""
    asks_host = room.who_may_speak == WhoMaySpeak.FOLLOWED and place.role == Role.LISTENER
    standing = allowed.Standing(
        room=room,
        place=place,
        hand="" if stage_rules.is_on_stage(place) else hand,
        followed=asks_host and stage_rules.is_followed_by_creator(room=room, person_id=place.person_id),
        invited=invited,
        own_mix=own_mix,
    )
    off = restrictions.switched_off(person=place.person, now=now)
    return [one for one in allowed.allowed_commands(standing) if one not in off]


def closed_reason(room: Room) -> str:
    """Why the moderation team closed the room, in the reader's language; empty when it did not, or did not say."""
    return str(room.closed_note.get((get_language() or "en")[:2]) or room.closed_note.get("en", ""))


def room_fields(room: Room) -> dict[str, Any]:
    """A room's public fields, as `snapshot` and `state.changed` carry them; `room.creator` is loaded."""
    return {
        "id": str(room.pk),
        "title": room.title,
        "description": room.description,
        "lang": room.language,
        "topics": list(room.topics),
        "state": STATE_NAMES[RoomState(room.state)],
        "is_official": room.is_official,
        "creator": asdict(person_card(room.creator)),
        "who_may_speak": room.who_may_speak.lower(),
        "guests_allowed": room.guests_allowed,
        "hidden_allowed": room.hidden_allowed,
        "hands_open": room.hands_open,
        "mics_locked": room.mics_locked,
        "entry_age_hours": room.entry_age_hours,
        "entry_followers": room.entry_followers,
        "entry_approval": room.entry_approval,
        "stage_limit": room.stage_limit,
        "scheduled_start": timestamp(room.scheduled_start) if room.scheduled_start else None,
        "started_at": timestamp(room.started_at) if room.started_at else None,
        "ended_at": timestamp(room.ended_at) if room.ended_at else None,
        "end_reason": room.end_reason,
        "closed_reason": closed_reason(room),
    }
