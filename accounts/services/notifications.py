"""Telling people: a row in the app, and one delivery for each way by which they want to hear of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.models import (
    Channel,
    Delivery,
    Notification,
    NotificationChoice,
    NotificationKind,
    Post,
    PushDevice,
    User,
)
from accounts.models.notification import NotificationQuerySet
from accounts.queries import notifications as queries
from accounts.services.access import Actor, check_has_account
from spaces_site.errors import DomainError, Kind

_SALT = "accounts.unsubscribe.v1"
#: Mails about what people say wait so long: what is read meanwhile is not mailed, what comes meanwhile is one mail.
GATHER = timedelta(minutes=5)


class Unchanged(Enum):
    """Says that a field was not named, where None means something."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


class NoSuchNotification(DomainError):
    """Not one of this person's."""

    kind = Kind.NOT_FOUND
    code = "no_such_notification"
    text = _("There is no such notification. It may be older than what we keep.")


class NoSuchChoice(DomainError):
    """The matrix has no such field."""

    kind = Kind.INVALID
    code = "no_such_choice"
    text = _("Choose what you want to be told, and by which way.")


class HalfOfQuietHours(DomainError):
    """Quiet hours need a beginning and an end, and the two differ."""

    kind = Kind.INVALID
    code = "half_of_quiet_hours"
    text = _("Say when quiet hours begin and when they end, or leave both empty.")


class BadToken(DomainError):
    """The link of a mail, changed on its way."""

    kind = Kind.NOT_FOUND
    code = "bad_unsubscribe_link"
    text = _("This link is not one of ours. Change what you are told in your settings.")


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told: see `Notification`. What is `held_back` stands in the list and goes no other way."""

    person: User
    kind: NotificationKind
    wording: str
    path: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    about: UUID | None = None
    expires_at: datetime | None = None
    by: User | None = None
    post_id: UUID | None = None
    message_id: UUID | None = None
    held_back: bool = False


def tell(*, tellings: Sequence[Telling], now: datetime) -> int:
    """Write all of these down in the caller's transaction: rows for the app, and rows for the ways out.

    Five queries however many they are. Whoever has no address gets no mail, without a device no push, and whoever
    wants to hear of it by no way at all is told nothing. Returns how many are told.
    """
    people_ids = {telling.person.pk for telling in tellings}
    own = queries.choices_of(people_ids=people_ids)
    reachable = _devices_of(people_ids) | {
        (telling.person.pk, Channel.EMAIL, telling.kind) for telling in tellings if telling.person.email
    }
    made: list[Notification] = []
    ways: list[Delivery] = []
    for telling in tellings:
        wanted = [
            channel
            for channel in Channel
            if own.get((telling.person.pk, telling.kind, channel), queries.DEFAULTS[telling.kind, channel])
        ]
        is_listed = Channel.IN_APP in wanted
        ways_out = [] if telling.held_back else wanted
        out = [way for way in ways_out if (telling.person.pk, way, telling.kind) in reachable]
        if is_listed or out:
            notification = _notification(telling, is_listed=is_listed, now=now)
            made.append(notification)
            ways += [Delivery(notification=notification, channel=way, due_at=_due_at(telling, way, now)) for way in out]
    Notification.objects.bulk_create(made)
    Delivery.objects.bulk_create(ways)
    _ring({notification.person_id for notification in made if notification.is_listed})
    return len(made)


def mark_read(*, actor: Actor, notification_id: UUID, now: datetime) -> None:
    """Mark one as read, and what its line stood for. Raises NoSuchNotification."""
    person = check_has_account(actor)
    found = Notification.objects.filter(person=person, pk=notification_id).first()
    if found is None:
        raise NoSuchNotification
    _mark(Notification.objects.like(found).filter(made_at__lte=found.made_at), person.pk, now)


def mark_all_read(*, actor: Actor, now: datetime) -> None:
    """Mark everything as read."""
    person = check_has_account(actor)
    _mark(Notification.objects.filter(person=person), person.pk, now)


def mark_messages_read(*, person_id: UUID, conversation_id: UUID, until: datetime) -> None:
    """Somebody has read what was written to them until then: of that nothing is unread in the list either."""
    told = Notification.objects.filter(person_id=person_id, message__conversation=conversation_id)
    _mark(told.filter(message__sent_at__lte=until), person_id, until)


def forget_messages(*, person_id: UUID, conversation_id: UUID) -> None:
    """Somebody deleted a conversation for themselves: what it said stands in their list no more."""
    _forget(Notification.objects.filter(person_id=person_id, message__conversation=conversation_id))


def forget_message(*, message_id: UUID) -> None:
    """A message is being taken back: it stands in nobody's list."""
    _forget(Notification.objects.filter(message=message_id))


def forget_post(*, post_id: UUID) -> None:
    """A post is being deleted, with its replies: they stand in nobody's list."""
    posts = Post.objects.filter(Q(pk=post_id) | Q(reply_to=post_id))
    _forget(Notification.objects.filter(post__in=posts))


def set_wishes(
    *,
    actor: Actor,
    choices: Iterable[tuple[str, str, bool]] = (),
    quiet_from: time | Unchanged | None = UNCHANGED,
    quiet_until: time | Unchanged | None = UNCHANGED,
) -> User:
    """Say what one wants to be told by which way, as (kind, channel, wanted), and when nothing is to be pushed.

    Between the quiet hours, on one's own clock, nothing is pushed; both empty: never quiet.
    Returns the person as they are now. Raises NoSuchChoice, HalfOfQuietHours.
    """
    person = check_has_account(actor)
    wanted = list(choices)
    if any((kind, channel) not in queries.DEFAULTS for kind, channel, _wanted in wanted):
        raise NoSuchChoice
    hours = {"quiet_from": quiet_from, "quiet_until": quiet_until}
    changed = {name: value for name, value in hours.items() if not isinstance(value, Unchanged)}
    with transaction.atomic():
        held = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        begins, ends = changed.get("quiet_from", held.quiet_from), changed.get("quiet_until", held.quiet_until)
        if (begins is None) != (ends is None) or (begins is not None and begins == ends):
            raise HalfOfQuietHours(field="quiet_until")
        if changed:
            User.objects.filter(pk=person.pk).update(**changed)
        for kind, channel, is_wanted in wanted:
            _choose(person, kind, channel, is_wanted)
    held.refresh_from_db(fields=["quiet_from", "quiet_until"])
    return held


def unsubscribe_token(*, person_id: UUID, kind: str) -> str:
    """For the foot of a mail: whoever has it ends mails of this kind to this person, and nothing else."""
    return signing.dumps([str(person_id), kind], salt=_SALT)


def kind_of_token(*, token: str) -> tuple[NotificationKind, bool]:
    """What a token ends, and whether it is mailed still: the page asks, or says that it is done. Raises BadToken."""
    person, kind = _read_token(token)
    return kind, queries.matrix(person=person)[kind][Channel.EMAIL]


def unsubscribe(*, token: str) -> None:
    """No more mails of this kind, from now on and of what is on its way. Twice is once. Raises BadToken."""
    person, kind = _read_token(token)
    with transaction.atomic():
        _choose(person, kind, Channel.EMAIL, is_wanted=False)


def _devices_of(people_ids: Collection[UUID]) -> set[tuple[UUID, Channel, NotificationKind]]:
    """Who can be pushed to, how, and what."""
    devices = PushDevice.objects.filter(person_id__in=people_ids).only("person_id", "platform", "kinds")
    return {(one.person_id, one.channel, kind) for one in devices for kind in NotificationKind if one.wants(kind)}


def _notification(telling: Telling, *, is_listed: bool, now: datetime) -> Notification:
    return Notification(
        person=telling.person, kind=telling.kind, wording=telling.wording, facts=dict(telling.facts),
        path=telling.path, about=telling.about, by=telling.by, post_id=telling.post_id,
        message_id=telling.message_id, is_listed=is_listed, made_at=now, expires_at=telling.expires_at,
    )  # fmt: skip


def _due_at(telling: Telling, way: Channel, now: datetime) -> datetime:
    return now + GATHER if way == Channel.EMAIL and telling.kind in queries.COUNTED else now


def _mark(told: NotificationQuerySet, person_id: UUID, now: datetime) -> None:
    if told.unread().update(read_at=now):
        _ring({person_id})


def _forget(told: NotificationQuerySet) -> None:
    people_ids = set(told.unread().values_list("person_id", flat=True))
    told.delete()
    _ring(people_ids)


def _ring(people_ids: Collection[UUID]) -> None:
    """On commit: the numbers on the bells of these people may be others now."""
    if people_ids:
        changed = partial(signals.bells_changed.send_robust, sender=Notification, people_ids=set(people_ids))
        transaction.on_commit(changed)


def _read_token(token: str) -> tuple[User, NotificationKind]:
    try:
        person_id, kind = signing.loads(token, salt=_SALT)
        person = User.objects.filter(pk=UUID(person_id)).first()
        if person is not None:
            return person, NotificationKind(kind)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        pass
    raise BadToken


def _choose(person: User, kind: str, channel: str, is_wanted: bool) -> None:
    NotificationChoice.objects.update_or_create(
        person=person, kind=kind, channel=channel, defaults={"wanted": is_wanted}
    )
    if not is_wanted:
        on_its_way = Delivery.objects.waiting().filter(channel=channel, claimed_by="")
        on_its_way.filter(notification__person=person, notification__kind=kind).update(given_up="unwanted")
