"""Reporting: what somebody says becomes part of a case, and freezes what it is about."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.http.request import validate_host
from django.urls import Resolver404, resolve
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import queries as people
from accounts.models import User
from moderation.models import OPEN_STATES, SEVERITY_OF, Case, Category, Concerns, NoticeKind, Report, Severity
from moderation.queries.subject import utterance
from moderation.services import evidence, notices
from rooms.models import Participant, Room
from rooms.queries.known import rooms_spoken_of
from rooms.services import pace, places
from spaces_site.boundary import origin
from spaces_site.boundary.origin import Origin
from spaces_site.boundary.plain_text import plain_line, plain_paragraphs
from spaces_site.errors import DomainError, Kind

DETAILS_MOST = 2000


class BadReport(DomainError):
    """A field is missing or wrong; `field` says which."""

    kind = Kind.INVALID
    code = "bad_report"
    text = _("Something is missing in this report.")


class NothingThere(DomainError):
    """Nobody and no room by that id."""

    kind = Kind.NOT_FOUND
    code = "nothing_to_report"
    text = _("What you want to report is not there. Check the address.")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who reports, and from where: each of person, device and address has a pace of its own."""

    person: User | AnonymousUser
    came_from: Origin = field(default_factory=origin.current)

    @property
    def user(self) -> User | None:
        """The account or guest; None for a visitor."""
        return self.person if isinstance(self.person, User) else None


@dataclass(frozen=True, slots=True)
class Words:
    """What the reporter says. At least one of person, room, post, message and address is named."""

    category: str
    concerns: str = ""
    details: str = ""
    person_id: UUID | None = None
    room_id: UUID | None = None
    moment: datetime | None = None
    post_id: UUID | None = None
    message_id: UUID | None = None
    url: str = ""
    name: str = ""
    email: str = ""
    good_faith: bool = False
    child_abuse: bool = False
    keep_sound: bool = True
    #: What the post or message says; found here, not told by the reporter.
    quoted: str = ""


def send_report(*, sender: Sender, words: Words, now: datetime) -> Report:
    """Take a report in. Whoever was blocked or removed may report as well: by its id a room that they were in, and
    any by its address, which every answer takes for an address and no more.

    Raises BadReport, NothingThere, SlowDown. Evidence is frozen after the report is kept, so that
    nothing that goes wrong there loses it.
    """
    named = words.room_id
    words = _with_what_was_said(sender, _led_to(words))
    _check_words(sender, words)
    _check_pace(sender, email=words.email)
    if named is not None:
        _check_room(sender, named)
    return _take_in(sender, words, now)


def _take_in(sender: Sender, words: Words, now: datetime) -> Report:
    person, room = _found(words)
    with transaction.atomic():
        case = _case(person, room, words, now)
        report = _report(case, sender, words, person, room, now)
        _gather(case, report, now)
        account = sender.user if sender.user is not None and not sender.user.is_guest else None
        email = words.email if account is None else ""
        notices.tell(
            kind=NoticeKind.RECEIVED, person=account, email=email, language=report.language, report=report, now=now
        )
    heard_in = room or (_stage_of(person) if person and not words.quoted else None)
    if heard_in is not None:
        kept = evidence.freeze(case=case, room=heard_in, with_sound=words.keep_sound, now=now)
        report.evidence = kept
        report.save(update_fields=["evidence"])
    return report


def report_from_room(
    *, sender: Sender, room_id: UUID | str, participant_id: UUID | None, told: Mapping[str, Any], now: datetime
) -> Report:
    """From within a room: a participant, or (None) the room itself. Raises as above, and `NoSuchParticipant`.

    `told` has the fields of the command `report.send`. Who was in a room is told to those alone who were in
    it too; everybody else reports a person as such.
    """
    _check_pace(sender)
    room = _check_room(sender, places.as_id(room_id))
    person_id = None
    if participant_id is not None:
        if sender.user is None or not Participant.objects.filter(room=room, person=sender.user).exists():
            raise NothingThere
        person_id = places.participant_seen_in(room=room, participant_id=participant_id).person_id
    words = Words(
        category=str(told["category"]).upper(),
        concerns=str(told.get("concerns") or "").upper(),
        details=told.get("details") or "",
        person_id=person_id,
        room_id=room.pk,
        moment=moment_of(told.get("at") or ""),
        keep_sound=told.get("keep_sound") is not False,
    )
    _check_words(sender, words)
    return _take_in(sender, words, now)


def moment_of(text: str) -> datetime | None:
    """A moment as clients write it; None for none. Raises BadReport."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        # As UTC: the first and last hours of the calendar would overflow in the database's own conversion.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadReport(_("The moment is a time such as 2026-11-22T20:00:00Z."), field="at") from error


def _led_to(words: Words) -> Words:
    """The same words, about the room, person or post to which a typed address of this site leads.

    Else staff could take no measure, nothing were frozen, and reports of the same thing stayed apart.
    """
    if words.person_id or words.room_id or words.post_id or words.message_id or not words.url.strip():
        return words
    try:
        address = urlsplit(words.url.strip())
        found = resolve(address.path).kwargs
    except (ValueError, Resolver404):
        return words
    if address.netloc and not validate_host(address.hostname or "", settings.ALLOWED_HOSTS):
        return words
    person = people.person_by_handle(handle=found["handle"]) if "handle" in found else None
    room = Room.objects.filter(pk=found["room_id"]).first() if "room_id" in found else None
    post_id = found.get("post_id") if utterance(post_id=found.get("post_id")) else None
    return replace(words, person_id=person.pk if person else None, room_id=room.pk if room else None, post_id=post_id)


def _with_what_was_said(sender: Sender, words: Words) -> Words:
    """A post or a message is its author's, and is quoted: they may delete it before anybody looks."""
    if words.post_id is None and words.message_id is None:
        return words
    said = utterance(post_id=words.post_id, message_id=words.message_id, viewer=sender.person)
    if said is None:
        raise NothingThere
    return replace(words, person_id=said.author.pk, quoted=said.text, url=said.address)


def _check_words(sender: Sender, words: Words) -> None:
    if words.category not in Category.values:
        raise BadReport(_("Choose what is happening."), field="category")
    if words.concerns and words.concerns not in Concerns.values:
        raise BadReport(_("Choose whom it concerns."), field="concerns")
    if len(words.details) > DETAILS_MOST:
        raise BadReport(_("Up to 2000 characters."), field="details")
    if not (words.person_id or words.room_id or words.url.strip()):
        raise BadReport(_("Say where it is: give the address of the room or profile."), field="url")
    if sender.user is not None and words.person_id == sender.user.pk:
        raise BadReport(_("You cannot report yourself."), field="person")
    if words.category == Category.ILLEGAL:
        _check_notice(words)


def _check_notice(words: Words) -> None:
    """What article 16(2) asks for; name and address only where no child is abused."""
    if not words.details.strip():
        raise BadReport(_("Explain why you think that this is illegal."), field="details")
    if not words.good_faith:
        raise BadReport(
            _("Confirm that what you say is accurate and complete, as far as you know."), field="good_faith"
        )
    if not words.child_abuse and not words.name.strip():
        raise BadReport(_("Give your name."), field="name")
    if not words.child_abuse and not words.email.strip():
        raise BadReport(_("Give your e-mail address."), field="email")


def _check_pace(sender: Sender, *, email: str = "") -> None:
    """Each person, device and network has its own, and each address that we would confirm to."""
    email = email.strip().lower()
    pace.check(pace.REPORTS, sender.user.pk if sender.user else "", came_from=sender.came_from)
    if email:
        pace.check(pace.REPORTS, f"email:{email}", came_from=Origin())


def _check_room(sender: Sender, room_id: UUID) -> Room:
    """The room. To whom it is not there, by their host's block, it cannot be found by reporting it either."""
    if not rooms_spoken_of(room_ids=[room_id], viewer=sender.person):
        raise NothingThere
    return Room.objects.get(pk=room_id)


def _found(words: Words) -> tuple[User | None, Room | None]:
    person = User.objects.filter(pk=words.person_id).first() if words.person_id else None
    room = Room.objects.filter(pk=words.room_id).first() if words.room_id else None
    if (words.person_id and person is None) or (words.room_id and room is None):
        raise NothingThere
    return person, room


def _stage_of(person: User) -> Room | None:
    """The live room on whose stage somebody is who was reported from their profile."""
    stages = Participant.objects.on_stage().filter(person=person).values("room")
    return Room.objects.live().filter(pk__in=stages).order_by("-started_at").first()


def _case(person: User | None, room: Room | None, words: Words, now: datetime) -> Case:
    """The open case of this target, held by this transaction; made on the first report."""
    url = plain_line(words.url)[:500]
    if person is not None:
        target = f"person:{person.pk}"
    else:
        target = f"room:{room.pk}" if room else f"url:{hashlib.sha256(url.encode()).hexdigest()}"
    severity = _severity(words)
    for _attempt in range(2):
        held = Case.objects.select_for_update().filter(target=target, state__in=OPEN_STATES).first()
        if held is not None:
            return held
        try:
            with transaction.atomic():
                return Case.objects.create(
                    target=target, person=person, room=room, url=url, severity=severity, opened_at=now,
                    last_report_at=now,
                )  # fmt: skip
        except IntegrityError:
            # Another reporter was first in this very moment: theirs is found now.
            continue
    raise pace.SlowDown(retry_after=1)


def _report(case: Case, sender: Sender, words: Words, person: User | None, room: Room | None, now: datetime) -> Report:
    return Report.objects.create(
        case=case,
        reporter=sender.user,
        reporter_key=_reporter_key(sender, words),
        category=words.category,
        child_abuse=words.child_abuse,
        concerns=words.concerns,
        details=plain_paragraphs(words.details),
        person=person,
        room=room,
        moment=words.moment,
        url=plain_line(words.url)[:500],
        quoted=words.quoted,
        post_id=words.post_id,
        name=plain_line(words.name)[:100],
        email=words.email.strip(),
        good_faith=words.good_faith,
        language=get_language() or "en",
        sent_at=now,
    )


def _gather(case: Case, report: Report, now: datetime) -> None:
    """What the new report changes in its case: how bad, how many, how late."""
    case.severity = max(case.severity, _severity(report))
    case.reporter_count = case.reports.values("reporter_key").distinct().count()
    case.last_report_at = now
    case.room = report.room or case.room
    case.save(update_fields=["severity", "reporter_count", "last_report_at", "room"])


def _severity(words: Words | Report) -> Severity:
    return Severity.CRITICAL if words.child_abuse else SEVERITY_OF[words.category]


def _reporter_key(sender: Sender, words: Words) -> str:
    """The same for the same reporter, and no way back to an address."""
    user = sender.user
    who = f"person:{user.pk}" if user else words.email.strip().lower() or sender.came_from.address
    return str(salted_hmac("moderation.reporter", who, algorithm="sha256").hexdigest())
