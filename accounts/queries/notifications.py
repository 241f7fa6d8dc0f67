"""What somebody was told, and what they want to be told by which way."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery
from django.template.loader import render_to_string
from django.utils.timezone import get_current_timezone_name, localtime

from accounts import queries
from accounts.models import Channel, Follow, Notification, NotificationChoice, NotificationKind, User
from accounts.models.notification import NotificationQuerySet
from spaces_site.boundary import cursor

#: What one asked for oneself: it comes by mail as well.
_BY_MAIL = {NotificationKind.REMINDER, NotificationKind.ROOM_CHANGED, NotificationKind.OWN_ROOM}
#: What people say in public stands in the list, and pushes nobody who did not ask for it.
_IN_LIST = {NotificationKind.MENTION, NotificationKind.REPLY}
#: What is sent unless somebody wants it otherwise.
DEFAULTS: dict[tuple[str, str], bool] = {
    (kind, channel): channel == Channel.IN_APP
    or (kind in _BY_MAIL if channel == Channel.EMAIL else kind not in _IN_LIST)
    for kind in NotificationKind.values
    for channel in Channel.values
}
#: Kinds that name how many they are: "3 messages from Ana".
COUNTED = frozenset({NotificationKind.MESSAGE, NotificationKind.MENTION, NotificationKind.REPLY})
#: Lines of one page.
LINES = 30
#: Unread ones are counted so far.
MOST_UNREAD = 100
#: Characters of somebody's words that are shown.
_EXCERPT = 140


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

    @property
    def names_count(self) -> bool:
        """Whether its title says how many there are."""
        return self.kind in COUNTED


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of them, newest first. `next_token` fetches the next page; None: the last."""

    lines: list[Line]
    unread: int
    next_token: str | None


def unread(*, now: datetime) -> NotificationQuerySet:
    """What anybody has not read of what stands in their list: every number that is shown counts these."""
    return _listed(now).unread()


def unread_count(*, person_id: UUID, now: datetime) -> int:
    """How many things somebody has not read, to a hundred."""
    return len(unread(now=now).filter(person_id=person_id).values_list("pk")[:MOST_UNREAD])


def unread_counts(*, people_ids: Collection[UUID], now: datetime) -> dict[UUID, int]:
    """The same for many people at one time; who has read everything is not in it."""
    number = count_to_a_hundred(unread(now=now).filter(person=OuterRef("pk")))
    return {pk: n for pk, n in User.objects.filter(pk__in=people_ids).values_list("pk", number) if n}


def count_to_a_hundred(told: NotificationQuerySet) -> Subquery:
    """How many these are, as a column; whoever has a hundred thousand unread costs no more than a hundred."""
    return _Size(told.values("pk")[:MOST_UNREAD], output_field=IntegerField())


class _Size(Subquery):
    """How many rows a subquery gives, its LIMIT heeded."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"


def page(*, person: User, now: datetime, token: str = "", size: int = LINES) -> Lines:
    """What somebody was told; what belongs together, read or unread, stands as its newest. Raises BadCursor."""
    told = _listed(now).filter(person=person)
    later = Q(made_at__gt=OuterRef("made_at")) | Q(made_at=OuterRef("made_at"), pk__gt=OuterRef("pk"))
    newer = told.filter(later, kind=OuterRef("kind"), about=OuterRef("about"))
    newest_unread = Q(read_at=None) & ~Exists(newer.filter(read_at=None))
    newest_read = Q(read_at__isnull=False) & ~Exists(newer.filter(read_at__isnull=False))
    heads = told.filter(newest_unread | newest_read).select_related("by", "message", "post")
    found, next_token = cursor.page_of(heads, key="made_at", token=token, size=size)
    sizes = _sizes(told, {one.about for one in found if one.about})
    lines = [_line(one, sizes[one.kind, one.about, one.read_at is None]) for one in found]
    return Lines(lines, unread_count(person_id=person.pk, now=now), next_token)


def newest_like(*, notification: Notification, now: datetime) -> tuple[Notification, int] | None:
    """The newest unread one of those that stand as one line with this, and how many they are. None when all are read
    or gone, or lie beyond a block. Whatever way somebody hears of it by: also what they want in no list.
    """
    unread = Notification.objects.like(notification).unread().filter(_shown(now))
    newest = unread.select_related("person", "by", "message", "post").order_by("-made_at", "-pk").first()
    return (newest, unread.count()) if newest else None


def shown_ids(*, ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Those of these notifications that may be shown to their people still."""
    return set(Notification.objects.filter(_shown(now), pk__in=ids).values_list("pk", flat=True))


def words_of(notification: Notification, *, count: int = 1) -> tuple[str, str]:
    """Title and text in the active language and time zone; `count` is how many it stands for, with itself."""
    facts = {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in notification.facts.items()
    }
    # The town, as people say it: "Tokyo".
    facts["zone"] = get_current_timezone_name().rpartition("/")[2].replace("_", " ")
    if notification.by is not None:
        facts["who"] = notification.by.display_name or notification.by.handle
    said = notification.message or notification.post
    facts["said"] = _excerpt(said.text) if said else ""
    text = render_to_string(f"notifications/{notification.wording}.txt", {**facts, "count": count})
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


def _listed(now: datetime) -> NotificationQuerySet:
    return Notification.objects.filter(_shown(now), is_listed=True)


def _shown(now: datetime) -> Q:
    """As everywhere: nothing across a block, nothing of who was switched off, or whom staff hid from the person."""
    near = queries.not_estranged_pair(one="person_id", other="by_id")
    near &= queries.not_estranged_pair(one="person_id", other="post__reply_to__author_id")
    follows = Follow.objects.filter(follower_id=OuterRef("person_id"), followee_id=OuterRef("by_id"))
    in_sight = Q(post=None) | ~Q(by__limited_until__gt=now) | Exists(follows)
    return near & in_sight & (Q(by=None) | Q(by__is_active=True))


def _sizes(told: NotificationQuerySet, about: Collection[UUID]) -> Counter[tuple[str, UUID | None, bool]]:
    """How many stand as one line, by kind, what they are about, and whether they are unread."""
    rows = told.filter(about__in=about).values("kind", "about")
    fresh, read = Count("pk", filter=Q(read_at=None)), Count("pk", filter=Q(read_at__isnull=False))
    sizes: Counter[tuple[str, UUID | None, bool]] = Counter()
    for row in rows.annotate(fresh=fresh, read=read):
        sizes[row["kind"], row["about"], True] = row["fresh"]
        sizes[row["kind"], row["about"], False] = row["read"]
    return sizes


def _line(one: Notification, size: int) -> Line:
    count = max(size, 1)
    title, body = words_of(one, count=count)
    return Line(one.pk, one.kind, title, body, one.path, one.made_at, one.read_at is not None, count - 1)


def _excerpt(text: str) -> str:
    """The beginning of what somebody wrote, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1].rstrip() + "…"
