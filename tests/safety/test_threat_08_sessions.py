"""Threat 8: what was opened with a sign-in ends with it: websocket, microphone, ear."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from accounts.models import DeviceToken, User
from accounts.services import devices, suspension
from media_worker.node import MediaNode
from rooms.models import Participant
from rooms.services import entry
from rooms.tasks import check_sessions
from tests.media_worker.node.cast import carry
from tests.media_worker.node.conftest import node as node
from tests.media_worker.transport.clients import until
from tests.patience import busy
from tests.rooms.sockets.people import sign_in
from tests.safety.talk import Talking


def app_of(someone: User) -> str:
    token, _secret = devices.issue_token(person=someone, name="phone", now=timezone.now())
    return f"device:{token.pk}"


def log_out(talking: Talking) -> None:
    browser = Client()
    browser.cookies["sessionid"] = talking.session
    browser.logout()


def revoke(talking: Talking) -> None:
    devices.revoke(actor=talking.speaker, device_id=talking.session)


def suspend(talking: Talking) -> None:
    suspension.suspend(actor=person_of_staff(), person=talking.speaker)


def person_of_staff() -> User:
    return User.objects.create(handle="warden", display_name="Warden", is_staff=True, is_superuser=True)


@pytest.mark.parametrize(("session", "act"), [(sign_in, log_out), (app_of, revoke), (app_of, suspend)])
async def test_threat_08_asvs_7_4_1_sound_stops_with_the_sign_in(node: MediaNode, session: Any, act: Any) -> None:
    talking = await sync_to_async(Talking)(session)
    await sync_to_async(carry)(node, talking.room.pk)
    await talking.begin()
    await sync_to_async(act)(talking)
    assert await talking.silent() < busy(1)
    await talking.cut_off()
    assert (await talking.place()).left_at is not None
    await talking.end()


def change_password(talking: Talking) -> None:
    talking.speaker.set_password("another sentence works well")
    talking.speaker.save(update_fields=["password"])


def forget_token(talking: Talking) -> None:
    DeviceToken.objects.filter(person=talking.speaker).delete()


def switch_off(talking: Talking) -> None:
    User.objects.filter(pk=talking.speaker.pk).update(is_active=False)


@pytest.mark.parametrize(
    ("session", "act"), [(sign_in, change_password), (app_of, forget_token), (sign_in, switch_off)]
)
async def test_threat_08_asvs_7_4_2_a_microphone_whose_end_nobody_told_is_found(
    node: MediaNode, session: Any, act: Any
) -> None:
    talking = await sync_to_async(Talking)(session)
    await sync_to_async(carry)(node, talking.room.pk)
    await talking.begin()
    await until(lambda: Participant.objects.filter(person=talking.speaker, media_connected=True).exists())
    await sync_to_async(check_sessions)()
    assert talking.heard
    await sync_to_async(act)(talking)
    await sync_to_async(check_sessions)()
    assert await talking.silent() < busy(1)
    await talking.cut_off()
    await talking.end()


def test_threat_08_a_place_belongs_to_the_sign_in_of_its_device(transactional_db: None) -> None:
    """A second browser that only looks in does not take the app's place under its own sign-in."""
    talking, now = Talking(app_of), timezone.now()
    room_id, browser = talking.room.pk, sign_in(talking.speaker)
    entry.connection_changed(
        participant_id=Participant.objects.get(person=talking.speaker).pk,
        device="speaker-1", connected=True, socket="test:1", now=now,
    )  # fmt: skip
    for device in ("", "browser-1"):
        entry.join_room(actor=talking.speaker, room_id=room_id, device=device, session=browser, now=now)
    entry.leave_session(person_id=talking.speaker.pk, session=browser, now=now)
    assert Participant.objects.present().filter(person=talking.speaker).exists()
    entry.move_here(actor=talking.speaker, room_id=room_id, device="browser-1", session=browser, now=now)
    revoke(talking)
    assert Participant.objects.present().filter(person=talking.speaker).exists()
    entry.leave_session(person_id=talking.speaker.pk, session=browser, now=now)
    assert not Participant.objects.present().filter(person=talking.speaker).exists()
