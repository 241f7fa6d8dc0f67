"""Contesting a decision, once; somebody who did not decide before answers."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import staff
from moderation.models import (
    Act,
    Appeal,
    AppealState,
    Case,
    CaseState,
    Decision,
    DecisionState,
    Measure,
    NoticeKind,
)
from moderation.services import audit, decisions, notices
from spaces_site.boundary.plain_text import plain_paragraphs, says_something
from spaces_site.errors import DomainError, Kind


class AlreadyAppealed(DomainError):
    """Once is enough."""

    kind = Kind.CONFLICT
    code = "already_appealed"
    text = _("You have contested this decision already. You find the answer here when it is there.")


class TooLateToAppeal(DomainError):
    """Six months are over, or the decision holds no more."""

    kind = Kind.CONFLICT
    code = "too_late_to_appeal"
    text = _("This decision can no longer be contested.")


class EmptyAppeal(DomainError):
    """Nothing, or too much, is said."""

    kind = Kind.INVALID
    code = "empty_appeal"
    text = _("Say in up to 2000 characters why you think that the decision is wrong.")


class NoSuchAppeal(DomainError):
    """None by that id, or answered already."""

    kind = Kind.NOT_FOUND
    code = "no_such_appeal"
    text = _("There is no such appeal that waits for an answer.")


def appeal(*, person_id: UUID, decision_id: UUID, words: str, now: datetime) -> Appeal:
    """The person contests a decision about them, once.

    Raises NoSuchDecision, AlreadyAppealed, TooLateToAppeal, EmptyAppeal.
    """
    words = plain_paragraphs(words)
    if not says_something(words) or len(words) > 2000:
        raise EmptyAppeal(field="words")
    with transaction.atomic():
        decision = decisions.held_decision(decision_id=decision_id)
        if decision.person_id != person_id or decision.measure == Measure.NONE:
            raise decisions.NoSuchDecision
        if Appeal.objects.filter(decision=decision).exists():
            raise AlreadyAppealed
        if not decision.is_contestable(now=now):
            raise TooLateToAppeal
        made = Appeal.objects.create(decision=decision, words=words, made_at=now)
        case = Case.objects.filter(decisions=decision, state=CaseState.DECIDED)
        case.update(state=CaseState.APPEALED, closed_at=None)
    return made


def appeal_by_token(*, token: str, words: str, now: datetime) -> Appeal:
    """The same for whoever has the mail, since a suspended person cannot sign in."""
    decision_id = notices.decision_of_token(token=token)
    decision = Decision.objects.filter(pk=decision_id).first() if decision_id else None
    if decision is None or decision.person_id is None:
        raise decisions.NoSuchDecision
    return appeal(person_id=decision.person_id, decision_id=decision.pk, words=words, now=now)


def answer(*, actor: User, appeal_id: UUID, overturned: bool, words: str, now: datetime) -> Appeal:
    """Staff answer an appeal: the decision stays, or is taken back with all that it did.

    Raises NotStaff, NoSuchAppeal, AnotherPersonNeeded for whoever decided or confirmed before, and
    CannotDecideAbout for whoever it is about.
    """
    staff.check_is_staff(actor)
    with transaction.atomic():
        made = Appeal.objects.select_for_update().filter(pk=appeal_id, state=AppealState.OPEN).first()
        if made is None:
            raise NoSuchAppeal
        decision = decisions.held_decision(decision_id=made.decision_id)
        decisions.check_not_oneself(actor, decision.person)
        if actor.pk in (decision.by_id, decision.second_id):
            raise decisions.AnotherPersonNeeded
        made.state = AppealState.OVERTURNED if overturned else AppealState.UPHELD
        made.answer, made.answered_by, made.answered_at = plain_paragraphs(words)[:2000], actor, now
        made.save(update_fields=["state", "answer", "answered_by", "answered_at"])
        audit.record(
            actor=actor, act=Act.APPEAL_DECIDED, person=decision.person, room=decision.room, subject=made.pk,
            why=made.answer, after={"state": made.state}, now=now,
        )  # fmt: skip
        notices.tell(
            kind=NoticeKind.APPEAL_ANSWERED, person=decision.person, decision=decision, overturned=overturned,
            answer=made.answer, now=now,
        )  # fmt: skip
        if overturned:
            _overturn(actor, decision, now)
        appealed = Case.objects.filter(decisions=decision, state=CaseState.APPEALED)
        appealed.update(state=CaseState.CLOSED, closed_at=now)
    return made


def _overturn(actor: User, decision: Decision, now: datetime) -> None:
    for state, to in ((DecisionState.STANDING, DecisionState.LIFTED), (DecisionState.PROPOSED, DecisionState.REFUSED)):
        if Decision.objects.move(decision.pk, state, to, lifted_at=now):
            decision.refresh_from_db()
            decisions.take_back(actor=actor, decision=decision, now=now)
            decisions.close_case(decision=decision, now=now)
