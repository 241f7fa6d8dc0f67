"""A person in a room."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.models.room import Room


class Role(models.TextChoices):
    """The stage is host, co-hosts and speakers."""

    HOST = "HOST", _("host")
    CO_HOST = "CO_HOST", _("co-host")
    SPEAKER = "SPEAKER", _("speaker")
    LISTENER = "LISTENER", _("listener")


STAGE_ROLES = (Role.HOST, Role.CO_HOST, Role.SPEAKER)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    """Filters that read aloud."""

    def present(self) -> "ParticipantQuerySet":
        """In the room: joined and neither left nor removed."""
        return self.filter(left_at=None)

    def on_stage(self) -> "ParticipantQuerySet":
        return self.present().filter(role__in=STAGE_ROLES)

    def listening(self) -> "ParticipantQuerySet":
        return self.present().filter(role=Role.LISTENER)

    def connected(self) -> "ParticipantQuerySet":
        """Present, and their device is there now."""
        return self.present().filter(disconnected_at=None)


class Participant(models.Model):
    """One row per person and room, kept when they leave.

    `muted` is the truth that the mixer follows. `device` is the key of the one device (browser tab,
    app, WHIP client) that holds the person's place. `disconnected_at` is None while that device is
    there: `socket` names its websocket (newest wins, so a late goodbye of an older one is nothing),
    `media_connected` its peer connection. `session` is the sign-in that the device came with (a web session's
    key or `device:<token id>`): when that ends, so does the place. `stage_left_at` is when they were last
    moved to the audience.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="participants", verbose_name=_("room"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="participations", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.LISTENER)
    is_hidden = models.BooleanField(_("hidden"), default=False)
    muted = models.BooleanField(_("muted"), default=True)
    muted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    device = models.CharField(max_length=64, blank=True)
    session = models.CharField(max_length=64, blank=True)
    joined_at = models.DateTimeField(_("came in at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    stage_joined_at = models.DateTimeField(null=True, blank=True)
    stage_left_at = models.DateTimeField(null=True, blank=True)
    disconnected_at = models.DateTimeField(_("connection lost at"), null=True, blank=True)
    #: "<web process>:<socket>", or empty.
    socket = models.CharField(max_length=100, blank=True)
    media_connected = models.BooleanField(default=False)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [models.UniqueConstraint(fields=["room", "person"], name="participant_once")]
        indexes = [
            models.Index(fields=["room", "role", "left_at"], name="participant_stage"),
            models.Index(fields=["disconnected_at"], condition=models.Q(left_at=None), name="participant_gone"),
        ]

    def __str__(self) -> str:
        return str(self.person)
