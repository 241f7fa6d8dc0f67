"""What somebody was told, and what they want to be told by which way."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.timezone import get_current_timezone_name, localtime

from accounts.models import Channel, Notification, NotificationChoice, NotificationKind, User

#: What is sent unless somebody wants it otherwise. Mail is for what one asked for oneself.
DEFAULTS: dict[tuple[str, str], bool] = {
    (kind, channel): channel == Channel.PUSH
    or kind in (NotificationKind.REMINDER, NotificationKind.ROOM_CHANGED, NotificationKind.OWN_ROOM)
    for kind in NotificationKind.values
    for channel in Channel.values
}
#: Lines of one page.
LINES = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list, worded in the active language and time zone. `earlier` counts what it stands for."""

    id: UUID
    kind: str
    title: str
    body: str
    path: str
    made_at: datetime
    is_read: bool
    earlier: int = 0

    @property
    def day(self) -> date:
        """The day on the reader's calendar."""
        return localtime(self.made_at).date()


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of them, newest first. `next_before` fetches the next page; None: the last."""

    lines: list[Line]
    unread: int
    next_before: UUID | None


def unread_count(*, person_id: UUID) -> int:
    """How many things somebody has not read, to a hundred."""
    unread = Notification.objects.filter(person_id=person_id, read_at=None)
    return len(unread.values_list("pk")[:100])


def page(*, person: User, before: UUID | None = None, size: int = LINES) -> Lines:
    """What somebody was told before the notification `before`; what is about one room stands as one line."""
    rows = Notification.objects.filter(person=person).order_by("-made_at", "-pk")
    last = Notification.objects.filter(person=person, pk=before).first() if before else None
    if last is not None:
        rows = rows.filter(made_at__lte=last.made_at).exclude(made_at=last.made_at, pk__gte=last.pk)
    found = list(rows[: size + 1])
    groups: dict[Any, list[Notification]] = {}
    for one in found[:size]:
        groups.setdefault((one.kind, one.about, one.read_at is None) if one.about else one.pk, []).append(one)
    return Lines(
        [_line(group) for group in groups.values()],
        unread_count(person_id=person.pk),
        found[size - 1].pk if len(found) > size else None,
    )


def words_of(notification: Notification) -> tuple[str, str]:
    """Title and text in the active language and time zone."""
    facts = {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in notification.facts.items()
    }
    # The town, as people say it: "Tokyo".
    facts["zone"] = get_current_timezone_name().rpartition("/")[2].replace("_", " ")
    text = render_to_string(f"notifications/{notification.wording}.txt", facts)
    title, _blank, body = text.strip().partition("\n")
    return title.strip(), body.strip()


def language_of(person: User) -> str:
    """The language in which somebody is written to."""
    return person.language or settings.LANGUAGE_CODE


def choices_of(*, people_ids: Collection[UUID]) -> dict[tuple[UUID, str, str], bool]:
    """Where these people want something else than `DEFAULTS`."""
    rows = NotificationChoice.objects.filter(person_id__in=people_ids)
    return {(row.person_id, row.kind, row.channel): row.wanted for row in rows}


def matrix(*, person: User) -> dict[str, dict[str, bool]]:
    """Kind → channel → wanted."""
    own = choices_of(people_ids=[person.pk])
    return {
        kind: {
            channel: own.get((person.pk, kind, channel), DEFAULTS[kind, channel]) for channel in Channel.values
        }
        for kind in NotificationKind.values
    }  # fmt: skip


def _line(group: list[Notification]) -> Line:
    newest = group[0]
    title, body = words_of(newest)
    read = newest.read_at is not None
    return Line(newest.pk, newest.kind, title, body, newest.path, newest.made_at, read, len(group) - 1)
