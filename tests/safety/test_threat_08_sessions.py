"""Threat 8: what was opened with a sign-in ends with it: websocket, microphone, ear."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from accounts.models import DeviceToken, User
from accounts.services import devices, suspension
from media_worker.node import MediaNode
from rooms.models import Participant, Room
from rooms.services import entry
from rooms.tasks import check_sessions
from tests.media_worker.node.cast import bring_on_stage, carry, connect, open_room, person
from tests.media_worker.node.conftest import node as node
from tests.media_worker.node.test_rooms import hears, listen
from tests.media_worker.transport.clients import AiortcClient, until
from tests.patience import busy
from tests.rooms.sockets.people import sign_in


class Talking:
    """A host who listens, and a speaker whose sign-in is about to end."""

    def __init__(self, session: Callable[[User], str]) -> None:
        self.host, self.speaker = person("host"), person("speaker")
        self.room: Room = open_room(self.host)
        bring_on_stage(self.speaker, self.room, self.host)
        self.session = session(self.speaker)
        now = timezone.now()
        entry.join_room(actor=self.speaker, room_id=self.room.pk, device="speaker-1", session=self.session, now=now)

    async def begin(self) -> None:
        """Both are connected, and the host hears the speaker."""
        self.ear: AiortcClient = await connect(self.host, self.room, 500)
        self.mouth: AiortcClient = await connect(self.speaker, self.room, 1200)
        self.stream = listen(self.speaker, self.room)
        await until(lambda: hears(self.ear, 1200) and b"moof" in self.stream.answer.body)

    async def place(self) -> Participant:
        return await Participant.objects.select_related("room").aget(person=self.speaker, room=self.room)

    async def silent(self) -> float:
        """Seconds until the speaker is neither heard nor hears; AssertionError when that does not come."""
        began = time.monotonic()
        await until(lambda: not hears(self.ear, 1200) and self.stream.task.done(), busy(1))
        frames = len(self.mouth.samples)
        lasted = time.monotonic() - began
        await until(lambda: self.mouth.connection.connectionState == "closed", busy(1))
        await asyncio.sleep(0)
        assert len(self.mouth.samples) <= frames + 25
        return lasted

    async def end(self) -> None:
        await self.ear.close()
        await self.mouth.close()


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
    assert hears(talking.ear, 1200)
    await sync_to_async(act)(talking)
    await sync_to_async(check_sessions)()
    assert await talking.silent() < busy(1)
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
