"""A room and its life."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models.series import RoomSeries

#: Languages of speech that a room may be listed under, as Django names them.
ROOM_LANGUAGES = (
    "ar", "bn", "de", "el", "en", "es", "fa", "fr", "he", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ro", "ru",
    "sv", "sw", "ta", "th", "tr", "uk", "ur", "vi", "zh-hans",
)  # fmt: skip


class RoomState(models.TextChoices):
    """scheduled → live → ended, or scheduled → cancelled."""

    SCHEDULED = "SCHEDULED", _("scheduled")
    LIVE = "LIVE", _("live")
    ENDED = "ENDED", _("ended")
    CANCELLED = "CANCELLED", _("cancelled")


#: The only moves that `RoomQuerySet.move` allows.
TRANSITIONS: dict[str, frozenset[str]] = {
    RoomState.SCHEDULED: frozenset({RoomState.LIVE, RoomState.CANCELLED}),
    RoomState.LIVE: frozenset({RoomState.ENDED}),
    RoomState.ENDED: frozenset(),
    RoomState.CANCELLED: frozenset(),
}


class WhoMaySpeak(models.TextChoices):
    """Who may ask for the microphone."""

    EVERYONE = "EVERYONE", _("everyone may ask")
    FOLLOWED = "FOLLOWED", _("people I follow may ask")
    INVITED = "INVITED", _("only people I invite")


class RoomQuerySet(models.QuerySet["Room"]):
    """Filters that read aloud, and the one way to change state."""

    def live(self) -> "RoomQuerySet":
        return self.filter(state=RoomState.LIVE)

    def scheduled(self) -> "RoomQuerySet":
        return self.filter(state=RoomState.SCHEDULED)

    def move(self, pk: uuid.UUID, from_: str, to: str, **changes: object) -> bool:
        """Compare-and-set: True when this call changed the state, False when somebody was first.

        Raises `ValueError` for a move that is not in `TRANSITIONS`.
        """
        if to not in TRANSITIONS[from_]:
            raise ValueError(f"no way from {from_} to {to}")
        return self.filter(pk=pk, state=from_).update(state=to, updated_at=timezone.now(), **changes) == 1


class Room(models.Model):
    """A live audio room. `seq` numbers the events of the room; clients see gaps by it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rooms_created", verbose_name=_("opened by")
    )
    title = models.CharField(_("title"), max_length=80)
    description = models.CharField(_("description"), max_length=1000, blank=True)
    language = models.CharField(_("language spoken"), max_length=10, default="en")
    topics = models.JSONField(_("topics"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RoomState, default=RoomState.SCHEDULED)
    who_may_speak = models.CharField(
        _("who may speak"), max_length=10, choices=WhoMaySpeak, default=WhoMaySpeak.EVERYONE
    )
    guests_allowed = models.BooleanField(_("guests may listen"), default=True)
    hidden_allowed = models.BooleanField(_("hidden listening"), default=True)
    hands_open = models.BooleanField(_("takes requests to speak"), default=True)
    #: No speaker can open a microphone, whoever comes on stage; hosts can.
    mics_locked = models.BooleanField(_("microphones locked"), default=False)
    #: Raid mode, for whoever comes from now on: how old an account must be (0: any age), followers of the creator
    #: alone, and each one only when a host says yes. Who is in, hosts and invited people are not asked.
    entry_age_hours = models.PositiveSmallIntegerField(_("hours that an account must be old"), default=0)
    entry_followers = models.BooleanField(_("only followers may come in"), default=False)
    entry_approval = models.BooleanField(_("hosts let people in one by one"), default=False)
    #: Nobody but the creator comes in without a `RoomPass`.
    needs_pass = models.BooleanField(_("needs a ticket"), default=False)
    stage_limit = models.PositiveSmallIntegerField(_("places on stage"), default=13)
    scheduled_start = models.DateTimeField(_("scheduled for"), null=True, blank=True)
    #: A room of the platform itself; staff say so.
    is_official = models.BooleanField(_("official"), default=False)
    #: The series that it is one of, and the start that the series planned for it: the next is counted from there.
    series = models.ForeignKey(
        RoomSeries,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="rooms",
        verbose_name=_("series of rooms"),
    )
    planned_start = models.DateTimeField(null=True, blank=True)
    #: Followers of the creator up to this follow have been told that the room is live; None: nobody is left.
    followers_told_to = models.PositiveBigIntegerField(null=True, blank=True)
    #: Grows with each change that calendars must hear of (RFC 5545, SEQUENCE).
    calendar_sequence = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=30, blank=True)
    #: Why the moderation team closed the room: language → words that everybody may read.
    closed_note = models.JSONField(default=dict, blank=True)
    #: Since when no host is connected; None while one is.
    host_lost_at = models.DateTimeField(_("host lost at"), null=True, blank=True)
    #: Since when nobody is connected on stage.
    stage_empty_at = models.DateTimeField(_("stage empty since"), null=True, blank=True)
    seq = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        indexes = [
            models.Index(fields=["state", "-started_at"], name="room_state_started"),
            models.Index(fields=["state", "scheduled_start"], name="room_state_scheduled"),
            models.Index(
                fields=["started_at"], condition=models.Q(followers_told_to__isnull=False), name="room_tells_followers"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["series", "planned_start"], name="room_once_in_series")]

    def __str__(self) -> str:
        return self.title

    def clock_ms(self, now: datetime) -> int:
        """Milliseconds since the room began: what a replay counts by. 0 before that."""
        began = self.started_at or now
        return max(0, (now - began) // timedelta(milliseconds=1))
