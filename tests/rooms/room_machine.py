"""A room as a state machine: three people with two devices each do what people do, in any order.

After every step what must always hold is looked up in the database and in what the media node is told.
"""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Q
from django.test import TestCase
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from accounts.models import Block
from accounts.services import blocks
from rooms import admission
from rooms.models import Invitation, Participant, Pin, Removal, Role, RoomState, SpeakRequest
from rooms.queries import pins as seen_pins
from rooms.services import (
    audio,
    catching_up,
    entry,
    hands,
    hosts,
    invitations,
    lifecycle,
    media,
    pins,
    quieting,
    removals,
    stage,
    succession,
)
from spaces_site.errors import DomainError
from tests.rooms.room_asking import HOSTING, Asking

WHO = st.sampled_from(["host", "bo", "eva"])
#: Who acts on others: mostly somebody who may, so that walks get somewhere.
BY = st.sampled_from(["host", "host", "host", "bo", "eva"])
WHOM = st.sampled_from(["bo", "eva", "bo", "eva", "host"])
OTHERS = st.sampled_from(["bo", "eva"])
DEVICES = st.sampled_from(["one", "two"])
YES_OR_NO = st.booleans()


class RoomMachine(Asking):
    """The rules, and what always holds."""

    # --- coming and going ---------------------------------------------------------------------------

    @initialize()
    def everybody_is_in(self) -> None:
        for who in self.people:
            self.join(who, "one")

    @rule(who=OTHERS, is_open=YES_OR_NO, hush=YES_OR_NO)
    def come_up(self, who: str, is_open: bool, hush: bool) -> None:
        """The short way to the stage: in, offered by the host, taken; heard, or not; and all muted, or not."""
        self.join(who, "one")
        self.do(stage.invite_to_speak, "host", participant_id=self.target(who))
        self.answer_offer(who, accept=True)
        self.own_microphone(who, is_open)
        if hush:
            self.mute_everyone("host", lock=False)

    @rule(who=WHO, device=DEVICES)
    def join(self, who: str, device: str) -> None:
        welcome = self.room.state == RoomState.LIVE and who not in self.blocked and who not in self.removed
        done = self.do(entry.join_room, who, device=f"{who}-{device}")
        assert done == welcome, f"{who} came in: {done}, may: {welcome}"
        if done:
            self.connection(who, device, connected=True)

    @rule(who=WHO, device=DEVICES)
    def move_here(self, who: str, device: str) -> None:
        if self.if_listed("device.move_here", entry.move_here, who, device=f"{who}-{device}"):
            place = self.place(who)
            assert place is not None
            assert place.device == f"{who}-{device}"
            self.connection(who, device, connected=True)

    @rule(who=WHO, device=DEVICES, connected=YES_OR_NO)
    def connection(self, who: str, device: str, connected: bool) -> None:
        place = self.place(who)
        if place is None:
            return
        key = f"{who}-{device}"
        entry.connection_changed(
            participant_id=place.pk, device=key, connected=connected, socket=f"web:{key}", now=self.now
        )

    @rule(who=WHO)
    def leave(self, who: str) -> None:
        self.do(entry.leave_room, who)
        if self.room.state == RoomState.LIVE:
            assert not self.is_in(who)

    @rule(seconds=st.sampled_from([2, 20, 61, 130]))
    def wait(self, seconds: int) -> None:
        """Time passes, and what is due is done."""
        self.now += timedelta(seconds=seconds)
        succession.watch_rooms(now=self.now)

    @rule(who=WHO)
    def look_round(self, who: str) -> None:
        """Who is not in learns nothing by catching up; who is in may be in; hosts can end the room, others not."""
        asked = {"actor": self.people[who], "room_id": self.room_id}
        for read, more in (
            (catching_up.roster_inside, {"query": "", "limit": 5}),
            (catching_up.events_since, {"last_seq": 0}),
        ):
            with suppress(DomainError):
                read(**asked, **more)
                assert self.is_in(who)
        place = self.place(who)
        if place is None or place.left_at is not None or place.room.state != RoomState.LIVE:
            return
        admission.check_may_join(person=place.person, room=place.room, now=self.now)
        if place.role != Role.HOST:
            assert not self.do(hosts.hand_over, who, participant_id=self.target(who))
        if place.role in HOSTING:
            assert "room.end" in self.can(who)
        elif who != "host":
            assert not self.do(lifecycle.end_room, who)

    # --- the stage ----------------------------------------------------------------------------------

    @rule(who=OTHERS)
    def raise_hand(self, who: str) -> None:
        # A hand that is up stays up, wherever it stands.
        stands = SpeakRequest.objects.open().filter(participant=self.target(who)).exists()
        may_be_raised = self.room.hands_open or stands
        if self.if_listed("hand.raise", hands.raise_hand, who):
            assert self.role(who) == Role.LISTENER
            assert may_be_raised

    @rule(who=OTHERS)
    def lower_hand(self, who: str) -> None:
        self.do(hands.lower_hand, who)

    @rule(by=BY, is_open=YES_OR_NO)
    def pause_hands(self, by: str, is_open: bool) -> None:
        was = self.role(by)
        self.hosts_alone(by, was, self.do(hands.set_open, by, is_open=is_open))
        self.raise_hand("bo")

    @rule(by=BY, accept=YES_OR_NO)
    def answer_hand(self, by: str, accept: bool) -> None:
        hand = SpeakRequest.objects.open().filter(participant__room=self.room_id).order_by("raised_at").first()
        was = self.role(by)
        service = hands.offer if accept else hands.refuse
        self.hosts_alone(by, was, self.do(service, by, hand_id=hand.pk if hand else uuid4()))

    @rule(by=BY, whom=WHOM)
    def offer_stage(self, by: str, whom: str) -> None:
        was = self.role(by)
        self.hosts_alone(by, was, self.do(stage.invite_to_speak, by, participant_id=self.target(whom)))

    @rule(who=OTHERS, accept=YES_OR_NO)
    def answer_offer(self, who: str, accept: bool) -> None:
        if not accept:
            self.do(stage.decline_offer, who)
        elif self.role(who) != Role.LISTENER:
            self.do(stage.take_offer, who)
        elif self.exactly_if("stage.take", stage.take_offer, who):
            assert self.place_muted(who), "one comes on stage muted"

    def place_muted(self, who: str) -> bool:
        place = self.place(who)
        return place is not None and place.muted

    @rule(who=WHO)
    def step_down(self, who: str) -> None:
        if self.if_listed("stage.step_down", stage.step_down, who):
            assert self.role(who) == Role.LISTENER

    @rule(by=BY, whom=WHOM)
    def demote(self, by: str, whom: str) -> None:
        was, role = self.role(by), self.role(whom)
        done = self.do(stage.demote, by, participant_id=self.target(whom))
        self.hosts_alone(by, was, done)
        if done:
            assert self.role(whom) == Role.LISTENER
            assert role != Role.HOST

    # --- microphones --------------------------------------------------------------------------------

    @rule(who=WHO, is_open=YES_OR_NO)
    def own_microphone(self, who: str, is_open: bool) -> None:
        if is_open:
            self.exactly_if("mic.unmute", audio.unmute_self, who)
        else:
            self.do(audio.mute_self, who)

    @rule(by=BY, whom=WHOM)
    def mute_somebody(self, by: str, whom: str) -> None:
        was = self.role(by)
        done = self.do(audio.mute_speaker, by, participant_id=self.target(whom))
        assert not done or was in HOSTING or by == whom
        assert not done or self.place_muted(whom)

    @rule(by=BY, lock=YES_OR_NO)
    def mute_everyone(self, by: str, lock: bool) -> None:
        if self.exactly_if("stage.mute_everyone", audio.mute_everyone, by, lock=lock):
            self.all_are_muted()
            assert not lock or self.room.mics_locked

    def all_are_muted(self) -> None:
        speakers = Participant.objects.on_stage().filter(room=self.room_id, role=Role.SPEAKER)
        assert not speakers.filter(muted=False).exists()

    @rule(by=BY, is_locked=YES_OR_NO)
    def lock(self, by: str, is_locked: bool) -> None:
        if self.exactly_if("stage.lock_mics", audio.set_locked, by, is_locked=is_locked) and is_locked:
            self.all_are_muted()

    @rule(who=WHO, whom=WHO, quiet=YES_OR_NO)
    def leave_out_for_oneself(self, who: str, whom: str, quiet: bool) -> None:
        service = quieting.mute_for_me if quiet else quieting.unmute_for_me
        self.do(service, who, participant_id=self.target(whom))

    # --- hosts --------------------------------------------------------------------------------------

    @rule(by=BY, whom=WHOM)
    def name_cohost(self, by: str, whom: str) -> None:
        was, role = self.role(by), self.role(whom)
        done = self.do(hosts.name_cohost, by, participant_id=self.target(whom))
        self.hosts_alone(by, was, done)
        assert not done or role in (Role.SPEAKER, Role.CO_HOST)

    @rule(by=BY, whom=WHOM)
    def take_role(self, by: str, whom: str) -> None:
        was = self.role(by)
        done = self.do(hosts.take_role, by, participant_id=self.target(whom))
        assert not done or was in HOSTING or by == whom
        assert not done or self.role(whom) != Role.CO_HOST

    @rule(by=BY, whom=WHOM)
    def hand_over(self, by: str, whom: str) -> None:
        was = self.role(by)
        if self.do(hosts.hand_over, by, participant_id=self.target(whom)):
            assert was == Role.HOST
            assert self.role(whom) == Role.HOST

    @rule(by=BY, whom=WHOM, for_good=YES_OR_NO)
    def remove(self, by: str, whom: str, for_good: bool) -> None:
        was = self.role(by)
        done = self.do(removals.remove_person, by, participant_id=self.target(whom), for_good=for_good)
        self.hosts_alone(by, was, done)
        if done:
            assert whom != "host", "the creator stays"
            assert not self.is_in(whom)
            self.removed |= {whom} if for_good else set()
            self.try_again(whom)

    @rule(by=BY, whom=WHOM)
    def readmit(self, by: str, whom: str) -> None:
        was = self.role(by)
        done = self.do(removals.readmit, by, person_id=self.people[whom].pk)
        self.hosts_alone(by, was, done)
        if done:
            self.removed.discard(whom)

    @rule(by=BY, whom=WHOM, kind=st.sampled_from(["LISTEN", "SPEAK"]))
    def invite(self, by: str, whom: str, kind: str) -> None:
        was = self.role(by)
        done = self.do(invitations.invite, by, person_id=self.people[whom].pk, kind=kind)
        assert not done or was in HOSTING or by == "host"
        assert not done or whom not in self.removed | self.blocked

    @rule(who=OTHERS, accept=YES_OR_NO)
    def answer_invitation(self, who: str, accept: bool) -> None:
        standing = Invitation.objects.standing().filter(room=self.room_id, person=self.people[who]).first()
        service = invitations.accept if accept else invitations.decline
        done = self.do(service, who, invitation_id=standing.pk if standing else uuid4())
        assert not done or standing is not None

    @rule(by=BY, text=st.sampled_from(["One", "Two"]), place=st.integers(0, 6))
    def pin(self, by: str, text: str, place: int) -> None:
        was, full = self.role(by), len(self.wall_of_host()) >= settings.PIN_LIMIT
        done = self.do(pins.pin, by, text=text, place=place)
        self.hosts_alone(by, was, done)
        assert not (done and full)
        assert not done or self.wall()[min(place, len(self.wall()) - 1)].post.text == text

    @rule(by=BY, place=st.integers(0, 6), stays=YES_OR_NO)
    def move_or_unpin(self, by: str, place: int, stays: bool) -> None:
        was, last = self.role(by), self.wall()[-1:]
        pin_id = last[0].pk if last else uuid4()
        more = {"place": place} if stays else {}
        done = self.do(pins.move if stays else pins.unpin, by, pin_id=pin_id, **more)
        self.hosts_alone(by, was, done)
        assert not done or (pin_id in [one.pk for one in self.wall()]) == stays

    def wall(self) -> list[Pin]:
        return list(Pin.objects.standing().filter(room=self.room_id).in_order().select_related("post"))

    def wall_of_host(self) -> list[UUID]:
        """What the host sees of it: the rest goes with the next post that is pinned."""
        host = Participant.objects.present().filter(room=self.room_id, role=Role.HOST).first()
        everything = [one.pk for one in self.wall()]
        return seen_pins.ids_seen_by(room_id=self.room_id, viewer=host.person, now=self.now) if host else everything

    def try_again(self, who: str) -> None:
        """Whoever was shut out comes back at once, and reads what there is to read."""
        self.look_round(who)
        self.join(who, "two")
        self.invite("host", who, "SPEAK")

    # --- blocks -------------------------------------------------------------------------------------

    @rule(by=BY, whom=OTHERS)
    def block(self, by: str, whom: str) -> None:
        if by == whom:
            return
        with TestCase.captureOnCommitCallbacks(execute=True):
            blocks.block_person(actor=self.people[by], person_id=self.people[whom].pk, now=self.now)
        if by == "host":
            self.blocked.add(whom)
            self.try_again(whom)

    @rule(by=BY, whom=OTHERS)
    def unblock(self, by: str, whom: str) -> None:
        blocks.unblock_person(actor=self.people[by], person_id=self.people[whom].pk)
        if by == "host":
            self.blocked.discard(whom)

    # --- what always holds --------------------------------------------------------------------------

    @invariant()
    def nobody_is_in_who_may_not_be(self) -> None:
        blocked = Block.objects.filter(blocker=self.people["host"]).values("blocked")
        removed = Removal.objects.standing().filter(room=self.room_id).values("person")
        wrong = Q(person__in=blocked) | Q(person__in=removed)
        assert not Participant.objects.present().filter(wrong, room=self.room_id).exists()

    @invariant()
    def there_is_one_host_and_few_cohosts(self) -> None:
        inside = Participant.objects.present().filter(room=self.room_id)
        roles = list(inside.values_list("role", flat=True))
        assert roles.count(Role.HOST) <= 1
        assert roles.count(Role.CO_HOST) <= 2

    @invariant()
    def the_mixer_is_told_what_the_rules_say(self) -> None:
        facts = media.read_stages(room_ids=[str(self.room_id)], now=self.now)[str(self.room_id)]
        inside = {str(one.pk): one for one in Participant.objects.present().filter(room=self.room_id)}
        locked = self.room.mics_locked
        for seat in facts.seats:
            place = inside[seat.participant_id]
            assert seat.on_stage == (place.role != Role.LISTENER)
            assert seat.device == place.device
            assert seat.muted == (place.muted or (locked and place.role not in HOSTING)) or not seat.on_stage
        told = {seat.participant_id for seat in facts.seats if seat.on_stage}
        assert told == {key for key, one in inside.items() if one.role != Role.LISTENER}

    @invariant()
    def pins_are_few_and_in_a_row(self) -> None:
        places = [one.place for one in self.wall()]
        assert len(places) <= settings.PIN_LIMIT
        assert places == sorted(set(places))

    @invariant()
    def hands_belong_to_listeners_who_are_in(self) -> None:
        waiting = SpeakRequest.objects.open().filter(participant__room=self.room_id)
        for hand in waiting.select_related("participant"):
            assert hand.participant.left_at is None
            assert hand.participant.role == Role.LISTENER
