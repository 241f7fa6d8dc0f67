"""The websocket of a room: `/ws/rooms/<id>/`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from django.utils import timezone

from accounts.services import blocks, switches
from rooms import events, media_gateway
from rooms.consumers import door
from rooms.consumers.identified import IdentifiedConsumer
from rooms.hub import Seat
from rooms.protocol import ROSTER_FIRST, Command, DeviceElsewhere
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
    snapshots,
    stage,
)
from spaces_site.boundary.outbox import Frame
from spaces_site.boundary.sockets import AT_DOOR, DONE, INSIDE, Outcome, refusal_of

Handler = Callable[["RoomConsumer", Command], Awaitable[None]]

NORMAL = 1000
#: A socket that goes in so soon after its handshake was identified need not be asked again.
FRESH_SECONDS = 2.0


class RoomConsumer(IdentifiedConsumer):
    """One person's socket in one room: the door to the services of a room, and its ear."""

    seat: Seat | None = None
    workers = AT_DOOR

    def __init__(self) -> None:
        super().__init__()
        self._offering = False

    # --- coming in --------------------------------------------------------------------------------

    async def welcome(self) -> None:
        """Go in, unless the device is still to be named."""
        if self.handshake.device:
            await self._go_in(self.handshake.device, self.handshake.hidden, self.handshake.last_seq)

    def watches_itself(self) -> bool:
        """The hub looks after those inside."""
        return self.seat is None

    async def _still_signed_in(self) -> bool:
        """Nobody tells a socket outside a room that its session is over: ask, if it waited before it goes in."""
        if asyncio.get_running_loop().time() - self.known_at < FRESH_SECONDS:
            return True
        holds = await self.call(door.check_holds, who=self.identity)
        if holds.refusal is not None:
            self.turn_away(holds.refusal)
        return holds.refusal is None

    async def _go_in(self, device: str, hidden: bool, last_seq: int | None) -> None:
        if not await self._still_signed_in():
            return
        fits = await self.call(door.check_device, device=device)
        joined = fits if fits.refusal else await self._join(device, hidden)
        if joined.refusal is not None:
            self.turn_away(joined.refusal)
            return
        self.device = device
        if joined.value.elsewhere:
            self.say(events.frame(DeviceElsewhere()))
        else:
            await self._sit_down(str(joined.value.participant_id), last_seq)

    async def _join(self, device: str, hidden: bool) -> Outcome:
        session = self.identity.session
        return await self.as_actor(entry.join_room, device=device, hidden=hidden, session=session)

    async def _sit_down(self, participant_id: str, last_seq: int | None) -> None:
        """Listen first, and only then read: nothing falls between snapshot and events."""
        self.seat = Seat(
            room_id=self.handshake.room_id,
            socket_id=self.hub.new_socket_id(),
            participant_id=participant_id,
            device=self.device,
            identity=self.identity,
            outbox=self.outbox,
            resync=partial(self._catch_up, None),
        )
        await self.hub.attach(self.seat)
        await self._catch_up(last_seq)

    async def _catch_up(self, last_seq: int | None) -> None:
        """Send what was missed since `last_seq`, else the whole room."""
        assert self.seat is not None
        self.seat.hold()
        if last_seq is not None:
            missed = await self.call(
                catching_up.frames_since,
                actor=self.identity.person,
                room_id=self.handshake.room_id,
                last_seq=last_seq,
            )
            if missed.refusal is not None:
                self.turn_away(missed.refusal)
                return
            if missed.value is not None:
                self._open([Frame(text) for text in missed.value], last_seq + len(missed.value))
                return
        found = await self.call(
            snapshots.snapshot,
            room_id=self.handshake.room_id,
            viewer=self.identity.person,
            now=timezone.now(),
        )
        if found.refusal is not None:
            self.turn_away(found.refusal)
        else:
            self._open([Frame(events.frame(found.value))], found.value.seq)

    def _open(self, first: list[Frame], seq: int) -> None:
        assert self.seat is not None
        self.workers = INSIDE
        self.seat.open(first, seq)
        self.hub.opened(self.seat, seq)
        if self.seat.lost_some:
            self.beside(self._catch_up(None))

    def heard(self) -> None:
        """The peer is alive."""
        super().heard()
        if self.seat is not None:
            self.seat.heard_at = self.heard_at

    def end(self) -> None:
        """The peer is gone: give the seat and the slots back."""
        if self.seat is not None:
            self.hub.detach(self.seat)
        super().end()

    # --- commands ---------------------------------------------------------------------------------

    async def do(self, command: Command) -> None:
        """One command by the table. Before one is in the room, few make sense."""
        if self.seat is None and command.type not in BEFORE_ENTRY:
            self.refuse(command.id, refusal_of(door.EnterFirst(), self.language))
        elif not self.outbox.closed:
            await HANDLERS[command.type](self, command)

    async def as_actor(self, service: Callable[..., Any], /, **arguments: Any) -> Outcome:
        """One service that acts for this person in this room."""
        return await self.call(
            service,
            actor=self.identity.person,
            room_id=self.handshake.room_id,
            now=timezone.now(),
            **arguments,
        )

    async def hello(self, command: Command) -> None:
        """Go in, by the device named here, else that of the ticket; or, in the room, ask for what was missed."""
        self.answer(command, DONE)
        if self.seat is not None:
            await self._catch_up(command.data["last_seq"])
        else:
            # Whoever comes in and heard nothing yet (0) begins with the whole room, as who names no number.
            last_seq = command.data["last_seq"] or None
            await self._go_in(command.data["device"] or self.device, bool(command.data["hidden"]), last_seq)

    async def ping(self, command: Command) -> None:
        """Say that we are here too."""
        self.answer(command, DONE)

    async def leave(self, command: Command) -> None:
        """Go out of the room."""
        self.answer(command, await self.as_actor(entry.leave_room, device=self.device))
        self.close(NORMAL)

    async def move_here(self, command: Command) -> None:
        """Take one's own place over from another device."""
        if self.seat is None and not await self._still_signed_in():
            return
        moved = await self.as_actor(entry.move_here, device=self.device, session=self.identity.session)
        self.answer(command, moved)
        if moved.refusal is None and self.seat is None:
            await self._sit_down(str(moved.value.participant_id), None)

    async def search(self, command: Command) -> None:
        """Look for people in the room."""
        found = await self.call(
            catching_up.roster_inside,
            actor=self.identity.person,
            room_id=self.handshake.room_id,
            query=command.data["query"],
            limit=ROSTER_FIRST,
        )
        self.answer(command, found, asdict(found.value) if found.refusal is None else None)

    async def block(self, command: Command) -> None:
        """Block somebody everywhere, this room included."""
        who = {"actor": self.identity.person, "person_id": command.data["person"]}
        self.answer(command, await self.call(blocks.block_person, **who, now=timezone.now()))

    async def unblock(self, command: Command) -> None:
        """Take a block back."""
        who = {"actor": self.identity.person, "person_id": command.data["person"]}
        self.answer(command, await self.call(blocks.unblock_person, **who))

    async def make_link(self, command: Command) -> None:
        """Make a link that invites whoever opens it."""
        arguments = {"service": invitations.make_link, "kind": command.data["kind"]}
        made = await self.as_actor(switches.when_writable, **arguments)
        told = None if made.refusal else {"link": str(made.value.id), "key": made.value.key}
        self.answer(command, made, told)

    async def pin(self, command: Command) -> None:
        """Pin a post."""
        named = {name: command.data[name] for name in ("link", "text", "place")}
        named |= {"post_id": command.data["post"], "host": self.handshake.host, "service": pins.pin}
        made = await self.as_actor(switches.when_writable, **named)
        self.answer(command, made, None if made.refusal else {"pin": str(made.value)})

    async def offer(self, command: Command) -> None:
        """Connect a microphone and an ear; takes seconds when a media node is just taking the room."""
        if self._offering:
            self.refuse(command.id, refusal_of(door.OneOfferAtATime(retry_after=1), self.language))
            return
        self._offering = True
        self.beside(self._offer(command))

    async def _offer(self, command: Command) -> None:
        try:
            grant = await self.call(
                playback.speak_grant,
                person_id=self.identity.person.pk,
                room_id=self.handshake.room_id,
                device=self.device,
                now=timezone.now(),
            )
            answered = grant if grant.refusal else await self._ask_node(grant.value, command.data["sdp"])
            self.answer(command, answered, asdict(answered.value) if answered.refusal is None else None)
        finally:
            self._offering = False

    async def _ask_node(self, grant: str, sdp: str) -> Outcome:
        return await self.call(
            media_gateway.offer, room_id=self.handshake.room_id, grant=grant, sdp=sdp, device=self.device
        )


def by(service: Callable[..., Any], **names: str) -> Handler:
    """A handler that calls `service` as the person; `names` says which argument takes which field."""

    async def handle(consumer: RoomConsumer, command: Command) -> None:
        arguments = {argument: command.data[field] for argument, field in names.items()}
        if command.type not in OPEN_WHEN_READ_ONLY:
            arguments["service"] = service
        act = service if command.type in OPEN_WHEN_READ_ONLY else switches.when_writable
        consumer.answer(command, await consumer.as_actor(act, **arguments))

    return handle


#: What stays possible while staff keep the site as it is: whatever makes a room quieter or safer, and one's own
#: microphone, so that rooms that are live go on. `accounts.middleware` says the same of the API.
OPEN_WHEN_READ_ONLY = frozenset(
    {
        *("hand.lower", "hand.refuse", "hands.lower_all", "stage.decline"),
        *("invite.withdraw", "invite.withdraw_links", "invite.decline"),
        *("stage.step_down", "stage.demote", "stage.mute", "stage.mute_everyone", "stage.lock_mics", "mic.mute"),
        *("mic.unmute", "person.mute_for_me", "person.unmute_for_me", "person.remove", "room.end"),
        *("entry.set", "pin.remove"),
    }
)

#: What may be said before one is in the room.
BEFORE_ENTRY = frozenset({"hello", "ping", "device.move_here", "leave"})

HANDLERS: dict[str, Handler] = {
    "hello": RoomConsumer.hello,
    "ping": RoomConsumer.ping,
    "leave": RoomConsumer.leave,
    "device.move_here": RoomConsumer.move_here,
    "hand.raise": by(hands.raise_hand),
    "hand.lower": by(hands.lower_hand),
    "hand.accept": by(hands.offer, hand_id="hand"),
    "hand.refuse": by(hands.refuse, hand_id="hand"),
    "hands.lower_all": by(hands.lower_all),
    "hands.open": by(hands.set_open, is_open="open"),
    "stage.invite": by(stage.invite_to_speak, participant_id="participant"),
    "invite.send": by(invitations.invite, person_id="person", kind="kind"),
    "invite.withdraw": by(invitations.withdraw, invitation_id="invitation"),
    "invite.make_link": RoomConsumer.make_link,
    "invite.withdraw_links": by(invitations.withdraw_links),
    "invite.accept": by(invitations.accept, invitation_id="invitation"),
    "invite.decline": by(invitations.decline, invitation_id="invitation"),
    "stage.take": by(stage.take_offer),
    "stage.decline": by(stage.decline_offer),
    "stage.step_down": by(stage.step_down),
    "stage.demote": by(stage.demote, participant_id="participant"),
    "stage.mute": by(audio.mute_speaker, participant_id="participant"),
    "stage.mute_everyone": by(audio.mute_everyone, lock="lock"),
    "stage.lock_mics": by(audio.set_locked, is_locked="locked"),
    "stage.name_cohost": by(hosts.name_cohost, participant_id="participant"),
    "stage.take_role": by(hosts.take_role, participant_id="participant"),
    "stage.hand_over": by(hosts.hand_over, participant_id="participant"),
    "person.mute_for_me": by(quieting.mute_for_me, participant_id="participant"),
    "person.unmute_for_me": by(quieting.unmute_for_me, participant_id="participant"),
    "person.remove": by(removals.remove_person, participant_id="participant", for_good="for_good"),
    "person.readmit": by(removals.readmit, person_id="person"),
    "person.block": RoomConsumer.block,
    "person.unblock": RoomConsumer.unblock,
    "entry.set": by(knocks.set_entry, age_hours="age_hours", followers="followers", approval="approval"),
    "knock.admit": by(knocks.admit, person_id="person"),
    "knock.refuse": by(knocks.refuse, person_id="person"),
    "pin.add": RoomConsumer.pin,
    "pin.move": by(pins.move, pin_id="pin", place="place"),
    "pin.remove": by(pins.unpin, pin_id="pin"),
    "mic.mute": by(audio.mute_self),
    "mic.unmute": by(audio.unmute_self),
    "reaction.send": by(reactions.react, emoji="emoji"),
    "roster.search": RoomConsumer.search,
    "media.offer": RoomConsumer.offer,
    "room.end": by(lifecycle.end_room),
}


def add_handler(type_: str, handler: Handler) -> None:
    """An app above answers a command of the protocol."""
    HANDLERS[type_] = handler
