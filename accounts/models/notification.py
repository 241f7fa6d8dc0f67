"""What people are told, and the mails and pushes that carry it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.message import Message
from accounts.models.post import Post


class NotificationKind(models.TextChoices):
    """A row of everybody's matrix. What is told in detail is the notification's `wording`."""

    REMINDER = "REMINDER", _("Reminders that I asked for")
    #: Told to those alone who asked to be reminded of the room.
    ROOM_CHANGED = "ROOM_CHANGED", _("Rooms that I wait for: moved or cancelled")
    OWN_ROOM = "OWN_ROOM", _("Rooms that I host")
    HOST_LIVE = "HOST_LIVE", _("Somebody I follow opens a room")
    INVITATION = "INVITATION", _("Invitations")
    HAND = "HAND", _("Answers to my raised hand")
    MESSAGE = "MESSAGE", _("Messages")
    MENTION = "MENTION", _("Somebody mentions me")
    REPLY = "REPLY", _("Replies to my posts")


class Channel(models.TextChoices):
    """A column of the matrix. All but the list are ways out of the house: they have a `Delivery` for each telling."""

    IN_APP = "IN_APP", _("In the list")
    EMAIL = "EMAIL", _("E-mail")
    WEB_PUSH = "WEB_PUSH", _("Browser")
    NATIVE = "NATIVE", _("Phone")


PUSHES = (Channel.WEB_PUSH, Channel.NATIVE)


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Filters that read aloud."""

    def unread(self) -> "NotificationQuerySet":
        """What its person has not read."""
        return self.filter(read_at=None)

    def like(self, other: "Notification") -> "NotificationQuerySet":
        """What stands as one line with another one of the same person: that alone, where it is about nothing."""
        same = self.filter(person_id=other.person_id, kind=other.kind, about=other.about)
        return same if other.about else self.filter(pk=other.pk)


class Notification(models.Model):
    """One thing that one person is told. It is worded in the reader's language when it is read.

    `wording` names a template `notifications/<wording>.txt`: the first line is the title. `facts` fill it in;
    names that end in `_at` are moments. What somebody wrote is not copied but read from where it stands, and what
    is deleted there is deleted here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=NotificationKind)
    wording = models.CharField(_("wording"), max_length=30)
    facts = models.JSONField(default=dict)
    #: Whose doing it is: across a block it is neither shown nor sent, whenever that was made.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    #: Whether it stands in the list of its person, who may want to hear of it by other ways alone.
    is_listed = models.BooleanField(_("in the list"), default=True)
    #: Where it leads, on this site.
    path = models.CharField(max_length=200)
    #: What it is about; the list shows what belongs together as one.
    about = models.UUIDField(null=True, blank=True)
    made_at = models.DateTimeField(_("at"))
    #: After this moment it is of no use to be pushed any more.
    expires_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["person", "-made_at", "-id"], name="notification_of_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["person", "kind", "about", "-made_at"], name="notification_of_group"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_kind_display()}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Filters that read aloud."""

    def waiting(self) -> "DeliveryQuerySet":
        """Neither sent nor given up."""
        return self.filter(sent_at=None, given_up="")


class Delivery(models.Model):
    """One notification on its way through one channel: taken by one worker, sent once.

    A worker takes it by a conditional update and puts its name in. Whether a claim is stale is told by how often
    the watch found it in the same hands, not by a clock that may be set.
    """

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    due_at = models.DateTimeField(_("due at"))
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=40, blank=True)
    #: How many times the watch found it claimed and not sent.
    overlooked = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    #: Since when it counts among the day's pushes (`accounts.services.quiet`).
    counted_at = models.DateTimeField(null=True, blank=True)
    #: Why it was not sent, in a word of `deliveries`, `quiet` or `notifications`; empty while it may be.
    given_up = models.CharField(_("not sent because"), max_length=20, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once_a_channel")]
        indexes = [
            models.Index(F("due_at"), condition=Q(sent_at=None, given_up=""), name="delivery_waiting"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class NotificationChoice(models.Model):
    """Where somebody wants something else than `accounts.queries.notifications.DEFAULTS` says."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_choices")
    kind = models.CharField(max_length=20, choices=NotificationKind)
    channel = models.CharField(max_length=8, choices=Channel)
    wanted = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind", "channel"], name="choice_once")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}: {self.wanted}"


class PushPlatform(models.TextChoices):
    """Who carries a push to a device."""

    WEBPUSH = "WEBPUSH", "Web Push"
    APNS = "APNS", "APNs"
    FCM = "FCM", "FCM"

    @property
    def channel(self) -> Channel:
        """The column of the matrix that decides about its devices."""
        return Channel.WEB_PUSH if self == PushPlatform.WEBPUSH else Channel.NATIVE


class PushDevice(models.Model):
    """A browser or app that somebody wants to be pushed to. It goes with the sign-in that registered it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_devices", verbose_name=_("person")
    )
    #: Chosen by the device, so that registering twice is registering once.
    installation = models.CharField(max_length=64)
    platform = models.CharField(_("platform"), max_length=7, choices=PushPlatform)
    #: An address for Web Push, a token for the others.
    token = models.CharField(max_length=1000)
    #: The browser's keys; empty for the others.
    p256dh = models.CharField(max_length=120, blank=True)
    auth = models.CharField(max_length=40, blank=True)
    #: In which language and on which clock it shows pushes; empty: as its person is written to.
    locale = models.CharField(max_length=35, blank=True, default="", db_default="")
    time_zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    #: The kinds that it shows of those that its person wants to be pushed; None: all of them.
    kinds = models.JSONField(null=True, blank=True)
    session_key = models.CharField(max_length=60)
    registered_at = models.DateTimeField(_("registered at"))

    class Meta:
        verbose_name = _("device for pushes")
        verbose_name_plural = _("devices for pushes")
        constraints = [models.UniqueConstraint(fields=["person", "installation"], name="push_device_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_platform_display()}"

    @property
    def channel(self) -> Channel:
        """The column of the matrix that decides about it."""
        return PushPlatform(self.platform).channel

    def wants(self, kind: str) -> bool:
        """Whether it shows this kind."""
        return self.kinds is None or kind in self.kinds
