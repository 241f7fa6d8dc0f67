"""All that a client without our pages needs in order to begin: place, socket, sound, snapshot."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils.crypto import salted_hmac

from accounts.models import User
from rooms import admission
from rooms.protocol import HEARTBEAT_SECONDS, MediaInfo, Snapshot
from rooms.queries.roster import SpeakerWarning, blocked_speaker
from rooms.services import entry, places, snapshots, tickets


@dataclass(frozen=True, slots=True)
class Arrival:
    """Come in, or `elsewhere`: another device holds the place, and all but the first three are None.

    `ticket` opens one websocket within 30 s, on which `device` need not be named again.
    """

    participant: str
    elsewhere: bool
    device: str
    socket_url: str | None = None
    ticket: str | None = None
    snapshot: Snapshot | None = None
    warnings: tuple[SpeakerWarning, ...] = ()
    media: MediaInfo | None = None
    heartbeat_s: int = HEARTBEAT_SECONDS


def arrive(
    *,
    actor: User | AnonymousUser,
    room_id: UUID | str,
    device: str,
    hidden: bool,
    move: bool,
    origin: str,
    session: str,
    share: str = "",
    now: datetime,
) -> Arrival:
    """Join (or `move` one's place here) and say where everything is.

    Who names no `device` has that of their `session`, the same each time. `origin` is the site as the client
    sees it (https://host); the end of `session` is the end of the place and of the websocket that the ticket
    opens; `share` is the token of a shared address. Raises as `entry.join_room` does.
    """
    device = device or _device_of(session)
    if move:
        joined = entry.move_here(actor=actor, room_id=room_id, device=device, session=session, now=now)
    else:
        joined = entry.join_room(
            actor=actor, room_id=room_id, device=device, hidden=hidden, session=session, share=share, now=now
        )
    participant = str(joined.participant_id)
    if joined.elsewhere or isinstance(actor, AnonymousUser):
        return Arrival(participant, elsewhere=True, device=device)
    told = snapshots.snapshot(room_id=room_id, viewer=actor, now=now)
    return Arrival(
        participant,
        elsewhere=False,
        device=device,
        socket_url=tickets.socket_url(room_id=room_id, origin=origin),
        ticket=tickets.issue_ticket(person=actor, room_id=room_id, session=session, device=device, now=now),
        snapshot=told,
        warnings=_warnings(told),
        media=told.media,
    )


def ticket_again(*, actor: User, room_id: UUID | str, session: str, now: datetime) -> str:
    """A ticket for one more websocket of the device that `session` has in this room, or would join with.

    Raises as `entry.join_room` does, and as `tickets.issue_ticket`.
    """
    room = places.live_room(room_id=room_id, actor=actor)
    admission.check_may_join(person=actor, room=room, now=now)
    place = places.find_place(person=actor, room=room)
    device = place.device if place and place.session == session else ""
    device = device or _device_of(session)
    return tickets.issue_ticket(person=actor, room_id=room_id, session=session, device=device, now=now)


def _device_of(session: str) -> str:
    """The key of whoever names none: one sign-in is one device. It tells nothing of the session's own key."""
    return f"app-{salted_hmac('rooms.device', session).hexdigest()[:32]}"


def _warnings(told: Snapshot) -> tuple[SpeakerWarning, ...]:
    """What somebody should know before they listen: people on stage whom they blocked."""
    return tuple(blocked_speaker(one.person) for one in told.stage if one.person.id in told.blocked)
