"""Off the stage: not heard from the next tick on, and hearing on for just as long as a page needs to change."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from media_worker.node import MediaNode
from rooms.models import Participant, Room
from rooms.services import entry, media, stage
from tests.media_worker.node.cast import bring_on_stage, carry, connect, open_room, person
from tests.media_worker.node.test_rooms import hears
from tests.media_worker.transport.clients import AiortcClient, until
from tests.patience import busy

HOST, GUEST = 500.0, 1200.0


class Two:
    """A host and a guest on stage who hear each other."""

    def __init__(self, node: MediaNode) -> None:
        self.host, self.guest = person("host"), person("guest")
        self.room: Room = open_room(self.host)
        self.place = bring_on_stage(self.guest, self.room, self.host)
        Participant.objects.filter(person=self.host).update(muted=False)
        carry(node, self.room.pk)

    async def begin(self) -> "Two":
        self.ears: dict[User, AiortcClient] = {
            self.host: await connect(self.host, self.room, HOST),
            self.guest: await connect(self.guest, self.room, GUEST),
        }
        await until(lambda: hears(self.ears[self.host], GUEST) and hears(self.ears[self.guest], HOST))
        return self

    def guest_leg(self, node: MediaNode) -> bool:
        return any(leg.participant_id == str(self.place.pk) for leg in node._port.legs)

    async def end(self) -> None:
        for ear in self.ears.values():
            await ear.close()


async def test_whoever_is_moved_down_falls_silent_and_hears_on(
    node: MediaNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "HEARS_ON", timedelta(seconds=3))
    two = await Two(node).begin()
    moved = time.monotonic()
    stage.demote(actor=two.host, room_id=two.room.pk, participant_id=two.place.pk, now=timezone.now())
    await until(lambda: not hears(two.ears[two.host], GUEST))
    assert time.monotonic() - moved < busy(0.5)
    frames = len(two.ears[two.guest].samples)
    await until(lambda: len(two.ears[two.guest].samples) > frames + 25 and hears(two.ears[two.guest], HOST))
    assert two.guest_leg(node)
    await until(lambda: not two.guest_leg(node))
    assert 2.5 < time.monotonic() - moved < 3 + busy(1.5)
    # Who stayed on stage hears nobody, and never lost the connection.
    assert len(node._port.legs) == 1
    await two.end()


async def test_whoever_leaves_hears_nothing_more_at_once(node: MediaNode) -> None:
    two = await Two(node).begin()
    left = time.monotonic()
    entry.leave_room(actor=two.guest, room_id=two.room.pk, device="guest-1", now=timezone.now())
    await until(lambda: not two.guest_leg(node))
    assert time.monotonic() - left < busy(0.5)
    await two.end()
