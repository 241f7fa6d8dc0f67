"""What people say about themselves, and how the site looks to them."""

import hashlib
from collections.abc import Callable
from typing import TypedDict

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.models import Appearance, User
from accounts.services import signup
from accounts.services.access import Actor, check_has_account
from accounts.services.pictures import square_picture
from spaces_site.boundary.plain_text import plain_paragraphs
from spaces_site.errors import DomainError, Kind

LONGEST_BIO = 300


class BioTooLong(DomainError):
    """More than 300 characters."""

    kind = Kind.INVALID
    code = "bio_too_long"
    text = _("Say it in 300 characters or fewer.")


class UnknownAppearance(DomainError):
    """Neither light, dark nor system."""

    kind = Kind.INVALID
    code = "unknown_appearance"
    text = _("Choose light, dark, or the same as your device.")


class ChangedMeanwhile(DomainError):
    """The version that the client read is not the present one."""

    kind = Kind.CONFLICT
    code = "changed_meanwhile"
    text = _("Your profile was changed meanwhile. Read it again, then change it.")


class ProfileChanges(TypedDict, total=False):
    """The fields that people may change; absent ones stay as they are."""

    display_name: str
    bio: str
    language: str
    time_zone: str
    appearance: str
    listens_hidden: bool


def change_profile(*, actor: Actor, changes: ProfileChanges, expected_version: str = "*") -> User:
    """Save the changes, all or none, if the profile still is in `expected_version` ("*": in any).

    Raises SignInFirst for guests, ChangedMeanwhile, BadName, BioTooLong, UnknownLanguage, UnknownTimeZone,
    UnknownAppearance.
    """
    person = check_has_account(actor)
    cleaned = {field: _CLEAN[field](value) for field, value in changes.items()}
    as_read = User.objects.filter(pk=person.pk)
    if expected_version != "*":
        if version_of(person) != expected_version:
            raise ChangedMeanwhile
        as_read = as_read.filter(**{field: getattr(person, field) for field in _CLEAN})
    if cleaned:
        with transaction.atomic():
            if not as_read.update(**cleaned):
                raise ChangedMeanwhile
            signals.profile_changed.send(sender=User, person=person)
    for field, value in cleaned.items():
        setattr(person, field, value)
    return person


def version_of(person: User) -> str:
    """Changes with every field that people may change, and with nothing else."""
    told = repr([getattr(person, field) for field in sorted(_CLEAN)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def set_avatar(*, actor: Actor, data: bytes) -> User:
    """Re-encode an uploaded picture and make it the person's. Raises SignInFirst, PictureTooBig, NotAPicture."""
    person = check_has_account(actor)
    picture = square_picture(data=data)
    version = hashlib.sha256(picture).hexdigest()[:12]
    former = person.avatar.name
    person.avatar.save(f"{person.pk.hex}/{version}.webp", ContentFile(picture), save=False)
    with transaction.atomic():
        person.save(update_fields=["avatar"])
        _forget_file(person, name=former)
    return person


def remove_avatar(*, actor: Actor) -> User:
    """Back to the drawn face. Raises SignInFirst."""
    person = check_has_account(actor)
    former = person.avatar.name
    person.avatar.name = ""
    with transaction.atomic():
        person.save(update_fields=["avatar"])
        _forget_file(person, name=former)
    return person


def _forget_file(person: User, *, name: str | None) -> None:
    """Delete a former picture once nobody can be told of it any more."""
    if name and name != person.avatar.name:
        transaction.on_commit(lambda: person.avatar.storage.delete(name))


def _clean_bio(text: str) -> str:
    text = plain_paragraphs(text)
    if len(text) > LONGEST_BIO:
        raise BioTooLong(field="bio")
    return text


def _clean_appearance(choice: str) -> str:
    if choice not in Appearance.values:
        raise UnknownAppearance(field="appearance")
    return choice


_CLEAN: dict[str, Callable[..., object]] = {
    "display_name": lambda name: signup.clean_name(name=name),
    "bio": _clean_bio,
    "language": lambda language: signup.clean_language(language=language),
    "time_zone": lambda time_zone: signup.clean_time_zone(time_zone=time_zone),
    "appearance": _clean_appearance,
    "listens_hidden": bool,
}
