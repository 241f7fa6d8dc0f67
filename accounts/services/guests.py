"""Guests: somebody without an account who pressed Listen."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from allauth.core import ratelimit
from allauth.usersessions.models import UserSession
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.models import DeviceToken, User
from accounts.services import devices
from spaces_site.errors import DomainError, Kind

GUEST_LIFETIME = timedelta(hours=24)


class TooManyGuests(DomainError):
    """One address makes guests faster than people press buttons."""

    kind = Kind.RATE_LIMITED
    code = "slow_down"
    text = _("Too many guests from your network just now. Wait a minute, or sign in.")


def ensure_guest(request: HttpRequest, *, now: datetime) -> User:
    """Whoever is signed in, else a new guest signed into this session. Raises TooManyGuests."""
    if request.user.is_authenticated:
        return request.user
    guest = create_guest(request, now=now)
    login(request, guest)
    return guest


def create_guest(request: HttpRequest, *, now: datetime) -> User:
    """A guest named in the reader's language ("Guest 42"), not signed in. Raises TooManyGuests."""
    if not ratelimit.consume(request, action="guest"):
        raise TooManyGuests(retry_after=60)
    # The handle can't be typed in at sign-up (it has a hyphen), so guests take no name from anybody.
    guest = User(
        handle=f"guest-{uuid.uuid4().hex[:20]}",
        display_name=gettext("Guest %(number)d") % {"number": secrets.randbelow(9_999) + 1},
        language=get_language() or "",
        is_guest=True,
        created_at=now,
    )
    guest.set_unusable_password()
    guest.save(force_insert=True)
    return guest


def guest_with_token(request: HttpRequest, *, device_name: str, now: datetime) -> tuple[User, DeviceToken, str]:
    """A guest of an app: (guest, device, secret shown once). Raises TooManyGuests."""
    guest = create_guest(request, now=now)
    device, secret = devices.issue_token(person=guest, name=device_name, now=now)
    return guest, device, secret


def became(*, guest_id: uuid.UUID, person_id: uuid.UUID, session_key: str) -> None:
    """A guest has signed in, or signed up: on commit, what they were in the middle of goes on under their name."""
    told = {"guest_id": guest_id, "person_id": person_id, "session_key": session_key}
    transaction.on_commit(partial(signals.guest_signed_in.send, sender=User, **told))


def forget_guests(*, now: datetime) -> int:
    """Delete guests older than a day who did nothing for a day and are in no room; returns how many."""
    before = now - GUEST_LIFETIME
    old = User.objects.filter(is_guest=True, created_at__lt=before)
    old = old.exclude(pk__in=UserSession.objects.filter(last_seen_at__gte=before).values("user_id"))
    old = old.exclude(pk__in=DeviceToken.objects.filter(last_seen_at__gte=before).values("person_id"))
    forgotten = 0
    for ids in _in_hundreds(old.values_list("pk", flat=True)):
        inside: set[uuid.UUID] = set()
        for _receiver, answer in signals.guests_expiring.send(sender=User, person_ids=ids):
            inside |= cast(set[uuid.UUID], answer)
        forgotten += User.objects.filter(pk__in=set(ids) - inside, is_guest=True).delete()[1].get("accounts.User", 0)
    return forgotten


def _in_hundreds(ids: Iterable[uuid.UUID]) -> Iterable[list[uuid.UUID]]:
    everything = list(ids)
    for start in range(0, len(everything), 100):
        yield everything[start : start + 100]
