"""What somebody in a room may do now, told as a list: the lines of the rule book for `You.can`."""

from contextlib import suppress
from dataclasses import dataclass

from rooms import stage_rules
from rooms.models import InvitedTo, Participant, Role, Room, SpeakRequestState, WhoMaySpeak

_HOST_COMMANDS = (
    *("hand.accept", "hand.refuse", "hands.lower_all", "hands.open"),
    *("stage.invite", "stage.demote", "stage.mute", "stage.mute_everyone", "stage.lock_mics"),
    *("stage.name_cohost", "stage.take_role", "person.remove", "person.readmit"),
    *("entry.set", "knock.admit", "knock.refuse", "pin.add", "pin.move", "pin.remove"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody may do, as facts gathered once: `hand` is the open request's state or empty."""

    room: Room
    place: Participant
    hand: str = ""
    followed: bool = False
    #: What a standing invitation of a host asks for, or empty.
    invited: str = ""
    #: Hears the room without some people, so by a mix of their own.
    own_mix: bool = False


def allowed_commands(standing: Standing) -> list[str]:
    """The commands that would be allowed now; the rules alone, not how many hands or seats there are."""
    room, place = standing.room, standing.place
    can = ["leave", "device.move_here", "roster.search", "report.send"]
    if place.person.is_guest:
        return can
    can += ["reaction.send", "person.mute_for_me", "person.unmute_for_me", "person.block", "person.unblock"]
    if stage_rules.is_on_stage(place):
        can += ["mic.mute"]
        can += [] if room.mics_locked and place.role not in stage_rules.HOST_ROLES else ["mic.unmute"]
    on_the_way = standing.hand or standing.invited == InvitedTo.SPEAK
    if stage_rules.is_on_stage(place) or on_the_way or standing.own_mix:
        can += ["media.offer"]
    if standing.invited:
        can += ["invite.accept", "invite.decline"]
    if place.role in stage_rules.HOST_ROLES:
        can += _HOST_COMMANDS
    if place.role in stage_rules.HOST_ROLES or place.person_id == room.creator_id:
        can += ["invite.send", "invite.withdraw", "invite.make_link", "invite.withdraw_links"]
    if place.role == Role.HOST:
        can.append("stage.hand_over")
    if place.role in (Role.SPEAKER, Role.CO_HOST):
        can.append("stage.step_down")
    if place.role == Role.LISTENER:
        can += _listener_commands(room, standing)
    with suppress(stage_rules.NotAHost):
        stage_rules.check_may_end(person=place.person, place=place, room=room)
        can.append("room.end")
    return can


def _listener_commands(room: Room, standing: Standing) -> list[str]:
    if standing.hand == SpeakRequestState.OFFERED or standing.invited == InvitedTo.SPEAK:
        return ["stage.take", "stage.decline", "hand.lower"] if standing.hand else ["stage.take", "stage.decline"]
    if standing.hand == SpeakRequestState.RAISED:
        return ["hand.lower"]
    may_ask = room.who_may_speak == WhoMaySpeak.EVERYONE or (
        room.who_may_speak == WhoMaySpeak.FOLLOWED and standing.followed
    )
    return ["hand.raise"] if may_ask and room.hands_open else []
