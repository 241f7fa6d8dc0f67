"""Joining: which handles and names are allowed, and the one way in which an account comes to be."""

import re
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import HANDLE_PATTERN, User
from spaces_site.boundary.plain_text import folded, plain_line, says_something
from spaces_site.errors import DomainError, Kind

#: Names that would pass for the site, its staff or a part of an address.
_RESERVED = """
    about abuse account accounts admin administrator all anonymous api app assets billing bot contact create
    everyone followers following guest help here home host hosts info invite legal listener live login logout mail
    me media mod moderation moderator moderators news nobody none notifications null official owner payments
    postmaster press privacy replay replays room rooms root safety salon salons search security settings signin
    signup spaces staff static status support sysadmin system team terms ticket tickets trust undefined upcoming
    user users verified webmaster www you
"""
RESERVED_HANDLES = frozenset(_RESERVED.split())
_NO_PLACE = {"Factory", "localtime"}


class BadHandle(DomainError):
    """Wrong characters, wrong length, or a reserved word."""

    kind = Kind.INVALID
    code = "bad_handle"
    text = _("A user name has 2 to 30 letters a to z, digits or underscores.")


class HandleTaken(DomainError):
    """Somebody has it; `data["free"]` suggests others."""

    kind = Kind.CONFLICT
    code = "handle_taken"
    text = _("This user name is taken. Choose another one.")


class BadName(DomainError):
    """A display name without anything to read."""

    kind = Kind.INVALID
    code = "bad_name"
    text = _("Type a name of 1 to 50 characters that people can read.")


class UnknownTimeZone(DomainError):
    """Not in the IANA database."""

    kind = Kind.INVALID
    code = "unknown_time_zone"
    text = _("This time zone is unknown. Choose one from the list, such as Europe/Paris.")


class UnknownLanguage(DomainError):
    """Not a language of this site."""

    kind = Kind.INVALID
    code = "unknown_language"
    text = _("This site does not speak that language yet. Choose one from the list.")


def create_person(
    *,
    handle: str,
    display_name: str,
    email: str,
    password: str | None,
    now: datetime,
    language: str = "",
    time_zone: str = "UTC",
    email_verified: bool = False,
    **more: Any,
) -> User:
    """A saved account. `email_verified` is for people whose address was proved elsewhere, such as seeds.

    Raises BadHandle, HandleTaken, BadName, UnknownTimeZone, UnknownLanguage.
    """
    handle = clean_handle(handle=handle)
    try:
        with transaction.atomic():
            person = User.objects.create_user(
                handle,
                email,
                password,
                display_name=clean_name(name=display_name),
                language=clean_language(language=language),
                time_zone=clean_time_zone(time_zone=time_zone),
                created_at=now,
                **more,
            )
            if email:
                EmailAddress.objects.create(user=person, email=email.lower(), primary=True, verified=email_verified)
    except IntegrityError as error:
        raise HandleTaken(field="handle", data={"free": free_handles(wish=handle)}) from error
    return person


def clean_handle(*, handle: str) -> str:
    """The handle in lower case. Raises BadHandle; does not ask whether it is taken."""
    handle = handle.strip().removeprefix("@").lower()
    if not re.match(HANDLE_PATTERN, handle):
        raise BadHandle(field="handle")
    if handle.strip("_") in RESERVED_HANDLES:
        raise BadHandle(_("This user name is reserved. Choose another one."), field="handle")
    return handle


def free_handles(*, wish: str, name: str = "", count: int = 2) -> list[str]:
    """Up to `count` handles near the wish that nobody has now."""
    words = re.findall(r"[a-z0-9]+", folded(name))
    stem = wish[:24]
    wishes = [f"{wish}_{words[-1][0]}", "".join(words)] if len(words) > 1 else []
    wishes += [f"{stem}_{ending}" for ending in ("live", "on_air", "talks", "2", "3")]
    wishes = [w for w in dict.fromkeys(wishes) if re.match(HANDLE_PATTERN, w) and w not in RESERVED_HANDLES]
    taken = set(User.objects.filter(handle__in=wishes).values_list("handle", flat=True))
    return [w for w in wishes if w not in taken][:count]


def clean_name(*, name: str) -> str:
    """A display name without control characters. Raises BadName."""
    name = plain_line(name)
    if not says_something(name) or len(name) > 50:
        raise BadName(field="display_name")
    return name


def clean_time_zone(*, time_zone: str) -> str:
    """An IANA name. Raises UnknownTimeZone."""
    if time_zone not in time_zones():
        raise UnknownTimeZone(field="time_zone")
    return time_zone


def clean_language(*, language: str) -> str:
    """A code of `settings.LANGUAGES`, or empty for "as my browser says". Raises UnknownLanguage."""
    if language and language not in dict(settings.LANGUAGES):
        raise UnknownLanguage(field="language")
    return language


@cache
def time_zones() -> frozenset[str]:
    """Every IANA name that people may choose."""
    return frozenset(available_timezones() - _NO_PLACE)


def finish_signup(*, person: User, display_name: str, time_zone: str, language: str) -> None:
    """The second half of a sign-up through allauth, whose form has saved handle, e-mail and password.

    The browser's time zone and language are hints: an unknown one is left out, not refused.
    """
    person.display_name = clean_name(name=display_name)
    person.time_zone = time_zone if time_zone in time_zones() else "UTC"
    person.language = language if language in dict(settings.LANGUAGES) else ""
    person.save(update_fields=["display_name", "time_zone", "language"])
