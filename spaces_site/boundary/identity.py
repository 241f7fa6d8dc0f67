"""Who is behind a websocket: a web session's cookie, or a ticket that works once.

Apps get a ticket from the REST API (`mint_ticket`) and bring it in `Sec-WebSocket-Protocol`, so
that no secret stands in an address (ASVS 14.2.1).
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.core.cache import cache
from django.http import parse_cookie
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import trans_real

TICKET_SECONDS = 30
#: Session keys of apps' tokens begin with this; web sessions' keys are Django's.
DEVICE_SESSION = "device:"


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as of connecting. `session` is a web session's key or `device:<token id>`.

    `auth_hash` changes with the password: a socket opened before that is not valid after it.
    """

    person: Any
    session: str
    auth_hash: str
    language: str

    @property
    def person_id(self) -> str:
        return str(self.person.pk)


def mint_ticket(*, person_id: object, room_id: object, session: str) -> str:
    """A ticket for one websocket to one room, good once within 30 s. Stored only as a hash."""
    ticket = secrets.token_urlsafe(32)
    told = json.dumps({"person": str(person_id), "room": str(room_id), "session": session})
    cache.set(_ticket_key(ticket), told, TICKET_SECONDS)
    return ticket


def identify(*, ticket: str | None, room_id: str, cookies: str, accept_language: str) -> Identity | None:
    """Whoever the ticket or the session cookie names, or None. A ticket is used up by this."""
    if ticket is not None:
        return _from_ticket(ticket, room_id, accept_language)
    return _from_session(parse_cookie(cookies), accept_language)


def still_valid(identities: Iterable[Identity]) -> set[Identity]:
    """Those whose session, account and password are as they were; two queries for all of them."""
    asked = list(identities)
    web_keys = {one.session for one in asked if not one.session.startswith(DEVICE_SESSION)}
    sessions = _live_sessions(web_keys)
    people = get_user_model()._default_manager.filter(is_active=True).in_bulk({one.person.pk for one in asked})
    return {
        one
        for one in asked
        if (one.session.startswith(DEVICE_SESSION) or one.session in sessions)
        and (person := people.get(one.person.pk)) is not None
        and constant_time_compare(one.auth_hash, person.get_session_auth_hash())
    }


def _live_sessions(keys: set[str]) -> set[str]:
    store = _session_store()
    model = getattr(store, "get_model_class", None)
    if model is None:
        return {key for key in keys if store(key).exists(key)}
    rows = model().objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return set(rows.values_list("session_key", flat=True))


def _session_store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


def _from_session(cookies: dict[str, str], accept_language: str) -> Identity | None:
    key = cookies.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    person = get_user(SimpleNamespace(session=_session_store()(key)))  # type: ignore[arg-type]
    if not person.is_authenticated:
        return None
    return _identity(person, key, cookies.get(settings.LANGUAGE_COOKIE_NAME, ""), accept_language)


def _from_ticket(ticket: str, room_id: str, accept_language: str) -> Identity | None:
    key = _ticket_key(ticket)
    told = cache.get(key)
    # Only one of two who bring the same ticket gets True from `delete`.
    if told is None or not cache.delete(key):
        return None
    claims = json.loads(told)
    if claims["room"] != room_id:
        return None
    person = get_user_model()._default_manager.filter(pk=claims["person"], is_active=True).first()
    return _identity(person, claims["session"], "", accept_language) if person else None


def _identity(person: Any, session: str, cookie_language: str, accept_language: str) -> Identity:
    return Identity(
        person=person,
        session=session,
        auth_hash=person.get_session_auth_hash(),
        language=_language(getattr(person, "language", ""), cookie_language, accept_language),
    )


def _language(own: str, cookie: str, accept: str) -> str:
    """The person's own setting, else the language cookie, else the browser's first that we speak."""
    offered = [code for code, _ in trans_real.parse_accept_lang_header(accept)]
    for code in (own, cookie, *offered):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def _ticket_key(ticket: str) -> str:
    return "socket-ticket:" + hashlib.sha256(ticket.encode()).hexdigest()
