"""Speaking without a browser: RFC 9725 (WHIP). The offer goes to the room's media node."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import grants, media_gateway, stage_rules
from rooms.models import Participant
from rooms.services import places, playback
from spaces_site.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class Published:
    """The answer to an offer; `resource` names the connection for DELETE."""

    sdp: str
    resource: str


class SpeakGrantNeeded(DomainError):
    """Neither somebody signed in nor a media grant."""

    kind = Kind.UNAUTHENTICATED
    code = "sign_in_first"
    text = _("Send the token of a device, or a media grant of this room, as Bearer.")


def media_grant(*, actor: User, room_id: UUID, now: datetime) -> str:
    """A grant of 60 s for a WHIP client, for somebody on stage or with a hand up."""
    place = _place(actor, room_id)
    return playback.speak_grant(person_id=actor.pk, room_id=room_id, device=place.device, now=now)


def publish(*, actor: User | AnonymousUser, bearer: str, room_id: UUID, sdp: str, now: datetime) -> Published:
    """Answer a WHIP offer of somebody signed in, or of the holder of a media grant.

    Raises `NotOnStage`, `grants.GrantRefused`, and what `media_gateway.offer` raises.
    """
    if isinstance(actor, AnonymousUser):
        told = grants.verify(_shown(bearer), room_id=str(room_id), kind=grants.GrantKind.SPEAK, now=now)
        # The node asks again, for the stage; whoever left or was shut out meanwhile need not get so far.
        if not Participant.objects.present().filter(pk=told.participant, device=told.device).exists():
            raise playback.NotOnStage
        grant, device, participant = bearer, told.device, told.participant
    else:
        grant, device, participant = _own_grant(actor, room_id, now)
    answer = async_to_sync(media_gateway.offer)(room_id, grant, sdp, device)
    return Published(sdp=answer.sdp, resource=participant)


def unpublish(*, actor: User | AnonymousUser, bearer: str, room_id: UUID, resource: str, now: datetime) -> None:
    """Close the connection (WHIP's DELETE). Somebody else's, or none, is `NoSuchParticipant`.

    A grant that has run out still closes what it opened.
    """
    if isinstance(actor, AnonymousUser):
        told = grants.read(_shown(bearer), room_id=str(room_id), kind=grants.GrantKind.SPEAK, now=now)
        grant, participant = bearer, told.participant
    else:
        grant, _device, participant = _own_grant(actor, room_id, now)
    if participant != resource:
        raise stage_rules.NoSuchParticipant
    media_gateway.close_leg(room_id, grant)


def _shown(bearer: str) -> str:
    if not bearer:
        raise SpeakGrantNeeded
    return bearer


def _own_grant(actor: User, room_id: UUID, now: datetime) -> tuple[str, str, str]:
    """Grant, device and participant id of somebody signed in who is in the room."""
    place = _place(actor, room_id)
    grant = playback.speak_grant(person_id=actor.pk, room_id=room_id, device=place.device, now=now)
    return grant, place.device, str(place.pk)


def _place(actor: User, room_id: UUID) -> Participant:
    return places.place_of(person=actor, room=places.live_room(room_id=room_id, actor=actor))
