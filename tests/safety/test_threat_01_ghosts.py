"""Threat 1: nobody hears a room without being in its roster: not after leaving, not by a second device."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import sampled_from

from accounts.models import User
from accounts.services import suspension
from media_worker.node import MediaNode
from rooms.models import Participant, Room
from rooms.services import audio, entry, hands, media, pace, playback, stage, succession
from spaces_site.errors import DomainError
from tests.media_worker.node.cast import carry, connect
from tests.media_worker.node.conftest import node as node
from tests.media_worker.transport.clients import until
from tests.patience import busy
from tests.rooms.cast import later, open_room, person
from tests.safety.talk import SPEAKER_TONE, Talking


async def test_threat_01_whoever_left_hears_nothing_within_a_second(node: MediaNode) -> None:
    talking = await sync_to_async(Talking)()
    await sync_to_async(carry)(node, talking.room.pk)
    await talking.begin()
    entry.leave_room(actor=talking.speaker, room_id=talking.room.pk, device="speaker-1", now=timezone.now())
    await until(lambda: node.rooms[str(talking.room.pk)].leg_count == 1, busy(1))
    await talking.cut_off()
    received = len(talking.mouth.samples)
    await talking.silent()
    assert len(talking.mouth.samples) == received
    await talking.end()


async def test_threat_01_a_device_that_was_left_behind_hears_nothing(node: MediaNode) -> None:
    talking = await sync_to_async(Talking)()
    await sync_to_async(carry)(node, talking.room.pk)
    await talking.begin()
    entry.move_here(actor=talking.speaker, room_id=talking.room.pk, device="speaker-2", now=timezone.now())
    await talking.cut_off()
    with pytest.raises(DomainError):
        await connect(talking.speaker, talking.room, SPEAKER_TONE)
    await talking.end()


class Rooms(RuleBasedStateMachine):
    """Three people with two devices each do anything in any order; what they may hear is always on the roster."""

    names = ("ana", "bob", "cyd")
    who = sampled_from(names)
    device = sampled_from(("one", "two"))

    @initialize()
    def begin(self) -> None:
        User.objects.exclude(participations__room__state="LIVE").filter(rooms_created=None).delete()
        Participant.objects.all().delete()
        Room.objects.all().delete()
        User.objects.all().delete()
        self.now = 0.0
        self.owner = person("host", follower_count=600)
        self.staff = person("warden", is_staff=True)
        self.room = open_room(self.owner)
        self.people = {name: person(name) for name in self.names}

    def act(self, service: Any, **arguments: Any) -> None:
        """One call; a refusal is as good as a success."""
        self.now += 1.0
        try:
            service(room_id=self.room.pk, now=later(self.now), **arguments)
        except DomainError:
            return

    @rule(who=who, device=device)
    def join(self, who: str, device: str) -> None:
        self.act(entry.join_room, actor=self.people[who], device=device)
        self.appear(who, device, here=True)

    @rule(who=who, device=device)
    def move(self, who: str, device: str) -> None:
        self.act(entry.move_here, actor=self.people[who], device=device)

    @rule(who=who, device=device, here=sampled_from((True, False)))
    def appear(self, who: str, device: str, here: bool) -> None:
        place = Participant.objects.filter(person=self.people[who]).first()
        if place is not None:
            entry.connection_changed(
                participant_id=place.pk, device=device, connected=here, socket=f"web:{device}", now=later(self.now)
            )

    @rule(who=who)
    def leave(self, who: str) -> None:
        self.act(entry.leave_room, actor=self.people[who])

    @rule(comes=sampled_from((True, False)))
    def host(self, comes: bool) -> None:
        if comes:
            self.act(entry.join_room, actor=self.owner, device="host-1")
        else:
            self.act(entry.leave_room, actor=self.owner)

    @rule(who=who)
    def come_up(self, who: str) -> None:
        self.act(hands.raise_hand, actor=self.people[who])
        place = Participant.objects.filter(person=self.people[who]).first()
        if place is not None:
            self.act(stage.invite_to_speak, actor=self.owner, participant_id=place.pk)
            self.act(stage.take_offer, actor=self.people[who])
            self.act(audio.unmute_self, actor=self.people[who])

    @rule(who=who)
    def demote(self, who: str) -> None:
        place = Participant.objects.filter(person=self.people[who]).first()
        if place is not None:
            self.act(stage.demote, actor=self.owner, participant_id=place.pk)

    @rule(who=who, on=sampled_from((True, False)))
    def suspend(self, who: str, on: bool) -> None:
        person_now = User.objects.get(pk=self.people[who].pk)
        act = suspension.suspend if on else suspension.unsuspend
        act(actor=self.staff, person=person_now)

    @rule(seconds=sampled_from((10, 31, 70)))
    def wait(self, seconds: int) -> None:
        self.now += seconds
        succession.watch_rooms(now=later(self.now))

    @invariant()
    def whoever_may_have_media_is_in_the_roster(self) -> None:
        if not hasattr(self, "room"):
            return
        inside = {str(place.pk): place for place in Participant.objects.present().filter(room=self.room)}
        stages = media.read_stages(room_ids=[str(self.room.pk)], now=later(self.now))[str(self.room.pk)]
        for seat in stages.seats:
            assert seat.participant_id in inside
            assert inside[seat.participant_id].device == seat.device
            assert seat.muted or seat.on_stage
        speaking = [seat for seat in stages.seats if seat.on_stage]
        assert len(speaking) <= self.room.stage_limit
        for someone in User.objects.filter(handle__in=self.names):
            self.rights_match(someone, inside)

    def rights_match(self, someone: User, inside: dict[str, Participant]) -> None:
        """A new address of the sound is for somebody who is inside, and active."""
        here = any(place.person_id == someone.pk for place in inside.values())
        place = Participant.objects.filter(room=self.room, person=someone).first()
        if place is None:
            return
        try:
            playback.media_info(participant=place, room=self.room, now=later(self.now))
        except playback.NotJoined:
            assert not here
        else:
            assert here
            assert someone.is_active


@pytest.mark.fuzz
@pytest.mark.timeout(240)
def test_threat_01_asvs_8_3_2_whatever_people_do_media_is_a_part_of_the_roster(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "check", lambda *_, **__: None)
    checks = list(HealthCheck)
    # A small world: thirty steps of three people find a seeded bug within twenty runs.
    rules = settings(
        max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=checks, derandomize=True
    )
    run_state_machine_as_test(Rooms, settings=rules)
