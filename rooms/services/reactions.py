"""Emoji: counted in the broker, told to everybody, kept by nobody."""

from datetime import datetime
from uuid import UUID

import redis
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import events, restrictions, stage_rules
from rooms.models import Participant, Room
from rooms.protocol import EMOJI, ReactionBatch
from rooms.services import pace, places
from spaces_site.errors import DomainError, Kind

#: The tally of a room outlives it by so long.
TALLY_SECONDS = 24 * 3600


class UnknownEmoji(DomainError):
    """Not one of the six."""

    kind = Kind.INVALID
    code = "unknown_emoji"
    text = _("Choose one of the six reactions.")


def react(*, actor: User, room_id: UUID | str, emoji: str, now: datetime) -> None:
    """Send one of the six emoji to the room: 2 in 5 s and 10 in 2 min a person.

    The hub of each web process adds up what comes within 250 ms.
    """
    if emoji not in EMOJI:
        raise UnknownEmoji(field="emoji")
    room = places.live_room(room_id=room_id, actor=actor)
    stage_rules.check_is_no_guest(person=actor)
    place = places.place_of(person=actor, room=room)
    restrictions.check_may_react(person=place.person, now=now)
    pace.check(pace.REACTIONS, actor.pk)
    _tell(room, place, emoji)


def tally(*, room_id: UUID | str) -> dict[str, int]:
    """How often each emoji was sent in this room; empty without a broker."""
    try:
        counted = events.broker().hgetall(_tally_key(room_id))
    except redis.RedisError:
        return {}
    return {str(emoji): int(count) for emoji, count in counted.items()}


def _tell(room: Room, place: Participant, emoji: str) -> None:
    try:
        with events.broker().pipeline(transaction=True) as pipe:
            pipe.hincrby(_tally_key(room.pk), emoji, 1)
            pipe.expire(_tally_key(room.pk), TALLY_SECONDS)
            pipe.hgetall(_tally_key(room.pk))
            counted = pipe.execute()[-1]
    except redis.RedisError:
        return
    # Hidden listeners react too, but nothing floats from them.
    floats = [] if place.is_hidden else [(str(place.pk), emoji)]
    tally_now = {name: int(count) for name, count in counted.items()}
    events.publish_now(room.pk, ReactionBatch(counts={emoji: 1}, floats=floats, tally=tally_now))


def _tally_key(room_id: UUID | str) -> str:
    return f"spaces:room:{room_id}:tally"
