"""Deciding: the ladder, the second person, lifting. Every step is written down and told to the person."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import FOREVER, Restriction, User
from accounts.queries.posts import NoSuchPost
from accounts.services import posts, restrictions, staff, suspension
from moderation.models import (
    OPEN_STATES,
    Act,
    Appeal,
    AppealState,
    Case,
    CaseState,
    Decision,
    DecisionState,
    Measure,
    NoticeKind,
    Reason,
    Report,
)
from moderation.services import audit, notices
from rooms.models import Room
from rooms.services import lifecycle
from spaces_site.boundary.plain_text import plain_paragraphs
from spaces_site.errors import DomainError, Kind

LONGEST_DAYS = 3650


class NoSuchCase(DomainError):
    """None by that id."""

    kind = Kind.NOT_FOUND
    code = "no_such_case"
    text = _("There is no such case.")


class NoSuchDecision(DomainError):
    """None by that id, or none about this person."""

    kind = Kind.NOT_FOUND
    code = "no_such_decision"
    text = _("There is no such decision.")


class CaseIsDecided(DomainError):
    """Somebody else was first."""

    kind = Kind.CONFLICT
    code = "case_is_decided"
    text = _("This case was decided meanwhile. Look at it again.")


class CannotDecideAbout(DomainError):
    """Oneself, an administrator, or nobody."""

    kind = Kind.CONFLICT
    code = "cannot_decide_about"
    text = _("You cannot decide about yourself, about an administrator, or about nobody.")


class BadMeasure(DomainError):
    """The measure and its length do not go together."""

    kind = Kind.INVALID
    code = "bad_measure"
    text = _("Choose a measure, a reason, and a number of days where it has an end.")


class AnotherPersonNeeded(DomainError):
    """Whoever decided first does not decide again."""

    kind = Kind.FORBIDDEN
    code = "another_person_needed"
    text = _("Somebody else than who decided first has to do this.")


class RoomIsOver(DomainError):
    """Not live (any more): there is nothing to close."""

    kind = Kind.CONFLICT
    code = "room_is_over"
    text = _("This room is not live any more, so it cannot be closed. Look at the case again.")


class NotWaiting(DomainError):
    """Nothing to confirm, refuse or lift."""

    kind = Kind.CONFLICT
    code = "not_waiting"
    text = _("This decision is not in that state any more. Look at it again.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a member of staff decides. `days` None: until it is lifted."""

    measure: str
    reason: str
    facts: str = ""
    days: int | None = None


def assign(*, actor: User, case_id: UUID, now: datetime) -> bool:
    """Take a case; False when it is somebody's or decided already. Raises NotStaff."""
    staff.check_is_staff(actor)
    with transaction.atomic():
        taken = Case.objects.filter(pk=case_id, state=CaseState.NEW)
        if not taken.update(state=CaseState.ASSIGNED, assigned_to=actor):
            return False
        audit.record(actor=actor, act=Act.CASE_ASSIGNED, subject=case_id, now=now)
    return True


def decide_case(*, actor: User, case_id: UUID, verdict: Verdict, now: datetime) -> Decision:
    """Decide a case: its person or room gets the measure, everybody concerned is told.

    Who reported hears of it once it is final. Raises NotStaff, NoSuchCase, CaseIsDecided, CannotDecideAbout,
    BadMeasure, RoomIsOver.
    """
    staff.check_is_staff(actor)
    _check_verdict(verdict)
    with transaction.atomic():
        case = Case.objects.select_for_update().filter(pk=case_id).first()
        if case is None:
            raise NoSuchCase
        if case.state not in OPEN_STATES:
            raise CaseIsDecided
        person = case.person or (case.room.creator if case.room else None)
        decision = _decide(actor, person, case.room, case, verdict, now)
        case.state, case.assigned_to = CaseState.WAITING, case.assigned_to or actor
        case.save(update_fields=["state", "assigned_to"])
        if decision.state != DecisionState.PROPOSED:
            close_case(decision=decision, now=now)
    return decision


def decide_about(*, actor: User, person: User, verdict: Verdict, now: datetime, room: Room | None = None) -> Decision:
    """Decide of one's own accord, without a report. Raises NotStaff, CannotDecideAbout, BadMeasure, RoomIsOver."""
    staff.check_is_staff(actor)
    _check_verdict(verdict)
    with transaction.atomic():
        return _decide(actor, person, room, None, verdict, now)


def close_room(*, actor: User, room: Room, verdict: Verdict, now: datetime) -> Decision:
    """The kill switch, with its reason: everybody's sockets and sound end, the host can contest it.

    Raises as `decide_about` does.
    """
    closing = Verdict(Measure.CLOSE_ROOM, verdict.reason, verdict.facts)
    return decide_about(actor=actor, person=room.creator, room=room, verdict=closing, now=now)


def confirm(*, actor: User, decision_id: UUID, now: datetime) -> Decision:
    """A second member of staff confirms a suspension for good. Raises NotStaff, AnotherPersonNeeded, NotWaiting."""
    with transaction.atomic():
        decision = _proposed(actor, decision_id, DecisionState.STANDING, now)
        _record(actor, Act.DECISION_CONFIRMED, decision, now)
        notices.tell(kind=NoticeKind.CONFIRMED, person=decision.person, decision=decision, now=now)
        close_case(decision=decision, now=now)
    return decision


def refuse(*, actor: User, decision_id: UUID, why: str, now: datetime) -> Decision:
    """A second member of staff refuses it: the person is back at once. Raises as `confirm` does."""
    with transaction.atomic():
        decision = _proposed(actor, decision_id, DecisionState.REFUSED, now)
        _record(actor, Act.DECISION_REFUSED, decision, now, why=why)
        take_back(actor=actor, decision=decision, now=now)
        close_case(decision=decision, now=now)
    return decision


def lift(*, actor: User, decision_id: UUID, why: str, now: datetime) -> Decision:
    """Staff take a standing measure back before its time.

    Raises NotStaff, NoSuchDecision, NotWaiting, and CannotDecideAbout for whom it is about.
    """
    staff.check_is_staff(actor)
    with transaction.atomic():
        decision = held_decision(decision_id=decision_id)
        check_not_oneself(actor, decision.person)
        if not decision.can_be_lifted:
            raise NotWaiting
        Decision.objects.move(decision.pk, DecisionState.STANDING, DecisionState.LIFTED, lifted_at=now)
        decision.refresh_from_db()
        _record(actor, Act.DECISION_LIFTED, decision, now, why=why)
        take_back(actor=actor, decision=decision, now=now)
    return decision


def take_back(*, actor: User, decision: Decision, now: datetime) -> None:
    """What the decision switched off is on again, as far as no other decision keeps it off; the person is told."""
    restriction = Measure(decision.measure).restriction
    if restriction is not None and decision.person is not None:
        _apply(actor, decision.person, restriction, now)
    if decision.measure != Measure.NONE:
        notices.tell(kind=NoticeKind.LIFTED, person=decision.person, decision=decision, now=now)


def close_case(*, decision: Decision, now: datetime) -> None:
    """The decision is final: everybody who reported it hears what came of it. One that is contested stays open."""
    waiting = Case.objects.filter(decisions=decision, state=CaseState.WAITING)
    is_contested = Appeal.objects.filter(decision=decision, state=AppealState.OPEN).exists()
    state, closed_at = (CaseState.APPEALED, None) if is_contested else (CaseState.DECIDED, now)
    if waiting.update(state=state, closed_at=closed_at):
        _answer_reporters(decision, now)


def check_not_oneself(actor: User, person: User | None) -> None:
    """Nobody judges a matter of their own, to no measure at all neither. Raises CannotDecideAbout."""
    if person is not None and person.pk == actor.pk:
        raise CannotDecideAbout


def held_decision(*, decision_id: UUID) -> Decision:
    """The decision, held by this transaction. Raises NoSuchDecision."""
    held = Decision.objects.select_for_update(of=("self",)).select_related("person", "room", "case")
    decision = held.filter(pk=decision_id).first()
    if decision is None:
        raise NoSuchDecision
    return decision


def _check_verdict(verdict: Verdict) -> None:
    if verdict.measure not in Measure.values or verdict.reason not in Reason.values:
        raise BadMeasure(field="measure")
    if verdict.days is not None and not 1 <= verdict.days <= LONGEST_DAYS:
        raise BadMeasure(field="days")
    if len(verdict.facts) > 2000:
        raise BadMeasure(field="facts")


def _decide(
    actor: User, person: User | None, room: Room | None, case: Case | None, verdict: Verdict, now: datetime
) -> Decision:
    measure = Measure(verdict.measure)
    if measure == Measure.CLOSE_ROOM and room is not None:
        # Whoever was reported in it: the room is its creator's, who is told and can contest it.
        person = room.creator
    check_not_oneself(actor, person)
    if measure != Measure.NONE and (person is None or person.is_superuser):
        raise CannotDecideAbout
    if measure == Measure.CLOSE_ROOM and room is None:
        raise BadMeasure(field="measure")
    ends = now + timedelta(days=verdict.days) if verdict.days and measure.restriction else None
    for_good = measure == Measure.SUSPEND and ends is None
    decision = Decision.objects.create(
        case=case, person=person, room=room, measure=measure, reason=verdict.reason, made_at=now, ends_at=ends,
        facts=plain_paragraphs(verdict.facts), by=actor,
        state=DecisionState.PROPOSED if for_good else DecisionState.STANDING,
    )  # fmt: skip
    act = Act.DECISION_PROPOSED if for_good else Act.CASE_DECIDED
    after = {"measure": measure.value, "reason": verdict.reason, "until": ends.isoformat() if ends else None}
    _record(actor, act, decision, now, why=decision.facts, after=after)
    why = decision.facts or str(Reason(verdict.reason).label)
    if measure == Measure.NONE or person is None:
        return decision
    if measure.restriction is not None:
        _apply(actor, person, measure.restriction, now, note=reason_in_all(verdict.reason))
    elif measure == Measure.DELETE_POSTS:
        _delete_posts(actor, case, why)
    elif measure == Measure.CLOSE_ROOM and room is not None:
        note = reason_in_all(verdict.reason)
        if not lifecycle.close_room(actor=actor, room_id=room.pk, note=note, why=why, now=now):
            raise RoomIsOver
    notices.tell(kind=NoticeKind.DECIDED, person=person, decision=decision, now=now)
    return decision


def _delete_posts(actor: User, case: Case | None, why: str) -> None:
    """The posts that the reports of this case name; one that its author deleted meanwhile is no matter."""
    named = case.reports.values_list("post_id", flat=True).distinct() if case else ()
    reported = [post_id for post_id in named if post_id is not None]
    if not reported:
        raise BadMeasure(field="measure")
    for post_id in reported:
        with suppress(NoSuchPost):
            posts.delete_as_staff(actor=actor, post_id=post_id, why=why)


def reason_in_all(reason: str) -> dict[str, str]:
    """The template of a reason in every language of the site."""
    told: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            told[language] = str(Reason(reason).label)
    return told


def _apply(
    actor: User,
    person: User,
    restriction: Restriction,
    now: datetime,
    *,
    note: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Make the person's row say what all decisions in force say together; `note` is told where a room ends by it.

    The person is held first: of two decisions at once the later one must see the other.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    measures = [measure for measure in Measure if measure.restriction == restriction]
    in_force = Decision.objects.in_force(now=now).filter(person=person, measure__in=measures)
    ends: list[datetime] = [end or FOREVER for end in in_force.values_list("ends_at", flat=True)]
    until = max(ends, default=None)
    if restriction != Restriction.SUSPENDED:
        restrictions.set_until(person_id=person.pk, restriction=restriction, until=until, note=note)
    elif until is None:
        suspension.unsuspend(actor=actor, person=person)
    else:
        suspension.suspend(actor=actor, person=person, until=until)


def _proposed(actor: User, decision_id: UUID, to: str, now: datetime) -> Decision:
    staff.check_is_staff(actor)
    decision = held_decision(decision_id=decision_id)
    if decision.by_id == actor.pk:
        raise AnotherPersonNeeded
    changes = {"second": actor, "second_at": now}
    if not Decision.objects.move(decision.pk, DecisionState.PROPOSED, to, **changes):
        raise NotWaiting
    decision.refresh_from_db()
    return decision


def _answer_reporters(decision: Decision, now: datetime) -> None:
    """Each reporter once, however often they reported."""
    told = set()
    for report in Report.objects.filter(case=decision.case).select_related("reporter").order_by("sent_at"):
        if report.reporter_key in told:
            continue
        told.add(report.reporter_key)
        account = report.reporter if report.reporter and not report.reporter.is_guest else None
        notices.tell(
            kind=NoticeKind.ANSWERED, person=account, email="" if account else report.email, report=report,
            language=report.language, acted=decision.acted, now=now,
        )  # fmt: skip


def _record(
    actor: User, act: Act, decision: Decision, now: datetime, *, why: str = "", after: Mapping[str, Any] | None = None
) -> None:
    audit.record(
        actor=actor, act=act, person=decision.person, room=decision.room, subject=decision.pk, why=why,
        after=after or {"state": decision.state}, now=now,
    )  # fmt: skip
