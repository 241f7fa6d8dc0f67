"""A person, or a guest who only listens."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

HANDLE_PATTERN = r"^[a-z0-9_]{3,30}\Z"


class Hosting(models.TextChoices):
    """What staff decided about one person's hosting; DEFAULT leaves it to the threshold."""

    DEFAULT = "DEFAULT", _("by number of followers")
    GRANTED = "GRANTED", _("granted by staff")
    WITHDRAWN = "WITHDRAWN", _("withdrawn by staff")


class UserQuerySet(models.QuerySet["User"]):
    """Filters that read aloud."""

    def people(self) -> "UserQuerySet":
        """Everybody with an account: no guests, nobody switched off."""
        return self.filter(is_guest=False, is_active=True)


class PeopleManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's user manager with our filters."""


class User(AbstractUser):
    """A person. `handle` is the @name; guests have `is_guest` and neither e-mail nor password."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    handle = models.CharField(_("handle"), max_length=40, unique=True, validators=[RegexValidator(HANDLE_PATTERN)])
    display_name = models.CharField(_("display name"), max_length=50)
    email = models.EmailField(_("e-mail address"), blank=True)
    bio = models.CharField(_("about you"), max_length=300, blank=True)
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    is_guest = models.BooleanField(default=False)
    is_verified = models.BooleanField(_("verified"), default=False)
    hosting = models.CharField(_("hosting"), max_length=10, choices=Hosting, default=Hosting.DEFAULT)
    follower_count = models.PositiveIntegerField(default=0)
    following_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "display_name"]

    objects = PeopleManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"@{self.handle}"
