"""What a report freezes: the tone that was in the room, sealed on disk, heard by staff alone, gone in its time."""

import io
import json
import re
import struct
import wave
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from cryptography.fernet import Fernet
from django.conf import settings as site
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services.staff import NotStaff
from media_worker.node import MediaNode
from moderation.models import AuditEntry, Case, CaseState, Evidence, EvidenceState, Notice, Report
from moderation.services import evidence, reports, sealing
from moderation.services.reports import Sender, Words
from rooms import events
from rooms.models import Room
from rooms.protocol import recent_events_key
from rooms.queries import recent_sound
from rooms.services import audio
from tests.media_worker.node.cast import carry, connect, open_room
from tests.media_worker.node.cast import person as humming_person
from tests.media_worker.node.conftest import node as node
from tests.media_worker.transport.clients import until
from tests.moderation.broker_sound import leave_sound
from tests.rooms.cast import Cast, person

TONE = 500


def report_room(who: User, room: Room, **words: Any) -> Report:
    return reports.send_report(
        sender=Sender(who), words=Words(category="THREATS", room_id=room.pk, **words), now=timezone.now()
    )


def loudest(sound: bytes) -> tuple[float, float]:
    """Frequency of the loudest tone, and how long the sound is."""
    with av.open(io.BytesIO(sound)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    samples = np.concatenate(frames)
    spectrum = np.abs(np.fft.rfft(samples[-48_000:]))
    return float(np.fft.rfftfreq(min(48_000, len(samples)), 1 / 48_000)[spectrum.argmax()]), len(samples) / 48_000


async def humming_room(node: MediaNode) -> tuple[Room, Any]:
    """A room in which the host hums, and nobody listens by HTTP."""
    host = humming_person("host")
    room = open_room(host)
    carry(node, room.pk)
    audio.unmute_self(actor=host, room_id=room.pk, now=timezone.now())
    peer = await connect(host, room, TONE)
    await until(lambda: sum(one.seconds for one in recent_sound.recent_past(
        room_id=room.pk, seconds=120, now=timezone.now()).pieces) > 2)  # fmt: skip
    return room, peer


async def test_staff_hear_what_was_said_though_nobody_listened_by_http(node: MediaNode) -> None:
    room, peer = await humming_room(node)
    report = report_room(person("somebody"), room)
    await peer.close()
    kept = report.evidence
    assert kept is not None
    assert (kept.state, len(kept.pieces), kept.event_count > 0) == (EvidenceState.KEPT, 1, True)
    warden = person("warden", is_staff=True)
    sound = evidence.hear(actor=warden, evidence_id=kept.pk, piece=0, now=timezone.now())
    tone, seconds = loudest(sound)
    assert tone == pytest.approx(TONE, abs=10)
    assert seconds == pytest.approx(kept.pieces[0], abs=0.1)
    contents = evidence.read(actor=warden, evidence_id=kept.pk, now=timezone.now())
    assert contents.room["stage"][0]["person"]["handle"] == "host"
    assert [event["type"] for event in contents.events].count("speaker.unmuted") == 1
    heard = list(AuditEntry.objects.filter(subject=str(kept.pk)).values_list("act", "actor_name"))
    assert heard == [("evidence.heard", "@warden"), ("evidence.read", "@warden")]


@pytest.mark.django_db
def test_the_sound_begins_at_zero_and_goes_on_wherever_the_room_was(cast: Cast) -> None:
    seconds = leave_sound(cast.room.pk)
    (piece,) = recent_sound.recent_past(room_id=cast.room.pk, seconds=120, now=timezone.now()).pieces
    times = [struct.unpack_from(">Q", piece.data, at.end() + 4)[0] for at in re.finditer(b"tfdt", piece.data)]
    assert times == [number * 9 * 1024 for number in range(len(times))]
    assert piece.seconds == pytest.approx(seconds)


async def test_without_the_box_no_sound_is_kept(node: MediaNode) -> None:
    room, peer = await humming_room(node)
    report = report_room(person("somebody"), room, keep_sound=False)
    await peer.close()
    assert report.evidence is not None
    assert (report.evidence.pieces, report.evidence.state) == ([], EvidenceState.KEPT)


pytest_db = pytest.mark.django_db


@pytest_db
def test_who_is_reported_from_their_profile_is_heard_on_the_stage_where_they_are(cast: Cast) -> None:
    leave_sound(cast.room.pk)
    for who, kept_in in ((cast.speaker, cast.room), (cast.stranger, None)):
        words = Words("THREATS", person_id=who.pk)
        report = reports.send_report(sender=Sender(cast.listener), words=words, now=timezone.now())
        assert report.room is None
        assert (report.evidence.room if report.evidence else None) == kept_in


@pytest_db
def test_a_broker_that_is_away_loses_no_report(cast: Cast, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nonexistent.sock"
    report = report_room(cast.listener, cast.room)
    assert report.evidence is not None
    assert report.evidence.state == EvidenceState.NONE
    assert Case.objects.get().reporter_count == 1


@pytest.fixture
def kept(cast: Cast) -> Evidence:
    """Evidence with a beep of the broker's making."""
    report = report_room(cast.listener, cast.room)
    found = Evidence(case=report.case, room=cast.room, taken_at=timezone.now(), state=EvidenceState.KEPT, pieces=[1.0])
    archive = evidence._packed(cast.room, [], [recent_sound.Piece(beep(), 1.0)], timezone.now())
    found.file.save("beep.sealed", evidence.ContentFile(sealing.seal(archive)), save=False)
    found.save(force_insert=True)
    return found


def beep() -> bytes:
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\1" * 8000)
    return packed.getvalue()


@pytest_db
def test_the_file_is_sealed_outside_of_every_served_folder(kept: Evidence, client: Client) -> None:
    path = Path(kept.file.path)
    assert beep()[:200] not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    served = (site.STATIC_ROOT, site.MEDIA_ROOT, *site.STATICFILES_DIRS)
    assert not any(path.is_relative_to(folder) for folder in served)
    for address in (f"/media/{path.name}", f"/static/{path.name}", f"/evidence/{path.name}"):
        assert client.get(address).status_code == 404


@pytest_db
def test_nobody_but_staff_hears_it(kept: Evidence, cast: Cast) -> None:
    with pytest.raises(NotStaff):
        evidence.hear(actor=cast.host, evidence_id=kept.pk, piece=0, now=timezone.now())
    assert not AuditEntry.objects.filter(act="evidence.heard").exists()


@pytest_db
def test_what_was_changed_on_disk_is_not_played(kept: Evidence, warden: User) -> None:
    path = Path(kept.file.path)
    path.write_bytes(path.read_bytes()[:-10] + b"0" * 10)
    with pytest.raises(sealing.CannotUnseal):
        evidence.hear(actor=warden, evidence_id=kept.pk, piece=0, now=timezone.now())


@pytest_db
def test_a_new_key_reads_what_the_old_one_sealed_until_all_is_sealed_anew(
    kept: Evidence, warden: User, settings: Any
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()

    def heard() -> bytes:
        return evidence.hear(actor=warden, evidence_id=kept.pk, piece=0, now=timezone.now())

    plain = sealing.unseal(Path(kept.file.path).read_bytes())
    settings.EVIDENCE_KEYS = [old]
    Path(kept.file.path).write_bytes(sealing.seal(plain))
    settings.EVIDENCE_KEYS = [new]
    with pytest.raises(sealing.CannotUnseal):
        heard()
    settings.EVIDENCE_KEYS = [new, old]
    assert heard() == beep()
    call_command("seal_evidence_anew")
    settings.EVIDENCE_KEYS = [new]
    kept.refresh_from_db()
    assert heard() == beep()


@pytest_db
def test_asvs_14_2_7_evidence_goes_ninety_days_after_its_case_unless_it_is_held(
    kept: Evidence, warden: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    closed = timezone.now()
    Case.objects.filter(pk=kept.case_id).update(state=CaseState.CLOSED, closed_at=closed)
    over = closed + timedelta(days=90)
    assert evidence.forget(now=over - timedelta(seconds=1)) == 0
    evidence.hold(actor=warden, case_id=kept.case_id, is_held=True, why="A court asks", now=closed)
    assert evidence.forget(now=over) == 0
    evidence.hold(actor=warden, case_id=kept.case_id, is_held=False, why="Done", now=closed)
    path = Path(kept.file.path)
    with django_capture_on_commit_callbacks(execute=True):
        assert [evidence.forget(now=over) for _ in range(2)] == [1, 0]
    assert not path.exists()
    kept.refresh_from_db()
    assert kept.state == EvidenceState.DELETED
    assert AuditEntry.objects.get(act="evidence.deleted").actor is None
    with pytest.raises(evidence.NoSuchEvidence):
        evidence.hear(actor=warden, evidence_id=kept.pk, piece=0, now=over)


@pytest_db
def test_asvs_14_2_7_who_reported_without_an_account_is_forgotten_with_the_evidence(cast: Cast, warden: User) -> None:
    told = {"details": "It names its victims.", "name": "Ada", "email": "ada@example.org", "good_faith": True}
    words = Words("ILLEGAL", room_id=cast.room.pk, **told)
    report = reports.send_report(sender=Sender(AnonymousUser()), words=words, now=timezone.now())
    key, closed = report.reporter_key, timezone.now()
    Case.objects.filter(pk=report.case_id).update(state=CaseState.DECIDED, closed_at=closed, legal_hold=True)
    for held, days, known in ((True, 91, True), (False, 89, True), (False, 90, False)):
        Case.objects.filter(pk=report.case_id).update(legal_hold=held)
        evidence.forget(now=closed + timedelta(days=days))
        report.refresh_from_db()
        assert (report.name, report.email) == (("Ada", "ada@example.org") if known else ("", ""))
        assert Notice.objects.filter(email="ada@example.org").exists() is known
    assert (report.reporter_key, report.details) == (key, "It names its victims.")


@pytest_db
def test_an_open_or_appealed_case_keeps_its_evidence(kept: Evidence) -> None:
    far = timezone.now() + timedelta(days=1000)
    for state in (CaseState.NEW, CaseState.APPEALED):
        Case.objects.filter(pk=kept.case_id).update(state=state, closed_at=timezone.now())
        assert evidence.forget(now=far) == 0


@pytest_db
def test_a_file_without_a_row_goes_after_a_day(kept: Evidence) -> None:
    stray = kept.file.storage.save("stray.sealed", evidence.ContentFile(b"x"))
    now = timezone.now()
    evidence.forget(now=now + timedelta(hours=23))
    assert kept.file.storage.exists(stray)
    evidence.forget(now=now + timedelta(hours=25))
    assert not kept.file.storage.exists(stray)
    assert kept.file.storage.exists(kept.file.name)


@pytest_db
def test_a_crowd_of_reporters_shares_one_file(cast: Cast, monkeypatch: Any) -> None:
    frozen = recent_sound.RecentPast([recent_sound.Piece(beep(), 1.0)], [])
    monkeypatch.setattr(recent_sound, "recent_past", lambda **_: frozen)
    for number in range(12):
        report_room(person(f"reporter_{number}"), cast.room)
    assert Evidence.objects.filter(state=EvidenceState.KEPT).count() == 1
    assert Evidence.objects.get().reports.count() == 12


@pytest_db
def test_who_wants_no_sound_kept_does_not_decide_for_the_next(cast: Cast) -> None:
    leave_sound(cast.room.pk, frames=60)
    told = {"type": "hand.raised", "at": timezone.now().isoformat()}
    events.broker().rpush(recent_events_key(str(cast.room.pk)), json.dumps(told))
    without, with_sound, again = (
        report_room(person(f"reporter_{number}"), cast.room, keep_sound=number > 0).evidence for number in range(3)
    )
    assert without is not None
    assert with_sound is not None
    assert (without.state, without.pieces, bool(with_sound.pieces)) == (EvidenceState.KEPT, [], True)
    assert again == with_sound


@pytest_db
def test_limit_evidence_thirty_files_an_hour_of_one_room_and_no_report_is_lost(cast: Cast) -> None:
    leave_sound(cast.room.pk, frames=60)
    targets = [person(f"target_{number}") for number in range(31)]
    cases = [
        Case.objects.create(
            target=str(one.pk), person=one, severity=1, opened_at=timezone.now(), last_report_at=timezone.now()
        )
        for one in targets
    ]
    kept = [evidence.freeze(case=case, room=cast.room, with_sound=True, now=timezone.now()).state for case in cases]
    assert kept == ["KEPT"] * 30 + ["NONE"]
    later = timezone.now() + timedelta(hours=1, seconds=1)
    assert evidence.freeze(case=cases[-1], room=cast.room, with_sound=True, now=later).state == "KEPT"


@pytest.fixture(autouse=True)
def clean_folder() -> Iterator[None]:
    """No file of one test is left for the next."""
    yield
    for path in (site.VAR_DIR / "evidence").glob("*"):
        path.unlink()
