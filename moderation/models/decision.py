"""What staff decided about somebody, why, and what the person said to it."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Restriction
from moderation.models.report import Case
from rooms.models import Room

#: How long a decision can be contested: six months (Regulation (EU) 2022/2065, article 20).
APPEAL_WITHIN = timedelta(days=183)


class Measure(models.TextChoices):
    """The ladder, from nothing to the end of an account."""

    NONE = "NONE", _("no measure")
    WARN = "WARN", _("warning")
    DELETE_POSTS = "DELETE_POSTS", _("posts deleted")
    NO_REACTIONS = "NO_REACTIONS", _("no reactions")
    NO_MICROPHONE = "NO_MICROPHONE", _("no microphone")
    NO_HOSTING = "NO_HOSTING", _("no hosting")
    LIMIT = "LIMIT", _("not shown in lists")
    SUSPEND = "SUSPEND", _("suspension")
    CLOSE_ROOM = "CLOSE_ROOM", _("room closed")

    @property
    def restriction(self) -> Restriction | None:
        """What it switches off for the person; None for a word, for posts, or for a room."""
        return _RESTRICTIONS.get(self)


_RESTRICTIONS = {
    Measure.NO_REACTIONS: Restriction.NO_REACTIONS,
    Measure.NO_MICROPHONE: Restriction.NO_MICROPHONE,
    Measure.NO_HOSTING: Restriction.NO_HOSTING,
    Measure.LIMIT: Restriction.LIMITED,
    Measure.SUSPEND: Restriction.SUSPENDED,
}


class Reason(models.TextChoices):
    """Templates of reasons: what the person, and everybody in a closed room, is told in their own language."""

    HATE = "HATE", _("Hate or discrimination against people for what they are.")
    HARASSMENT = "HARASSMENT", _("Harassment or insults against a person.")
    THREATS = "THREATS", _("Threats of violence, or calls for it.")
    SEXUAL = "SEXUAL", _("Sexual content where others did not ask for it.")
    CHILD = "CHILD", _("Endangering a child.")
    SELF_HARM = "SELF_HARM", _("Encouraging self-harm or suicide.")
    PRIVACY = "PRIVACY", _("Private information about a person without their consent.")
    IMPERSONATION = "IMPERSONATION", _("Taking somebody else’s identity.")
    SPAM = "SPAM", _("Spam, a scam, or abuse in great numbers.")
    FALSE = "FALSE", _("False information that does harm.")
    ILLEGAL = "ILLEGAL", _("Content that is against the law.")
    OTHER = "OTHER", _("A breach of the rules of this site.")


class DecisionState(models.TextChoices):
    """STANDING → LIFTED; a suspension for good is PROPOSED first, then STANDING or REFUSED."""

    PROPOSED = "PROPOSED", _("waits for a second person")
    STANDING = "STANDING", _("stands")
    REFUSED = "REFUSED", _("refused by the second person")
    LIFTED = "LIFTED", _("lifted")


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Filters that read aloud, and the one way to change state."""

    def in_force(self, *, now: datetime) -> "DecisionQuerySet":
        """Proposed or standing, and not over yet."""
        standing = self.filter(state__in=(DecisionState.PROPOSED, DecisionState.STANDING))
        return standing.filter(Q(ends_at=None) | Q(ends_at__gt=now))

    def about(self, person_id: uuid.UUID) -> "DecisionQuerySet":
        """What this person is told: no dismissals of reports about them."""
        return self.filter(person_id=person_id).exclude(measure=Measure.NONE)

    def move(self, pk: uuid.UUID, from_: str, to: str, **changes: object) -> bool:
        """Compare-and-set: True when this call changed the state."""
        return self.filter(pk=pk, state=from_).update(state=to, **changes) == 1


class Decision(models.Model):
    """A decision with its reasons (article 17). `ends_at` is empty for what holds until it is lifted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(
        Case, null=True, on_delete=models.SET_NULL, related_name="decisions", verbose_name=_("case")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="decisions_about",
        verbose_name=_("person"),
    )  # fmt: skip
    room = models.ForeignKey(Room, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("room"))
    measure = models.CharField(_("measure"), max_length=13, choices=Measure)
    reason = models.CharField(_("reason"), max_length=13, choices=Reason)
    facts = models.TextField(_("facts"), max_length=2000, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=DecisionState, default=DecisionState.STANDING)
    made_at = models.DateTimeField(_("decided at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("decided by")
    )
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("second person"),
    )
    second_at = models.DateTimeField(_("confirmed or refused at"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.CheckConstraint(condition=Q(second=None) | ~Q(second=F("by")), name="second_person_is_another")
        ]
        indexes = [models.Index(fields=["person", "-made_at"], name="decisions_about_person")]

    def __str__(self) -> str:
        return f"{self.person} – {self.get_measure_display()}"

    @property
    def ground(self) -> str:
        """What it rests on: "law" or "rules"."""
        return "law" if self.reason in (Reason.ILLEGAL, Reason.CHILD) else "rules"

    @property
    def can_be_lifted(self) -> bool:
        """Whether it still holds something off; words are said, and a closed room is closed."""
        return self.state == DecisionState.STANDING and Measure(self.measure).restriction is not None

    @property
    def acted(self) -> bool:
        """Whether a measure came of it, as reporters are told; one that the second person refused is none."""
        return self.measure != Measure.NONE and self.state != DecisionState.REFUSED

    @property
    def contestable_until(self) -> datetime:
        """The end of the time in which it can be contested."""
        return self.made_at + APPEAL_WITHIN

    def is_contestable(self, *, now: datetime) -> bool:
        """Whether it can be contested still; that it was not yet is for the caller to know."""
        return self.state in (DecisionState.PROPOSED, DecisionState.STANDING) and now < self.contestable_until


class AppealState(models.TextChoices):
    """OPEN → UPHELD (the decision stays) or OVERTURNED."""

    OPEN = "OPEN", _("open")
    UPHELD = "UPHELD", _("the decision stays")
    OVERTURNED = "OVERTURNED", _("the decision is taken back")


class Appeal(models.Model):
    """The person contests a decision, once; somebody else than who decided answers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    decision = models.OneToOneField(
        Decision, on_delete=models.CASCADE, related_name="appeal", verbose_name=_("decision")
    )
    words = models.TextField(_("what the person says"), max_length=2000)
    state = models.CharField(_("state"), max_length=10, choices=AppealState, default=AppealState.OPEN)
    made_at = models.DateTimeField(_("made at"))
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")

    def __str__(self) -> str:
        return str(self.decision)
