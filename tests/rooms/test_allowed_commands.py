"""What a snapshot lists under `you.can` is what the server does, for every command and everybody in a room."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import FOREVER, Restriction, User
from accounts.services import blocks, restrictions
from moderation.services import reports
from rooms.models import Invitation, Knock, Participant, PersonalMute, Pin, Removal, Room, SpeakRequest
from rooms.protocol import COMMANDS
from rooms.queries import cards
from rooms.services import (
    audio,
    catching_up,
    entry,
    hands,
    hosts,
    invitations,
    knocks,
    lifecycle,
    pins,
    playback,
    quieting,
    reactions,
    removals,
    stage,
)
from spaces_site.errors import DomainError
from tests.rooms.cast import Cast, bring_on_stage, come_in, hand_of, person, place_of

pytestmark = pytest.mark.django_db
#: Before there is anything that could be listed, and no word about the room.
WITHOUT_PLACE = {"hello", "ping"}
#: Who is invited may queue as well, and is offered the shorter way.
NOT_OFFERED = {("invited", "hand.raise"), ("offered", "hand.raise")}
#: Doing nothing is no refusal here, but nothing to list either.
MUST_DO_SOMETHING = {
    *("hand.raise", "hand.lower", "stage.take", "stage.decline", "stage.step_down", "stage.take_role"),
    "person.unmute_for_me",
}
Act = Callable[[], object]


@dataclass
class World:
    """One person, and a room in which there is something to do with every command."""

    cast: Cast
    me: User
    other: User
    asker: User
    knocker: User
    gone: User
    friend: User
    pin: UUID
    #: An invitation of `me`, where there is one.
    own: Invitation | None = None

    @property
    def place(self) -> Participant:
        return Participant.objects.select_related("room__creator", "person").get(room=self.cast.room, person=self.me)

    def one(self, service: Callable[..., object], **arguments: Any) -> list[Act]:
        """The service, called by `me` in the room."""
        mine = {"actor": self.me, "room_id": self.cast.room.pk, "now": timezone.now()}
        return [lambda: service(**mine, **arguments)]

    def acts(self) -> dict[str, list[Act]]:
        """Each command with whom or what it could mean; allowed is what works for one of them."""
        return {**self.own_acts(), **self.stage_acts(), **self.hosts_acts()}

    def own_acts(self) -> dict[str, list[Act]]:
        """What one does for oneself."""
        one, me, room, now, device = self.one, self.me, self.cast.room, timezone.now(), self.place.device
        other, asker = place_of(self.other, room).pk, place_of(self.asker, room).pk
        who, sender = {"person_id": me.pk, "room_id": room.pk}, reports.Sender(me)
        told = {"room_id": room.pk, "participant_id": other, "told": {"category": "spam"}}
        return {
            "leave": one(entry.leave_room, device=device),
            "device.move_here": one(entry.move_here, device="another"),
            "hand.raise": one(hands.raise_hand),
            "hand.lower": one(hands.lower_hand),
            "person.mute_for_me": one(quieting.mute_for_me, participant_id=other),
            "person.unmute_for_me": one(quieting.unmute_for_me, participant_id=asker),
            "person.block": [lambda: blocks.block_person(actor=me, person_id=self.other.pk, now=now)],
            "person.unblock": [lambda: blocks.unblock_person(actor=me, person_id=self.other.pk)],
            "mic.mute": one(audio.mute_self),
            "mic.unmute": one(audio.unmute_self),
            "reaction.send": one(reactions.react, emoji="👏"),
            "roster.search": [lambda: catching_up.roster_inside(actor=me, room_id=room.pk, query="", limit=5)],
            "media.offer": [lambda: playback.speak_grant(**who, device=device, now=now)],
            "report.send": [lambda: reports.report_from_room(sender=sender, **told, now=now)],
        }

    def stage_acts(self) -> dict[str, list[Act]]:
        """Onto the stage and off it."""
        one, room = self.one, self.cast.room
        other = place_of(self.other, room).pk
        on_stage = Participant.objects.on_stage().filter(room=room).values_list("pk", flat=True)
        somebody = [self.place.pk, *on_stage]
        asked = self.own or Invitation.objects.get(person=self.friend)
        return {
            "invite.accept": one(invitations.accept, invitation_id=asked.pk),
            "invite.decline": one(invitations.decline, invitation_id=asked.pk),
            "stage.take": one(stage.take_offer),
            "stage.decline": one(stage.decline_offer),
            "stage.step_down": one(stage.step_down),
            "stage.invite": one(stage.invite_to_speak, participant_id=place_of(self.asker, room).pk),
            "stage.demote": one(stage.demote, participant_id=other),
            "stage.mute": one(audio.mute_speaker, participant_id=other),
            "stage.mute_everyone": one(audio.mute_everyone),
            "stage.lock_mics": one(audio.set_locked, is_locked=True),
            "stage.name_cohost": one(hosts.name_cohost, participant_id=other),
            "stage.take_role": [act for key in somebody for act in one(hosts.take_role, participant_id=key)],
            "stage.hand_over": one(hosts.hand_over, participant_id=other),
        }

    def hosts_acts(self) -> dict[str, list[Act]]:
        """What hosts do for the room."""
        one, room = self.one, self.cast.room
        hand, asked = hand_of(self.asker, room).pk, Invitation.objects.get(person=self.friend).pk
        return {
            "hand.accept": one(hands.offer, hand_id=hand),
            "hand.refuse": one(hands.refuse, hand_id=hand),
            "hands.lower_all": one(hands.lower_all),
            "hands.open": one(hands.set_open, is_open=False),
            "invite.send": one(invitations.invite, person_id=self.cast.stranger.pk, kind="LISTEN"),
            "invite.make_link": one(invitations.make_link, kind="LISTEN"),
            "invite.withdraw_links": one(invitations.withdraw_links),
            "invite.withdraw": one(invitations.withdraw, invitation_id=asked),
            "person.remove": one(removals.remove_person, participant_id=place_of(self.asker, room).pk),
            "person.readmit": one(removals.readmit, person_id=self.gone.pk),
            "entry.set": one(knocks.set_entry, age_hours=1, followers=False, approval=False),
            "knock.admit": one(knocks.admit, person_id=self.knocker.pk),
            "knock.refuse": one(knocks.refuse, person_id=self.knocker.pk),
            "pin.add": one(pins.pin, text="The sea remembers"),
            "pin.move": one(pins.move, pin_id=self.pin, place=0),
            "pin.remove": one(pins.unpin, pin_id=self.pin),
            "room.end": one(lifecycle.end_room),
        }


def everything(room: Room) -> list[object]:
    """All rows that the commands change."""
    tables = (Participant, SpeakRequest, Invitation, PersonalMute, Knock, Removal, Pin)
    rows = [sorted(map(str, table.objects.filter(room=room).values_list())) for table in tables]
    return [*rows, str(Room.objects.filter(pk=room.pk).values())]


def works(world: World, command: str, act: Act) -> bool:
    """Whether the server does it; what it did is taken back."""
    before = everything(world.cast.room)
    with transaction.atomic():
        try:
            act()
            done = command not in MUST_DO_SOMETHING or everything(world.cast.room) != before
        except DomainError:
            done = False
        transaction.set_rollback(True)
    return done


def staff(cast: Cast) -> User:
    warden = person("warden", is_staff=True)
    come_in(warden, cast.room)
    return warden


def cohost(cast: Cast) -> User:
    place = bring_on_stage(person("second"), cast.host, cast.room, now=timezone.now())
    hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=timezone.now())
    return place.person


def with_a_hand(cast: Cast) -> User:
    hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=timezone.now())
    return cast.listener


def offered(cast: Cast) -> User:
    place, now = cast.listener_place, timezone.now()
    stage.invite_to_speak(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=now)
    return cast.listener


def invited(cast: Cast) -> User:
    now = timezone.now()
    invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=cast.listener.pk, kind="SPEAK", now=now)
    return cast.listener


def invited_to_listen(cast: Cast) -> User:
    now = timezone.now()
    invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=cast.listener.pk, kind="LISTEN", now=now)
    return cast.listener


def creator_who_helps(cast: Cast) -> User:
    now = timezone.now()
    hosts.hand_over(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=now)
    return cast.host


def creator_who_speaks(cast: Cast) -> User:
    creator_who_helps(cast)
    hosts.take_role(actor=cast.host, room_id=cast.room.pk, participant_id=cast.host_place.pk, now=timezone.now())
    return cast.host


def creator_who_listens(cast: Cast) -> User:
    creator_who_helps(cast)
    stage.step_down(actor=cast.host, room_id=cast.room.pk, now=timezone.now())
    return cast.host


def without_microphone(cast: Cast) -> User:
    restrictions.set_until(person_id=cast.listener.pk, restriction=Restriction.NO_MICROPHONE, until=FOREVER)
    return cast.listener


def without_reactions(cast: Cast) -> User:
    restrictions.set_until(person_id=cast.speaker.pk, restriction=Restriction.NO_REACTIONS, until=FOREVER)
    return cast.speaker


def locked(cast: Cast) -> User:
    audio.set_locked(actor=cast.host, room_id=cast.room.pk, is_locked=True, now=timezone.now())
    return cast.speaker


def paused(cast: Cast) -> User:
    hands.set_open(actor=cast.host, room_id=cast.room.pk, is_open=False, now=timezone.now())
    return cast.listener


def by_invitation(cast: Cast) -> User:
    lifecycle.change_room(
        actor=cast.host, room_id=cast.room.pk, changes={"who_may_speak": "INVITED"}, now=timezone.now()
    )
    return cast.listener


def host_with_a_helper(cast: Cast) -> User:
    cohost(cast)
    return cast.host


ROLES: dict[str, Callable[[Cast], User]] = {
    "co-host": cohost,
    "speaker": lambda cast: cast.speaker,
    "listener": lambda cast: cast.listener,
    "guest": lambda cast: cast.guest,
    **{
        maker.__name__: maker
        for maker in (
            host_with_a_helper, staff, with_a_hand, offered, invited, invited_to_listen, creator_who_helps,
            creator_who_speaks, creator_who_listens, without_microphone, without_reactions, locked, paused,
            by_invitation,
        )
    },
}  # fmt: skip


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(cast: Cast, role: str) -> World:
    """Everything is there to be answered, taken, withdrawn; then `me` is in the role."""
    now, room = timezone.now(), cast.room
    asker, other, gone, knocker, friend = (
        person(name, created_at=now) for name in ("asker", "other", "gone", "knocker", "friend")
    )
    bring_on_stage(other, cast.host, room, now=now)
    come_in(gone, room)
    come_in(asker, room)
    removals.remove_person(actor=cast.host, room_id=room.pk, participant_id=place_of(gone, room).pk, now=now)
    hands.raise_hand(actor=asker, room_id=room.pk, now=now)
    invitations.invite(actor=cast.host, room_id=room.pk, person_id=friend.pk, kind="LISTEN", now=now)
    pin = pins.pin(actor=cast.host, room_id=room.pk, text="The sea", now=now)
    me = ROLES[role](cast)
    host = User.objects.get(pk=Participant.objects.get(room=room, role="HOST").person_id)
    knocks.set_entry(actor=host, room_id=room.pk, age_hours=0, followers=False, approval=True, now=now)
    knocks.knock(actor=knocker, room_id=room.pk, now=now)
    if not me.is_guest:
        quieting.mute_for_me(actor=me, room_id=room.pk, participant_id=place_of(asker, room).pk, now=now)
    me.refresh_from_db()
    own = Invitation.objects.filter(room=room, person=me).first()
    return World(cast, me, other, asker, knocker, gone, friend, pin, own)


def test_every_command_is_listed_exactly_where_the_server_does_it(world: World, role: str) -> None:
    acts = world.acts()
    assert set(acts) == set(COMMANDS) - WITHOUT_PLACE
    done = {command for command in acts if any(works(world, command, act) for act in acts[command])}
    place = world.place
    listed = cards.you(room=place.room, place=place).can
    assert len(listed) == len(set(listed))
    assert set(listed) == {command for command in done if (role, command) not in NOT_OFFERED}


def test_a_connection_is_for_the_stage_hands_and_mixes_of_ones_own(cast: Cast) -> None:
    def may_offer() -> bool:
        return "media.offer" in cards.you(room=cast.room, place=cast.listener_place).can

    now = timezone.now()
    assert not may_offer()
    assert "media.offer" in cards.you(room=cast.room, place=cast.speaker_place).can
    hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=now)
    assert may_offer()
    hands.lower_hand(actor=cast.listener, room_id=cast.room.pk, now=now)
    assert not may_offer()
    invited(cast)
    assert may_offer()
    stage.decline_offer(actor=cast.listener, room_id=cast.room.pk, now=now)
    assert not may_offer()
    quieting.mute_for_me(actor=cast.listener, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=now)
    assert may_offer()


def test_turning_the_microphone_down_answers_a_standing_invitation(cast: Cast) -> None:
    invited(cast)
    stage.decline_offer(actor=cast.listener, room_id=cast.room.pk, now=timezone.now())
    you = cards.you(room=cast.room, place=cast.listener_place)
    assert (you.invited, "stage.take" in you.can, "hand.raise" in you.can) == ("", False, True)
    assert Invitation.objects.get(person=cast.listener).state == "DECLINED"
