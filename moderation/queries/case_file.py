"""A case as staff see it: what was reported, who and where it is about, and what was there before."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, Window
from django.db.models.functions import RowNumber

from accounts import queries as people
from accounts.models import Restriction, User
from moderation.models import (
    OPEN_STATES,
    SEVERITY_OF,
    Appeal,
    AppealState,
    Case,
    CaseState,
    Decision,
    DecisionState,
    Evidence,
    Measure,
    Report,
    Severity,
)
from moderation.models.report import CaseQuerySet
from rooms.models import Participant, Room, RoomState
from rooms.protocol import StagePerson
from rooms.queries import roster

#: Earlier cases and decisions that a page lists.
EARLIER = 10
#: Reports that a page lists; a crowd sends more.
REPORTS_LISTED = 100


@dataclass(frozen=True, slots=True)
class PersonFile:
    """Somebody, with what staff decided before and what holds now."""

    person: User
    restrictions: list[tuple[str, datetime]]
    cases: list[Case]
    decisions: list[Decision]


@dataclass(frozen=True, slots=True)
class RoomFile:
    """A room as it is now, and what was reported of it before."""

    room: Room
    is_live: bool
    stage: tuple[StagePerson, ...]
    listener_count: int
    cases: list[Case]


@dataclass(frozen=True, slots=True)
class ReporterFile:
    """A reporter of this case in others: how many reports, how many of them found no breach, and the newest."""

    name: str
    sent: int
    dismissed: int
    reports: list[Report]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything on one page, side by side. `suggested` is the reason that the worst report speaks for."""

    case: Case
    reports: list[Report]
    reporters: list[ReporterFile]
    evidence: list[Evidence]
    person: PersonFile | None
    room: RoomFile | None
    decisions: list[Decision]
    suggested: str


@dataclass(frozen=True, slots=True)
class Queues:
    """How much waits, and where."""

    child_safety: int
    live_now: int
    second_person: int
    appeals: int
    rest: int


def with_live(cases: CaseQuerySet) -> CaseQuerySet:
    """Adds `live_now`: the room is live, or the person is on a live stage."""
    rooms = Room.objects.live().filter(pk=OuterRef("room_id"))
    stages = Participant.objects.on_stage().filter(person_id=OuterRef("person_id"), room__state=RoomState.LIVE)
    return cases.annotate(live_now=Exists(rooms) | Exists(stages))


def queues() -> Queues:
    """What waits for staff, counted."""
    waiting = with_live(Case.objects.open())
    severe, live = Q(severity=Severity.CRITICAL), Q(live_now=True)
    return Queues(
        child_safety=waiting.filter(severe).count(),
        live_now=waiting.filter(live & ~severe).count(),
        second_person=Decision.objects.filter(state=DecisionState.PROPOSED).count(),
        appeals=Appeal.objects.filter(state=AppealState.OPEN).count(),
        rest=waiting.filter(~live & ~severe).count(),
    )


def case_file(*, case_id: UUID, now: datetime) -> CaseFile | None:
    """One case, in as many queries for one report as for a hundred; None when there is none."""
    case = Case.objects.select_related("person", "room__creator", "assigned_to").filter(pk=case_id).first()
    if case is None:
        return None
    reports = list(case.reports.select_related("reporter").order_by("-sent_at")[:REPORTS_LISTED])
    worst = max(reports, key=lambda report: SEVERITY_OF[report.category], default=None)
    person = case.person or (case.room.creator if case.room else None)
    return CaseFile(
        case=case,
        reports=reports,
        reporters=_reporter_files(case, reports),
        evidence=list(case.evidence.order_by("-taken_at")),
        person=_person_file(person, case, now) if person else None,
        room=_room_file(case.room, case) if case.room else None,
        decisions=list(case.decisions.select_related("by", "second", "person").order_by("-made_at")),
        suggested=worst.category if worst else "OTHER",
    )


def is_open(case: Case) -> bool:
    """Whether the case can be decided."""
    return case.state in OPEN_STATES


def _reporter_files(case: Case, reports: list[Report]) -> list[ReporterFile]:
    """Which of the reporters reported other things too, whoever did most first; two queries."""
    names = {report.reporter_key: str(report.reporter or report.name or report.email) for report in reports}
    others = Report.objects.filter(reporter_key__in=names).exclude(case=case)
    in_vain = Exists(Decision.objects.filter(case=OuterRef("case"), measure=Measure.NONE))
    counts = others.annotate(in_vain=in_vain).values("reporter_key")
    most = list(
        counts.annotate(sent=Count("pk"), dismissed=Count("pk", filter=Q(in_vain=True)))
        .order_by("-sent", "reporter_key")[:EARLIER]
    )  # fmt: skip
    nth = Window(RowNumber(), partition_by="reporter_key", order_by="-sent_at")
    newest = others.filter(reporter_key__in=[one["reporter_key"] for one in most]).annotate(nth=nth)
    by_key: dict[str, list[Report]] = defaultdict(list)
    for report in newest.filter(nth__lte=EARLIER).select_related("case__person", "case__room").order_by("-sent_at"):
        by_key[report.reporter_key].append(report)
    return [
        ReporterFile(names[one["reporter_key"]], one["sent"], one["dismissed"], by_key[one["reporter_key"]])
        for one in most
    ]


def _person_file(person: User, case: Case, now: datetime) -> PersonFile:
    standing = [
        (str(restriction.label), until)
        for restriction in Restriction
        if (until := people.restricted_until(person=person, restriction=restriction, now=now))
    ]
    earlier = Case.objects.filter(person=person).exclude(pk=case.pk).order_by("-opened_at")
    decisions = Decision.objects.filter(person=person).exclude(case=case).select_related("by").order_by("-made_at")
    return PersonFile(person, standing, list(earlier[:EARLIER]), list(decisions[:EARLIER]))


def _room_file(room: Room, case: Case) -> RoomFile:
    live = room.state == RoomState.LIVE
    stage = roster.on_stage(room_id=room.pk) if live else ()
    listeners = Participant.objects.listening().filter(room=room).count() if live else 0
    earlier = Case.objects.filter(room=room).exclude(pk=case.pk).select_related("person").order_by("-opened_at")
    return RoomFile(room, live, stage, listeners, list(earlier[:EARLIER]))


def open_states() -> tuple[str, ...]:
    """States in which somebody of the staff has something to do."""
    return (*OPEN_STATES, CaseState.WAITING)
