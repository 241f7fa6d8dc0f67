"""Reports, and the cases into which reports of the same thing are gathered."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.models import Room


class Category(models.TextChoices):
    """What is happening, in the words of whoever sees it."""

    HATE = "HATE", _("Hate or discrimination")
    HARASSMENT = "HARASSMENT", _("Harassment or insults")
    THREATS = "THREATS", _("Threats or violence")
    SEXUAL = "SEXUAL", _("Sexual content")
    CHILD = "CHILD", _("A child is in danger")
    SELF_HARM = "SELF_HARM", _("Self-harm or suicide")
    PRIVACY = "PRIVACY", _("Private information")
    IMPERSONATION = "IMPERSONATION", _("Impersonation")
    SPAM = "SPAM", _("Spam or scam")
    FALSE = "FALSE", _("False information")
    ILLEGAL = "ILLEGAL", _("Illegal in my country (DSA form)")
    OTHER = "OTHER", _("Something else")


class Concerns(models.TextChoices):
    """Whom it hurts."""

    ME = "ME", _("me")
    SOMEONE = "SOMEONE", _("someone")
    GROUP = "GROUP", _("a group")


class Severity(models.IntegerChoices):
    """In which order staff look."""

    LOW = 1, _("low")
    MEDIUM = 2, _("medium")
    HIGH = 3, _("high")
    CRITICAL = 4, _("critical")


SEVERITY_OF: dict[str, Severity] = {
    Category.HATE: Severity.MEDIUM,
    Category.HARASSMENT: Severity.MEDIUM,
    Category.THREATS: Severity.HIGH,
    Category.SEXUAL: Severity.MEDIUM,
    Category.CHILD: Severity.CRITICAL,
    Category.SELF_HARM: Severity.HIGH,
    Category.PRIVACY: Severity.MEDIUM,
    Category.IMPERSONATION: Severity.LOW,
    Category.SPAM: Severity.LOW,
    Category.FALSE: Severity.LOW,
    Category.ILLEGAL: Severity.MEDIUM,
    Category.OTHER: Severity.LOW,
}


class CaseState(models.TextChoices):
    """new → assigned → decided (or waiting for a second person first) → appealed → closed."""

    NEW = "NEW", _("new")
    ASSIGNED = "ASSIGNED", _("assigned")
    WAITING = "WAITING", _("waits for a second person")
    DECIDED = "DECIDED", _("decided")
    APPEALED = "APPEALED", _("appealed")
    CLOSED = "CLOSED", _("closed")


#: Whom to call when somebody may hurt themselves: country → number.
HELPLINES = {"FR": "3114", "EU": "112", "US": "988"}
#: Hours within which a report is answered; a child in danger is looked at at once.
ANSWER_WITHIN_HOURS = 24

#: New reports of the same thing join a case in these states.
OPEN_STATES = (CaseState.NEW, CaseState.ASSIGNED)


class CaseQuerySet(models.QuerySet["Case"]):
    """Filters that read aloud."""

    def open(self) -> "CaseQuerySet":
        """Somebody has to look."""
        return self.filter(state__in=OPEN_STATES)


class Case(models.Model):
    """Everything that was said about one person, one room or one address, until it is decided.

    `closed_at` begins the time after which its evidence goes; an appeal takes it back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: "person:<id>", "room:<id>" or "url:<hash>".
    target = models.CharField(max_length=80)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="cases", verbose_name=_("person")
    )
    room = models.ForeignKey(Room, null=True, on_delete=models.SET_NULL, related_name="cases", verbose_name=_("room"))
    url = models.CharField(_("address"), max_length=500, blank=True)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity)
    state = models.CharField(_("state"), max_length=8, choices=CaseState, default=CaseState.NEW)
    reporter_count = models.PositiveIntegerField(_("reporters"), default=0)
    opened_at = models.DateTimeField(_("opened at"))
    last_report_at = models.DateTimeField(_("last report at"))
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("assigned to")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    legal_hold = models.BooleanField(_("legal hold"), default=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(
                fields=["target"], condition=Q(state__in=["NEW", "ASSIGNED"]), name="one_open_case_of_a_target"
            )
        ]
        indexes = [models.Index(fields=["state", "-severity"], name="case_queue")]

    def __str__(self) -> str:
        return str(self.person or self.room or self.url)


class Report(models.Model):
    """What one reporter said. `reporter_key` tells reporters apart, also those without an account, and names nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="reports_sent"
    )
    reporter_key = models.CharField(max_length=64)
    category = models.CharField(_("category"), max_length=13, choices=Category)
    #: Of an illegal content notice: the abuse of a child, for which nobody need give a name.
    child_abuse = models.BooleanField(default=False)
    concerns = models.CharField(_("concerns"), max_length=7, choices=Concerns, blank=True)
    details = models.TextField(_("details"), max_length=2000, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    room = models.ForeignKey(Room, null=True, on_delete=models.SET_NULL, related_name="+")
    #: When it happened, where the reporter pointed at a moment.
    moment = models.DateTimeField(null=True)
    url = models.CharField(max_length=500, blank=True)
    #: Of a post or a message: what it said when it was reported, since its author may delete it.
    quoted = models.TextField(_("what was said"), blank=True)
    #: No foreign key: the post may be gone, what was reported stays.
    post_id = models.UUIDField(null=True)
    name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    good_faith = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="en")
    sent_at = models.DateTimeField()
    evidence = models.ForeignKey("moderation.Evidence", null=True, on_delete=models.SET_NULL, related_name="reports")

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [
            models.Index(fields=["reporter", "-sent_at"], name="reports_of_person"),
            models.Index(fields=["reporter_key", "-sent_at"], name="reports_of_reporter"),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.sent_at:%Y-%m-%d %H:%M}"

    @property
    def is_urgent(self) -> bool:
        """A child: looked at at once."""
        return self.category == Category.CHILD or self.child_abuse

    @property
    def helplines(self) -> dict[str, str]:
        """Numbers to call, where somebody may hurt themselves."""
        return HELPLINES if self.category == Category.SELF_HARM else {}

    def receipt(self) -> dict[str, Any]:
        """What the reporter is told at once."""
        within = 0 if self.is_urgent else ANSWER_WITHIN_HOURS
        return {"report": str(self.pk), "answer_within": within, "helplines": self.helplines}
