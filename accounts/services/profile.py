"""What people say about themselves, and how the site looks to them."""

import hashlib
from collections.abc import Callable
from typing import TypedDict

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Appearance, User
from accounts.services import signup
from accounts.services.follows import SignInFirst
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


class ProfileChanges(TypedDict, total=False):
    """The fields that people may change; absent ones stay as they are."""

    display_name: str
    bio: str
    language: str
    time_zone: str
    appearance: str
    listens_hidden: bool


def change_profile(*, actor: User, changes: ProfileChanges) -> User:
    """Save the changes, all or none.

    Raises SignInFirst for guests, BadName, BioTooLong, UnknownLanguage, UnknownTimeZone, UnknownAppearance.
    """
    _check_has_account(actor)
    cleaned = {field: _CLEAN[field](value) for field, value in changes.items()}
    for field, value in cleaned.items():
        setattr(actor, field, value)
    if cleaned:
        actor.save(update_fields=sorted(cleaned))
    return actor


def set_avatar(*, actor: User, data: bytes) -> User:
    """Re-encode an uploaded picture and make it the person's. Raises SignInFirst, PictureTooBig, NotAPicture."""
    _check_has_account(actor)
    picture = square_picture(data=data)
    version = hashlib.sha256(picture).hexdigest()[:12]
    former = actor.avatar.name
    actor.avatar.save(f"{actor.pk.hex}/{version}.webp", ContentFile(picture), save=False)
    with transaction.atomic():
        actor.save(update_fields=["avatar"])
        _forget_file(actor, name=former)
    return actor


def remove_avatar(*, actor: User) -> User:
    """Back to the drawn face. Raises SignInFirst."""
    _check_has_account(actor)
    former = actor.avatar.name
    actor.avatar.name = ""
    with transaction.atomic():
        actor.save(update_fields=["avatar"])
        _forget_file(actor, name=former)
    return actor


def _check_has_account(actor: User) -> None:
    if not actor.is_authenticated or actor.is_guest:
        raise SignInFirst


def _forget_file(actor: User, *, name: str | None) -> None:
    """Delete a former picture once nobody can be told of it any more."""
    if name and name != actor.avatar.name:
        transaction.on_commit(lambda: actor.avatar.storage.delete(name))


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
