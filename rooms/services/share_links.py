"""Passing a room on: everybody's own address of it, and counting who came by it without knowing who."""

import secrets
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.services.access import Actor, check_has_account
from rooms import admission, refusals
from rooms.models import Room, ShareLink
from rooms.services import pace

#: Characters of a token: six bytes, so that nobody guesses the address that somebody else passed on.
_TOKEN_BYTES = 6


def make(*, actor: Actor, room_id: UUID) -> None:
    """Give `actor` an address of the room of their own; twice is once.

    Raises NoSuchRoom, SignInFirst, AccountSuspended, PutOut, RoomEnded, RoomCancelled, SlowDown.
    """
    sharer = check_has_account(actor)
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        raise refusals.NoSuchRoom
    admission.check_may_know(person=sharer, room=room)
    admission.check_may_share(person=sharer, room=room)
    if ShareLink.objects.filter(room=room, sharer=sharer).exists():
        return
    pace.check(pace.SHARING, sharer.pk)
    with transaction.atomic():
        token = {"token": secrets.token_urlsafe(_TOKEN_BYTES)}
        ShareLink.objects.get_or_create(room=room, sharer=sharer, defaults=token)


def count_arrival(*, room: Room, person: User, token: str) -> None:
    """Somebody comes into the held room for the first time, by this token: one more, unless it is their own.

    A token of nothing, or of another room, is no reason to keep anybody out.
    """
    others = ShareLink.objects.filter(room=room, token=token).exclude(sharer=person)
    others.update(came=F("came") + 1)
