"""Every command of the websocket, said by everybody in the room: each asks its rule, and nothing else decides.

The same table for the API is in `tests/rooms/test_api_doors.py`.
"""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from rooms.protocol import COMMANDS
from rooms.services import hands, invitations, knocks, pins
from tests.rooms.cast import NOW, Cast, come_in, person
from tests.rooms.sockets.clients import InProcess
from tests.rooms.sockets.people import sign_in

pytestmark = pytest.mark.usefixtures("hub_ends")
WHO = ("guest", "listener", "speaker", "host")
OK = "ack"
ALL, HOST = (OK,) * 4, ("not_a_host",) * 3 + (OK,)
NO_GUEST = ("sign_in_first", OK, OK, OK)

#: command → (data, answers for the four of WHO): ack, or the code of the refusal.
DOORS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "hello": ({"device": "{device}"}, ALL),
    "ping": ({}, ALL),
    "leave": ({}, ALL),
    "device.move_here": ({}, ALL),
    "hand.raise": ({}, ("sign_in_first", OK, "already_on_stage", "already_on_stage")),
    "hand.lower": ({}, ALL),
    "hand.accept": ({"hand": "{hand}"}, HOST),
    "hand.refuse": ({"hand": "{hand}"}, HOST),
    "hands.lower_all": ({}, HOST),
    "hands.open": ({"open": False}, HOST),
    "stage.invite": ({"participant": "{listener_place}"}, HOST),
    "invite.send": ({"person": "{stranger}", "kind": "speak"}, HOST),
    "invite.withdraw": ({"invitation": "{invitation}"}, HOST),
    "invite.make_link": ({"kind": "listen"}, HOST),
    "invite.withdraw_links": ({}, HOST),
    "invite.accept": (
        {"invitation": "{invitation}"}, ("no_such_invitation", OK, "no_such_invitation", "no_such_invitation"),
    ),
    "invite.decline": (
        {"invitation": "{invitation}"}, ("no_such_invitation", OK, "no_such_invitation", "no_such_invitation"),
    ),
    "stage.take": ({}, ("sign_in_first", "no_offer", OK, OK)),
    "stage.decline": ({}, ALL),
    "stage.step_down": ({}, (OK, OK, OK, "host_stays")),
    "stage.demote": ({"participant": "{speaker_place}"}, HOST),
    "stage.mute": ({"participant": "{speaker_place}"}, HOST),
    "stage.mute_everyone": ({"lock": True}, HOST),
    "stage.lock_mics": ({"locked": True}, HOST),
    "stage.name_cohost": ({"participant": "{speaker_place}"}, HOST),
    "stage.take_role": ({"participant": "{speaker_place}"}, ("not_a_host", "not_a_host", OK, OK)),
    "stage.hand_over": ({"participant": "{speaker_place}"}, HOST),
    "person.mute_for_me": ({"participant": "{host_place}"}, ("sign_in_first", OK, OK, "quiet_yourself")),
    "person.unmute_for_me": ({"participant": "{host_place}"}, ALL),
    "person.remove": ({"participant": "{speaker_place}"}, HOST),
    "person.readmit": ({"person": "{stranger}"}, HOST),
    "person.block": ({"person": "{stranger}"}, NO_GUEST),
    "person.unblock": ({"person": "{stranger}"}, NO_GUEST),
    "entry.set": ({"age_hours": 24, "followers": False, "approval": False}, HOST),
    "knock.admit": ({"person": "{stranger}"}, HOST),
    "knock.refuse": ({"person": "{stranger}"}, HOST),
    "pin.add": ({"text": "The sea remembers"}, HOST),
    "pin.move": ({"pin": "{pin}", "place": 0}, HOST),
    "pin.remove": ({"pin": "{pin}"}, HOST),
    "mic.mute": ({}, ("not_on_stage", "not_on_stage", OK, OK)),
    "mic.unmute": ({}, ("not_on_stage", "not_on_stage", OK, OK)),
    "reaction.send": ({"emoji": "👏"}, NO_GUEST),
    "roster.search": ({"query": "list"}, ALL),
    "room.end": ({}, HOST),
    "report.send": ({"category": "spam"}, ALL),
}  # fmt: skip
#: Needs a media node: the browsers of tests/browser and the people of tests/faults speak by it.
ELSEWHERE = {"media.offer"}


def test_every_command_has_its_line() -> None:
    assert set(DOORS) | ELSEWHERE == set(COMMANDS)


@sync_to_async
def something_to_do(cast: Cast, command: str) -> dict[str, Any]:
    """What the command's data name; made only where the command needs it."""
    told: dict[str, Any] = {"room_id": cast.room.pk, "now": NOW}
    facts: dict[str, Any] = {"stranger": cast.stranger.pk, "hand": "", "invitation": ""}
    facts |= {f"{who}_place": getattr(cast, f"{who}_place").pk for who in ("listener", "speaker", "host")}
    if command in ("hand.accept", "hand.refuse"):
        asker = person("asker")
        come_in(asker, cast.room)
        facts["hand"] = hands.raise_hand(actor=asker, **told)
    if command in ("invite.withdraw", "invite.accept", "invite.decline"):
        asked = {"actor": cast.host, "person_id": cast.listener.pk, "kind": "LISTEN"}
        facts["invitation"] = invitations.invite(**asked, **told)
    if command.startswith("knock."):
        knocks.set_entry(actor=cast.host, age_hours=0, followers=False, approval=True, **told)
        knocks.knock(actor=cast.stranger, **told)
    if command in ("pin.move", "pin.remove"):
        facts["pin"] = pins.pin(actor=cast.host, text="The sea remembers", **told)
    return facts


@pytest.mark.parametrize("command", DOORS)
async def test_a_command_asks_its_rule(command: str, transactional_cast: Cast) -> None:
    cast, (data, expected) = transactional_cast, DOORS[command]
    facts = await something_to_do(cast, command)
    # Who acts for good comes last, so that one room serves all four.
    for index in sorted(range(len(WHO)), key=lambda index: expected[index] == OK):
        who: User = getattr(cast, WHO[index])
        device = f"{who.handle}-1"
        client = InProcess(cast.room.pk, session=await sync_to_async(sign_in)(who), device=device)
        await client.connect()
        await client.event("snapshot")
        sent = {
            name: value.format(device=device, **facts) if isinstance(value, str) else value
            for name, value in data.items()
        }
        answer = await client.command(command, **sent)
        assert (answer["code"] if answer["type"] == "error" else OK) == expected[index], (WHO[index], answer)
        if answer["type"] == "error":
            assert answer["message"]
        await client.leave()
