"""A host who hears a speaker through a real media node: what the threats to the sound play with."""

import asyncio
import time
from collections.abc import Callable

import numpy as np
from django.utils import timezone

from accounts.models import User
from rooms.models import Participant, Room
from rooms.services import entry
from tests.media_worker.node.cast import HttpListener, bring_on_stage, connect, open_room, person
from tests.media_worker.node.test_rooms import hears, listen, share
from tests.media_worker.transport.clients import AiortcClient, until
from tests.patience import busy

HOST_TONE, SPEAKER_TONE = 500.0, 1200.0
#: Share of full scale at -60 dB.
SILENCE = 0.001


def no_session(someone: User) -> str:
    """A device whose sign-in nobody named."""
    return ""


class Talking:
    """The host's ear by WebRTC, the speaker's mouth by WebRTC and ear by HTTP."""

    def __init__(self, session: Callable[[User], str] = no_session) -> None:
        self.host, self.speaker = person("host"), person("speaker")
        self.room: Room = open_room(self.host)
        bring_on_stage(self.speaker, self.room, self.host)
        self.session = session(self.speaker)
        entry.join_room(
            actor=self.speaker,
            room_id=self.room.pk,
            device="speaker-1",
            session=self.session,
            now=timezone.now(),
        )

    async def begin(self) -> None:
        """Both are connected, and the host hears the speaker."""
        self.ear: AiortcClient = await connect(self.host, self.room, HOST_TONE)
        self.mouth: AiortcClient = await connect(self.speaker, self.room, SPEAKER_TONE)
        self.stream: HttpListener = listen(self.speaker, self.room)
        await until(lambda: self.heard and b"moof" in self.stream.answer.body)

    @property
    def heard(self) -> bool:
        """Whether the host hears the speaker now."""
        return hears(self.ear, SPEAKER_TONE)

    async def place(self) -> Participant:
        """The speaker's row."""
        return await Participant.objects.select_related("room").aget(person=self.speaker, room=self.room)

    async def silent(self, patience: float = 1.0) -> float:
        """Seconds until nothing above -60 dB of the speaker reaches the host; AssertionError when that never comes.

        It counts from when the host heard a second of nothing: a machine that is busy for a moment makes a gap, too.
        """
        began = time.monotonic()
        since, frames = began, len(self.ear.samples)
        while len(self.ear.samples) < frames + 50:
            if self.loudness() >= SILENCE:
                since, frames = time.monotonic(), len(self.ear.samples)
            assert since - began < busy(patience), "the speaker is still heard"
            await asyncio.sleep(0.01)
        return since - began

    def loudness(self) -> float:
        """The speaker's tone in the host's last 100 ms."""
        return share(np.concatenate(self.ear.samples[-5:]), SPEAKER_TONE)

    async def cut_off(self) -> None:
        """The speaker's own connection and stream end as well."""
        await until(lambda: self.stream.task.done(), busy(1))
        await until(lambda: self.mouth.connection.connectionState == "closed", busy(1))

    async def end(self) -> None:
        await self.ear.close()
        await self.mouth.close()
        if not self.stream.task.done():
            await self.stream.hang_up()
