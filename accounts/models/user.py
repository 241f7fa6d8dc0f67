"""A person, or a guest who only listens."""

import uuid
from datetime import time
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

HANDLE_PATTERN = r"^[a-z0-9_]{2,30}\Z"


class Hosting(models.TextChoices):
    """What staff decided about one person's hosting; DEFAULT leaves it to the threshold."""

    DEFAULT = "DEFAULT", _("by number of followers")
    GRANTED = "GRANTED", _("granted by staff")
    WITHDRAWN = "WITHDRAWN", _("withdrawn by staff")


class Appearance(models.TextChoices):
    """Light or dark; SYSTEM follows the device."""

    SYSTEM = "SYSTEM", _("like my device")
    LIGHT = "LIGHT", _("light")
    DARK = "DARK", _("dark")


class UserQuerySet(models.QuerySet["User"]):
    """Filters that read aloud."""

    def people(self) -> "UserQuerySet":
        """Everybody with an account: no guests, nobody switched off."""
        return self.filter(is_guest=False, is_active=True)


class PeopleManager(UserManager["User"]):
    """Django's user manager with our filters; people are named by their handle."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def people(self) -> UserQuerySet:
        """Everybody with an account: no guests, nobody switched off."""
        return self.get_queryset().people()

    def create_user(self, handle: str, email: str | None = "", password: str | None = None, **more: Any) -> "User":  # type: ignore[override]
        """A saved person. Without a password nobody can sign in as them."""
        person = User(handle=handle.lower(), email=self.normalize_email(email), **more)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, handle: str, email: str | None = "", password: str | None = None, **more: Any) -> "User":  # type: ignore[override]
        """A saved person who may do everything in the admin."""
        return self.create_user(handle, email, password, **{**more, "is_staff": True, "is_superuser": True})


class User(AbstractUser):
    """A person. `handle` is the @name; guests have `is_guest` and neither e-mail nor password."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    date_joined = None  # type: ignore[assignment]
    handle = models.CharField(_("handle"), max_length=40, unique=True, validators=[RegexValidator(HANDLE_PATTERN)])
    display_name = models.CharField(_("display name"), max_length=50)
    email = models.EmailField(_("e-mail address"), blank=True)
    bio = models.CharField(_("about you"), max_length=300, blank=True)
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    appearance = models.CharField(_("appearance"), max_length=6, choices=Appearance, default=Appearance.SYSTEM)
    #: On the person's own clock, nothing is pushed between the two; both or neither.
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True, default=time(23, 0))
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True, default=time(7, 0))
    #: A new number makes every address of the calendar that was given out a dead one.
    calendar_number = models.PositiveIntegerField(default=0)
    listens_hidden = models.BooleanField(_("listen hidden"), default=False)
    is_guest = models.BooleanField(_("guest"), default=False)
    is_verified = models.BooleanField(_("verified"), default=False)
    hosting = models.CharField(_("hosting"), max_length=10, choices=Hosting, default=Hosting.DEFAULT)
    hosting_note = models.CharField(_("reason for the decision on hosting"), max_length=300, blank=True)
    follower_count = models.PositiveIntegerField(_("followers"), default=0)
    following_count = models.PositiveIntegerField(_("following"), default=0)
    #: What staff switched off, and until when (`Restriction`); `is_active` is false while suspended.
    no_reactions_until = models.DateTimeField(_("no reactions until"), null=True, blank=True)
    no_microphone_until = models.DateTimeField(_("no microphone until"), null=True, blank=True)
    no_hosting_until = models.DateTimeField(_("no hosting until"), null=True, blank=True)
    limited_until = models.DateTimeField(_("limited until"), null=True, blank=True)
    suspended_until = models.DateTimeField(_("suspended until"), null=True, blank=True)
    created_at = models.DateTimeField(_("joined at"), default=timezone.now)

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "display_name"]

    objects = PeopleManager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            models.Index(fields=["is_guest", "created_at"], name="user_guests_by_age"),
            models.Index(fields=["suspended_until"], condition=~models.Q(suspended_until=None), name="user_suspended"),
        ]

    def __str__(self) -> str:
        return f"@{self.handle}"

    def get_absolute_url(self) -> str:
        """The profile page."""
        return reverse("profile", args=[self.handle])

    @property
    def avatar_url(self) -> str:
        """Path of the picture: the uploaded one, else the one drawn from the account id. Never changes its content."""
        return avatar_path(self.pk, self.avatar.name or "")


def avatar_path(person_id: uuid.UUID, name: str) -> str:
    """`User.avatar_url` of somebody of whom only the id and the picture's file name are known."""
    if name:
        return _path_of("avatar", person_id, PurePosixPath(name).stem)
    return _path_of("default-avatar", person_id)


@lru_cache(maxsize=16_384)
def _path_of(name: str, *arguments: Any) -> str:
    # Whoever comes into a room is told hundreds of people, and reversing costs more than reading them.
    return reverse(name, args=arguments)
