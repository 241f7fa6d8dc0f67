"""Who is behind a websocket, in which session and language, and whether that still holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.http import parse_cookie
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from spaces_site.boundary.preferences import language_asked_for

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


def from_session(*, cookies: str, accept_language: str) -> Identity | None:
    """Whoever the session cookie names, or None; `cookies` is the Cookie header."""
    named = parse_cookie(cookies)
    key = named.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    person = get_user(SimpleNamespace(session=_session_store()(key)))  # type: ignore[arg-type]
    if not person.is_authenticated:
        return None
    return _identity(person, key, named.get(settings.LANGUAGE_COOKIE_NAME, ""), accept_language)


def from_person(*, person_id: str, session: str, accept_language: str) -> Identity | None:
    """The person whom a ticket was made for, or None when the account is switched off."""
    person = get_user_model()._default_manager.filter(pk=person_id, is_active=True).first()
    return _identity(person, session, "", accept_language) if person else None


def still_valid(identities: Iterable[Identity]) -> set[Identity]:
    """Those whose session, account and password are as they were; two queries for all of them."""
    asked = list(identities)
    web_keys = {one.session for one in asked if not _is_app(one)}
    sessions = _live_sessions(web_keys)
    people = get_user_model()._default_manager.filter(is_active=True).in_bulk({one.person.pk for one in asked})
    return {
        one
        for one in asked
        if (_is_app(one) or one.session in sessions)
        and (person := people.get(one.person.pk)) is not None
        and constant_time_compare(one.auth_hash, person.get_session_auth_hash())
    }


def live_sessions_of(owners: Mapping[str, Any]) -> set[str]:
    """Those web sessions (key → person) that are there and were opened with the person's present password."""
    store = _session_store()
    found = set()
    for key in _live_sessions(set(owners)):
        signed_in = get_user(SimpleNamespace(session=store(key)))  # type: ignore[arg-type]
        if signed_in.pk == owners[key].pk:
            found.add(key)
    return found


def _live_sessions(keys: set[str]) -> set[str]:
    store = _session_store()
    model = getattr(store, "get_model_class", None)
    if model is None:
        return {key for key in keys if store(key).exists(key)}
    rows = model().objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return set(rows.values_list("session_key", flat=True))


def _is_app(one: Identity) -> bool:
    # An app's token is a row of the accounts: whoever may read it asks there (`rooms.services.sessions`).
    return not one.session or one.session.startswith(DEVICE_SESSION)


def _session_store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


def _identity(person: Any, session: str, cookie_language: str, accept_language: str) -> Identity:
    return Identity(
        person=person,
        session=session,
        auth_hash=person.get_session_auth_hash(),
        language=language_asked_for(accept_language, getattr(person, "language", ""), cookie_language),
    )
