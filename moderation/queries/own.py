"""What people may know of their own reports, and of decisions about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from moderation.models import (
    Appeal,
    AppealState,
    CaseState,
    Decision,
    DecisionState,
    Measure,
    Notice,
    Report,
)
from rooms.protocol import PersonCard
from rooms.queries.cards import person_card
from rooms.queries.catalogue import FIRST_PAGE, Page
from rooms.queries.known import rooms_spoken_of
from spaces_site.boundary import cursor
from spaces_site.errors import DomainError, Kind

PAGE = 20


class NoSuchReport(DomainError):
    """None by that id of this person."""

    kind = Kind.NOT_FOUND
    code = "no_such_report"
    text = _("There is no such report of yours.")


class NoSuchDecisionAboutYou(DomainError):
    """None by that id about this person, or a token that opens nothing any more."""

    kind = Kind.NOT_FOUND
    code = "no_such_decision_about_you"
    text = _("There is no such decision about you, or the link is too old.")


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """One's own report. `status` is received, in_review or answered; `acted` says then whether a measure was taken."""

    id: str
    category: str
    category_text: str
    details: str
    status: str
    acted: bool | None
    sent_at: datetime
    person: PersonCard | None
    room_id: str
    room_title: str
    url: str
    helplines: dict[str, str]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One's reports, newest first; `next_token` names the next page, or is empty."""

    reports: list[ReportRecord]
    next_token: str = ""


@dataclass(frozen=True, slots=True)
class AppealRecord:
    """What one said against a decision, and the answer: open, upheld or overturned."""

    state: str
    words: str
    made_at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision with its reasons. `state` is provisional, in_force, over, refused or lifted; `ground` law or rules."""

    id: str
    measure: str
    measure_text: str
    reason: str
    reason_text: str
    facts: str
    ground: str
    state: str
    made_at: datetime
    ends_at: datetime | None
    room_id: str
    room_title: str
    reported: bool
    may_appeal: bool
    appeal_until: datetime
    appeal: AppealRecord | None


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """A message of the moderation team, in the language that the reader had when it was written.

    `kind` is received, answered, decided, confirmed, lifted or appeal_answered.
    """

    id: str
    kind: str
    subject: str
    body: str
    made_at: datetime
    report_id: str
    decision_id: str


def notices_of(*, person: User, page: Page = FIRST_PAGE) -> tuple[list[NoticeRecord], str | None]:
    """Messages to somebody, newest first, and the next page's token; one query. Raises BadCursor."""
    told = Notice.objects.filter(person=person)
    found, next_token = cursor.page_of(told, key="made_at", token=page.token, size=page.size)
    return [
        NoticeRecord(
            str(one.pk), one.kind.lower(), one.subject, one.body, one.made_at, str(one.report_id or ""),
            str(one.decision_id or ""),
        )
        for one in found
    ], next_token  # fmt: skip


def reports_of(*, person: User, token: str = "") -> ReportPage:
    """One's own reports, in four queries at most."""
    own = Report.objects.filter(reporter=person).select_related("case", "person", "room")
    own = own.prefetch_related("case__decisions").order_by("-sent_at", "-pk")
    if before := _moment(token):
        own = own.filter(sent_at__lt=before)
    found = list(own[: PAGE + 1])
    known = rooms_spoken_of(room_ids=[report.room_id for report in found], viewer=person)
    told = [_report(report, known) for report in found[:PAGE]]
    more = len(found) > PAGE
    return ReportPage(told, str(int(found[PAGE - 1].sent_at.timestamp() * 1_000_000)) if more else "")


def report_of(*, person: User, report_id: UUID) -> ReportRecord:
    """One of one's own reports. Raises NoSuchReport."""
    own = Report.objects.filter(reporter=person, pk=report_id).select_related("case", "person", "room")
    report = own.prefetch_related("case__decisions").first()
    if report is None:
        raise NoSuchReport
    return _report(report, rooms_spoken_of(room_ids=[report.room_id], viewer=person))


def decisions_about(*, person: User, now: datetime, page: Page = FIRST_PAGE) -> tuple[list[DecisionRecord], str | None]:
    """Decisions about somebody with their appeals, newest first, and the next page's token; one query.

    Raises BadCursor.
    """
    about = Decision.objects.about(person.pk).select_related("room", "appeal")
    found, next_token = cursor.page_of(about, key="made_at", token=page.token, size=page.size)
    return told_decisions(found, now=now), next_token


def decision_about(*, person: User, decision_id: UUID, now: datetime) -> DecisionRecord:
    """One decision about somebody. Raises NoSuchDecisionAboutYou."""
    return _one(Decision.objects.about(person.pk).filter(pk=decision_id).select_related("room", "appeal"), now)


def decision_by_id(*, decision_id: UUID | None, now: datetime) -> DecisionRecord:
    """One decision, for whoever showed the token of its mail. Raises NoSuchDecisionAboutYou."""
    if decision_id is None:
        raise NoSuchDecisionAboutYou
    found = Decision.objects.filter(pk=decision_id).exclude(measure=Measure.NONE)
    return _one(found.select_related("room", "appeal"), now)


def told_decisions(found: Iterable[Decision], *, now: datetime) -> list[DecisionRecord]:
    """Decisions as the person may read them; `room` and `appeal` are loaded."""
    return [_decision(decision, now) for decision in found]


def _one(found: Iterable[Decision], now: datetime) -> DecisionRecord:
    told: Sequence[DecisionRecord] = told_decisions(found, now=now)
    if not told:
        raise NoSuchDecisionAboutYou
    return told[0]


def _report(report: Report, known: set[UUID]) -> ReportRecord:
    """`known`: rooms that may be named to the reporter. By an address one can report any, learning nothing of it."""
    case = report.case
    room = report.room if report.room_id in known else None
    answered = case.state in (CaseState.DECIDED, CaseState.APPEALED, CaseState.CLOSED)
    status = "answered" if answered else "received" if case.state == CaseState.NEW else "in_review"
    acted = any(decision.acted for decision in case.decisions.all())
    return ReportRecord(
        id=str(report.pk),
        category=report.category.lower(),
        category_text=report.get_category_display(),
        details=report.details,
        status=status,
        acted=acted if answered else None,
        sent_at=report.sent_at,
        person=person_card(report.person) if report.person else None,
        room_id=str(room.pk) if room else "",
        room_title=room.title if room else "",
        url=report.url,
        helplines=dict(report.helplines),
    )


def _decision(decision: Decision, now: datetime) -> DecisionRecord:
    appeal: Appeal | None = getattr(decision, "appeal", None)
    return DecisionRecord(
        id=str(decision.pk),
        measure=decision.measure.lower(),
        measure_text=decision.get_measure_display(),
        reason=decision.reason.lower(),
        reason_text=decision.get_reason_display(),
        facts=decision.facts,
        ground=decision.ground,
        state=_state(decision, now),
        made_at=decision.made_at,
        ends_at=decision.ends_at,
        room_id=str(decision.room_id or ""),
        room_title=decision.room.title if decision.room else "",
        reported=decision.case_id is not None,
        may_appeal=appeal is None and decision.is_contestable(now=now),
        appeal_until=decision.contestable_until,
        appeal=_appeal(appeal) if appeal else None,
    )


def _appeal(appeal: Appeal) -> AppealRecord:
    state = AppealState(appeal.state).name.lower()
    return AppealRecord(state, appeal.words, appeal.made_at, appeal.answer, appeal.answered_at)


def _state(decision: Decision, now: datetime) -> str:
    if decision.state == DecisionState.STANDING:
        return "over" if decision.ends_at and decision.ends_at <= now else "in_force"
    return {"PROPOSED": "provisional", "REFUSED": "refused", "LIFTED": "lifted"}[decision.state]


def _moment(token: str) -> datetime | None:
    """The page token: microseconds since 1970."""
    if not (token.isascii() and token.isdigit() and len(token) < 18):
        return None
    return datetime.fromtimestamp(int(token) / 1_000_000, UTC)
