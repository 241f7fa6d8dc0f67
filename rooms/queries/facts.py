"""What lists of rooms tell beside the rows themselves: counts, and what each room is to the person who asks."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from rooms import admission, eligibility, stage_rules
from rooms.models import (
    Invitation,
    Participant,
    Reminder,
    Removal,
    Role,
    Room,
    RoomPass,
    SpeakRequest,
    SpeakRequestState,
)
from rooms.protocol import PersonCard
from rooms.queries.cards import card_columns, card_of_row
from rooms.queries.roster import SpeakerWarning

Viewer = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class ViewerFacts:
    """What a room is to the person who asks. `role` is empty for somebody who is not in it."""

    role: str
    #: Whether they hold a ticket (or another pass) of a room that needs one.
    ticket: bool
    can_host: bool
    door: str
    #: You are reminded of it.
    reminder: bool
    #: What you should know before you join, as `joinRoom` tells it: people on stage whom you blocked.
    warnings: list[SpeakerWarning]


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one room: its creator, how many are in it and asked to be reminded of it, and the viewer's ties to it."""

    creator: PersonCard
    present: int
    subscribers: int
    role: str
    is_awaited: bool
    is_removed: bool
    holds_pass: bool

    @property
    def is_host(self) -> bool:
        """Whether the viewer is in the room as one of those who may moderate it."""
        return self.role in stage_rules.HOST_ROLES


def facts_of(*, rooms: Sequence[Room], viewer: Viewer) -> dict[UUID, Facts]:
    """Everything that can be counted or looked up of these rooms, in one query however many they are."""
    mine: dict[str, Any] = {"room_id": OuterRef("pk"), "person_id": viewer.pk}
    role = Participant.objects.present().filter(**mine).values("role")[:1]
    counted = Room.objects.filter(pk__in=[room.pk for room in rooms]).annotate(
        present=_number(Participant.objects.present()),
        # Whoever opened it is reminded without having asked.
        subscribers=_number(Reminder.objects.exclude(person_id=OuterRef("creator_id"))),
        own_role=Coalesce(Subquery(role), Value("")),
        awaited=Exists(Reminder.objects.filter(**mine)),
        removed=Exists(Removal.objects.standing().filter(**mine)),
        held=Exists(RoomPass.objects.standing().filter(**mine)),
    )
    columns = ("pk", "present", "subscribers", "own_role", "awaited", "removed", "held")
    rows = counted.values_list(*columns, *card_columns("creator"))
    return {row[0]: Facts(card_of_row(row[len(columns) :]), *row[1 : len(columns)]) for row in rows}


def _number(rows: QuerySet[Any]) -> Coalesce:
    """How many of these rows belong to the room of the outer query."""
    grouped = rows.filter(room_id=OuterRef("pk")).order_by().values("room_id").annotate(number=Count("pk"))
    return Coalesce(Subquery(grouped.values("number")), Value(0))


def invited_to_speak(*, facts: dict[UUID, Facts], hosted: set[UUID], viewer: Viewer) -> dict[UUID, list[str]]:
    """Who is asked on stage and has not answered: from within the room, or by an invitation.

    An offer on stage is seen by everybody there; an invitation is known to the hosts and to whoever is invited.
    """
    offers = SpeakRequest.objects.filter(room_id__in=facts, state=SpeakRequestState.OFFERED, invited=True)
    asked = offers.values_list("room_id", "participant__person_id", "raised_at")
    if isinstance(viewer, User):
        theirs = Q(room_id__in=hosted) | Q(person=viewer)
        waiting = Invitation.objects.open().to_speak().filter(theirs, room_id__in=facts)
        asked = asked.union(waiting.values_list("room_id", "person_id", "invited_at"))
    named: dict[UUID, dict[str, None]] = defaultdict(dict)
    for room_id, person_id, _at in sorted(asked, key=lambda row: row[2]):
        named[room_id][str(person_id)] = None
    return {room_id: list(people) for room_id, people in named.items()}


def viewer_facts(
    *,
    rooms: Sequence[Room],
    facts: dict[UUID, Facts],
    warnings: dict[UUID, list[SpeakerWarning]],
    viewer: Viewer,
    now: datetime,
) -> dict[UUID, ViewerFacts]:
    """What each of these rooms is to the viewer; who may host is asked once."""
    can_host = bool(rooms) and eligibility.may_host(person=viewer)
    return {
        room.pk: ViewerFacts(
            role=Role(facts[room.pk].role).name.lower() if facts[room.pk].role else "",
            ticket=room.needs_pass and facts[room.pk].holds_pass,
            can_host=can_host,
            door=admission.door_for(
                person=viewer,
                room=room,
                now=now,
                present=facts[room.pk].present,
                is_blocked=False,
                is_removed=facts[room.pk].is_removed,
                has_pass=facts[room.pk].holds_pass or room.creator_id == viewer.pk,
            ).door.lower(),
            reminder=facts[room.pk].is_awaited,
            warnings=warnings.get(room.pk, []),
        )
        for room in rooms
    }
