"""Freezing what a report is about, reading it, and letting it go when its time is over."""

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import staff
from moderation.models import Act, Case, CaseState, Evidence, EvidenceState, Notice, Report
from moderation.models.evidence import evidence_storage
from moderation.services import audit, sealing
from rooms.models import Room
from rooms.queries import recent_sound, roster
from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)

#: How much of a room is frozen.
SECONDS = 120
#: Reports that follow so soon share what the first one froze.
SHARED_FOR = timedelta(seconds=60)
#: Files that one case may hold, and that one room may fill in an hour: a crowd of reporters must not fill the disk.
MOST = 10
MOST_AN_HOUR = 30


class NoSuchEvidence(DomainError):
    """None by that id, none that is kept, or no such piece."""

    kind = Kind.NOT_FOUND
    code = "no_such_evidence"
    text = _("There is no such evidence, or not any more.")


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in the file, without the sound: the room at that second, and its last events."""

    room: dict[str, Any]
    events: list[dict[str, Any]]


def freeze(*, case: Case, room: Room, with_sound: bool, now: datetime) -> Evidence:
    """Keep the room's last two minutes for this case; never fails because there is nothing to keep.

    Outside of any transaction: reading the broker and writing the file take their time.
    """
    taken = Evidence.objects.filter(case=case, room=room)
    lately = taken.filter(taken_at__gt=now - SHARED_FOR, state=EvidenceState.KEPT).order_by("-taken_at")
    # Whoever wants the sound kept does not share what somebody else froze without it.
    shared = next((one for one in lately if one.pieces or not with_sound), None)
    if shared is not None:
        return shared
    past = recent_sound.recent_past(room_id=room.pk, seconds=SECONDS, now=now)
    pieces = past.pieces if with_sound else []
    if not (pieces or past.events) or _is_full(case, room, now):
        return Evidence.objects.create(case=case, room=room, taken_at=now, state=EvidenceState.NONE)
    evidence = Evidence(case=case, room=room, taken_at=now, state=EvidenceState.KEPT, event_count=len(past.events))
    evidence.pieces = [round(piece.seconds, 2) for piece in pieces]
    sealed = sealing.seal(_packed(room, past.events, pieces, now))
    evidence.sha256, evidence.size = hashlib.sha256(sealed).hexdigest(), len(sealed)
    try:
        evidence.file.save(f"{evidence.pk}.sealed", ContentFile(sealed), save=False)
    except OSError as error:
        # A full disk must not lose the report.
        log.error("evidence_not_kept", case=str(case.pk), error=str(error))
        return Evidence.objects.create(case=case, room=room, taken_at=now, state=EvidenceState.NONE)
    evidence.save(force_insert=True)
    return evidence


def _is_full(case: Case, room: Room, now: datetime) -> bool:
    kept = Evidence.objects.filter(room=room, state=EvidenceState.KEPT)
    lately = kept.filter(taken_at__gt=now - timedelta(hours=1)).count()
    return lately >= MOST_AN_HOUR or kept.filter(case=case).count() >= MOST


def hear(*, actor: User, evidence_id: UUID, piece: int, now: datetime) -> bytes:
    """One piece of the sound, as fMP4. Each listen is written down. Raises NotStaff, NoSuchEvidence, CannotUnseal."""
    evidence = _for_staff(actor, evidence_id)
    try:
        sound = _archive(evidence).read(f"sound-{piece}.mp4")
    except KeyError as error:
        raise NoSuchEvidence from error
    _record(actor, Act.EVIDENCE_HEARD, evidence, now, after={"piece": piece})
    return sound


def read(*, actor: User, evidence_id: UUID, now: datetime) -> Contents:
    """The room and its events, as they were. Written down too. Raises as `hear` does."""
    evidence = _for_staff(actor, evidence_id)
    archive = _archive(evidence)
    contents = Contents(json.loads(archive.read("room.json")), json.loads(archive.read("events.json")))
    _record(actor, Act.EVIDENCE_READ, evidence, now)
    return contents


def hold(*, actor: User, case_id: UUID, is_held: bool, why: str, now: datetime) -> bool:
    """Keep a case's evidence beyond its time, for a court; or no longer. False when it stood so. Raises NotStaff."""
    staff.check_is_staff(actor)
    with transaction.atomic():
        changed = Case.objects.filter(pk=case_id).exclude(legal_hold=is_held).update(legal_hold=is_held)
        if changed:
            after = {"legal_hold": is_held}
            audit.record(actor=actor, act=Act.CASE_HELD, subject=case_id, why=why, after=after, now=now)
    return changed > 0


def forget(*, now: datetime) -> int:
    """Delete evidence whose case has been closed for `EVIDENCE_DAYS`, unless it is held; returns how many.

    Twice is once. The row stays, with the file's hash. Names and addresses that visitors gave go as well.
    """
    before = now - timedelta(days=settings.EVIDENCE_DAYS)
    over = Q(case__closed_at__lte=before, case__state__in=(CaseState.DECIDED, CaseState.CLOSED))
    gone = 0
    for evidence in Evidence.objects.filter(over, state=EvidenceState.KEPT, case__legal_hold=False):
        with transaction.atomic():
            kept = Evidence.objects.filter(pk=evidence.pk, state=EvidenceState.KEPT)
            if not kept.update(state=EvidenceState.DELETED, deleted_at=now):
                continue
            _record(None, Act.EVIDENCE_DELETED, evidence, now, after={"sha256": evidence.sha256})
            transaction.on_commit(lambda file=evidence.file: file.storage.delete(file.name))  # type: ignore[misc]
        gone += 1
    _forget_contacts(over)
    _forget_strays(now)
    return gone


def _forget_contacts(over: Q) -> None:
    """What was said stays, and that it was the same reporter; who it was was needed for the answer alone."""
    answered = Report.objects.filter(over, case__legal_hold=False).exclude(name="", email="")
    Notice.objects.filter(report__in=answered, person=None).delete()
    answered.update(name="", email="")


def _forget_strays(now: datetime) -> None:
    """Files whose row was never written: the database went away in between."""
    storage = evidence_storage()
    names = storage.listdir("")[1] if storage.exists("") else []
    known = set(Evidence.objects.filter(file__in=names).values_list("file", flat=True))
    for name in set(names) - known:
        if storage.get_modified_time(name) < now - timedelta(days=1):
            storage.delete(name)


def seal_all_anew() -> int:
    """Put everything that is kept under the newest key; returns how many. After it the old keys can go."""
    done = 0
    for evidence in Evidence.objects.filter(state=EvidenceState.KEPT):
        with evidence.file.open("rb") as file:
            sealed = sealing.seal_anew(file.read())
        old, storage = evidence.file.name, evidence.file.storage
        evidence.sha256, evidence.size = hashlib.sha256(sealed).hexdigest(), len(sealed)
        evidence.file.save(f"{evidence.pk}.sealed", ContentFile(sealed), save=False)
        evidence.save(update_fields=["file", "sha256", "size"])
        storage.delete(str(old))
        done += 1
    return done


def _packed(room: Room, events: list[dict[str, Any]], pieces: list[recent_sound.Piece], now: datetime) -> bytes:
    stage = [asdict(one) for one in roster.on_stage(room_id=room.pk)]
    told = {"id": str(room.pk), "title": room.title, "state": room.state, "at": now.isoformat(), "stage": stage}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("room.json", json.dumps(told, ensure_ascii=False))
        archive.writestr("events.json", json.dumps(events, ensure_ascii=False))
        for number, piece in enumerate(pieces):
            archive.writestr(f"sound-{number}.mp4", piece.data)
    return packed.getvalue()


def _for_staff(actor: User, evidence_id: UUID) -> Evidence:
    staff.check_is_staff(actor)
    found = Evidence.objects.select_related("case__person", "room").filter(pk=evidence_id, state=EvidenceState.KEPT)
    evidence = found.first()
    if evidence is None:
        raise NoSuchEvidence
    return evidence


def _archive(evidence: Evidence) -> zipfile.ZipFile:
    try:
        with evidence.file.open("rb") as file:
            sealed = file.read()
    except FileNotFoundError as error:
        raise NoSuchEvidence from error
    return zipfile.ZipFile(io.BytesIO(sealing.unseal(sealed)))


def _record(actor: User | None, act: Act, evidence: Evidence, now: datetime, **more: Any) -> None:
    audit.record(
        actor=actor, act=act, person=evidence.case.person, room=evidence.room, subject=evidence.pk, now=now, **more
    )
