"""Where somebody is signed in: browsers by session, apps by token; one list, each revocable at once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.models import DeviceToken, PushDevice, User
from spaces_site.boundary.plain_text import plain_line
from spaces_site.errors import DomainError, Kind

SEEN_EVERY = timedelta(minutes=1)
#: Where the session of an app's sign-in keeps the id of the token that came of it.
DEVICE_OF_SESSION = "device_token"
#: Sessions of which a process remembers when it noted them last.
MOST_REMEMBERED = 20_000

#: Web session → when this process noted it, and from where.
_noted: dict[str, tuple[datetime, tuple[str, str]]] = {}


class NoSuchDevice(DomainError):
    """Not in the person's list: never there, or revoked already."""

    kind = Kind.NOT_FOUND
    code = "no_such_device"
    text = _("This device is not in your list any more.")


def issue_token(*, person: User, name: str, now: datetime) -> tuple[DeviceToken, str]:
    """A new device and its secret, which is shown once and stored as SHA-256 only."""
    secret = secrets.token_urlsafe(32)
    device = DeviceToken.objects.create(
        person=person,
        token_hash=_hash(secret.encode()),
        name=plain_line(name)[:100],
        created_at=now,
        last_seen_at=now,
    )
    return device, secret


def person_with_token(*, secret: bytes, now: datetime) -> tuple[User, DeviceToken] | None:
    """Who holds this token, or None: unknown, revoked, or a person who was switched off."""
    device = DeviceToken.objects.select_related("person").filter(token_hash=_hash(secret)).first()
    if device is None or not device.person.is_active:
        return None
    if now - device.last_seen_at >= SEEN_EVERY:
        DeviceToken.objects.filter(pk=device.pk, last_seen_at=device.last_seen_at).update(last_seen_at=now)
    return device.person, device


def note_session(*, person: User, session_key: str, address: str, user_agent: str, now: datetime) -> None:
    """A browser is there: written down once a minute for each process, and when it comes from elsewhere.

    Reading a page would be a write otherwise, and on SQLite wait for every other writer.
    """
    place = (address, user_agent)
    noted_at, noted_place = _noted.get(session_key, (None, None))
    if noted_at is not None and noted_place == place and now - noted_at < SEEN_EVERY:
        return
    seen = {"user": person, "ip": address, "user_agent": user_agent, "last_seen_at": now}
    if not UserSession.objects.filter(session_key=session_key).update(**seen):
        UserSession.objects.get_or_create(session_key=session_key, defaults=seen)
    if len(_noted) >= MOST_REMEMBERED:
        _noted.clear()
    _noted[session_key] = (now, place)


def revoke(*, actor: User, device_id: str) -> None:
    """End one device of the list: `device_id` as in `queries.devices`, or what a device called itself for pushes.

    Raises NoSuchDevice.
    """
    kind, _colon, key = device_id.partition(":")
    if kind == "session" and key.isdecimal() and len(key) < 19:
        ended = _end_sessions(person_id=actor.pk, only=int(key))
    elif kind == "device" and _is_uuid(key):
        ended = _end_tokens(person_id=actor.pk, only=UUID(key))
    else:
        ended = PushDevice.objects.filter(person_id=actor.pk, installation=device_id).delete()[0]
    if not ended:
        raise NoSuchDevice


def revoke_others(*, actor: User, session_key: str | None = None, token_id: UUID | None = None) -> int:
    """Sign out everywhere but here; returns how many ended. Name the session or the token that stays."""
    return _end_sessions(person_id=actor.pk, keep=session_key) + _end_tokens(person_id=actor.pk, keep=token_id)


def end_session(*, session: UserSession) -> None:
    """End one web session: its cookie, its row, its websockets."""
    key, person_id = session.session_key, session.user_id
    session.end()
    announce_end(person_id=person_id, session_key=key)


def token_of(*, session: SessionBase) -> UUID | None:
    """The token that came of this session's sign-in, if one did."""
    key = session.get(DEVICE_OF_SESSION)
    return UUID(key) if key else None


def end_token_of(*, person: User, session: SessionBase) -> None:
    """End the token that came of this session's sign-in."""
    if token_id := token_of(session=session):
        _end_tokens(person_id=person.pk, only=token_id)


def announce_end(*, person_id: UUID, session_key: str) -> None:
    """Tell the apps above, after commit, that this session or `device:<uuid>` is over. Its pushes are as well."""
    PushDevice.objects.filter(person_id=person_id, session_key=session_key).delete()
    transaction.on_commit(
        partial(signals.session_ended.send_robust, sender=User, person_id=person_id, session_key=session_key)
    )


def _end_sessions(*, person_id: UUID, only: int | None = None, keep: str | None = None) -> int:
    sessions = UserSession.objects.filter(user_id=person_id)
    if only is not None:
        sessions = sessions.filter(pk=only)
    if keep is not None:
        sessions = sessions.exclude(session_key=keep)
    with transaction.atomic():
        ended = list(sessions)
        for session in ended:
            end_session(session=session)
    return len(ended)


def _end_tokens(*, person_id: UUID, only: UUID | None = None, keep: UUID | None = None) -> int:
    tokens = DeviceToken.objects.filter(person_id=person_id)
    if only is not None:
        tokens = tokens.filter(pk=only)
    if keep is not None:
        tokens = tokens.exclude(pk=keep)
    with transaction.atomic():
        ended = list(tokens)
        DeviceToken.objects.filter(pk__in=[token.pk for token in ended]).delete()
        for token in ended:
            announce_end(person_id=person_id, session_key=token.session_key)
    return len(ended)


def _hash(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
