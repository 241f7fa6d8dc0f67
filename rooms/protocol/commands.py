"""Commands: what a client may say, and how its frames are read and answered."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from spaces_site.boundary.nesting import is_too_deep

#: type → {field: JSON type}; `?` means that it may be missing or null. Unknown fields are ignored.
COMMANDS: dict[str, dict[str, str]] = {
    "hello": {"device": "str?", "hidden": "bool?", "last_seq": "int?"},
    "ping": {},
    "leave": {},
    "device.move_here": {},
    "hand.raise": {},
    "hand.lower": {},
    "hand.accept": {"hand": "uuid"},
    "hand.refuse": {"hand": "uuid"},
    "hands.lower_all": {},
    "hands.open": {"open": "bool"},
    "stage.invite": {"participant": "uuid"},
    "invite.send": {"person": "uuid", "kind": "str"},
    "invite.withdraw": {"invitation": "uuid"},
    "invite.make_link": {"kind": "str"},
    "invite.withdraw_links": {},
    "invite.accept": {"invitation": "uuid"},
    "invite.decline": {"invitation": "uuid"},
    "stage.take": {},
    "stage.decline": {},
    "stage.step_down": {},
    "stage.demote": {"participant": "uuid"},
    "stage.mute": {"participant": "uuid"},
    "stage.mute_everyone": {"lock": "bool?"},
    "stage.lock_mics": {"locked": "bool"},
    "stage.name_cohost": {"participant": "uuid"},
    "stage.take_role": {"participant": "uuid"},
    "stage.hand_over": {"participant": "uuid"},
    "person.mute_for_me": {"participant": "uuid"},
    "person.unmute_for_me": {"participant": "uuid"},
    "person.remove": {"participant": "uuid", "for_good": "bool?"},
    "person.readmit": {"person": "uuid"},
    "person.block": {"person": "uuid"},
    "person.unblock": {"person": "uuid"},
    "entry.set": {"age_hours": "int", "followers": "bool", "approval": "bool"},
    "knock.admit": {"person": "uuid"},
    "knock.refuse": {"person": "uuid"},
    "pin.add": {"post": "uuid?", "link": "str?", "text": "str?", "place": "int?"},
    "pin.move": {"pin": "uuid", "place": "int"},
    "pin.remove": {"pin": "uuid"},
    "mic.mute": {},
    "mic.unmute": {},
    "reaction.send": {"emoji": "str"},
    "roster.search": {"query": "str"},
    "media.offer": {"sdp": "str"},
    "room.end": {},
    "report.send": {
        "category": "str", "participant": "uuid?", "concerns": "str?", "details": "str?", "at": "str?",
        "keep_sound": "bool?",
    },
}  # fmt: skip

#: type → what it does, for PROTOCOL.md and AsyncAPI.
COMMAND_NOTES: dict[str, str] = {
    "hello": "Goes in, where the address named no device: by `device`, else by that of the ticket. With `last_seq` asks"
    " for what was missed since then.",
    "ping": "Says that you are there. Send it when you sent nothing for 15 seconds.",
    "leave": "Leave the room; the socket closes with 1000.",
    "device.move_here": "Take your place over from your other device, which is closed with 4409.",
    "hand.raise": "Ask for the microphone.",
    "hand.lower": "Take your hand down.",
    "hand.accept": "Host: offer the microphone to this hand. The person has 60 seconds to take it.",
    "hand.refuse": "Host: not now.",
    "hands.lower_all": "Host: empty the queue.",
    "hands.open": "Host: let people raise hands, or not.",
    "stage.invite": "Host: offer the microphone to a listener who did not ask.",
    "invite.send": "Host: ask somebody, in the room or not, to come and `listen` or `speak`. It stands until answered.",
    "invite.withdraw": "Host: take an invitation back.",
    "invite.make_link": "Host: a key that invites whoever opens the room with `?invitation=` and it, to `listen` or"
    " `speak`; it brings 500 people. The ack carries `link` (its id) and `key`, which is told this once.",
    "invite.withdraw_links": "Host: no link of this room works any more. Who came by one stays.",
    "invite.accept": "Say yes; asked to speak, you come on stage muted.",
    "invite.decline": "Say no.",
    "stage.take": "Accept the microphone. You come on stage muted.",
    "stage.decline": "Do not accept it.",
    "stage.step_down": "Go back to the audience.",
    "stage.demote": "Host: move a speaker back to the audience.",
    "stage.mute": "Host: close a speaker's microphone. Only the speaker can open it again.",
    "stage.mute_everyone": "Host: close all microphones but the hosts'; with `lock` they can't be opened.",
    "stage.lock_mics": "Host: keep all speakers' microphones closed, newcomers' too; or let them be opened again.",
    "stage.name_cohost": "Host: make a speaker co-host.",
    "stage.take_role": "Host: make a co-host a speaker again; a co-host may give the role back.",
    "stage.hand_over": "Host: give the room to somebody on stage; you stay there.",
    "person.mute_for_me": "Hear the room without this person; nobody else does. It takes a peer connection.",
    "person.unmute_for_me": "Hear this person again.",
    "person.remove": "Host: put somebody out; unless `for_good` is false they can't come back to this room.",
    "person.readmit": "Host: let somebody whom you removed come in again.",
    "person.block": "Block somebody, everywhere: they leave rooms that you opened, and are not told.",
    "person.unblock": "Take a block back.",
    "entry.set": "Host: who may come in from now on: accounts so old, followers alone, or one by one.",
    "knock.admit": "Host: let somebody in who asked.",
    "knock.refuse": "Host: do not let somebody in who asked.",
    "pin.add": "Host: pin a post by its id, by its address (`link`, up to 300 characters), or a new one of yours that"
    " says `text`: one of the three. It comes first, or at `place`. The ack carries `pin` (its id).",
    "pin.move": "Host: move a pinned post to `place`; 0 is the first.",
    "pin.remove": "Host: take a pinned post down. The post itself stays.",
    "mic.mute": "Close your microphone.",
    "mic.unmute": "Open your microphone.",
    "reaction.send": "One of the six emoji, at most 2 in 5 seconds and 10 in 2 minutes.",
    "roster.search": "People in the room whose name or handle contains the text; the answer is in the ack.",
    "media.offer": "SDP offer of your peer connection (one audio line). The ack carries `sdp` and `epoch`.",
    "room.end": "Host: end the room for everyone.",
    "report.send": "Report a participant, or without one the room: `hate`, `harassment`, `threats`, `sexual`, `child`,"
    " `self_harm`, `privacy`, `impersonation`, `spam`, `false`, `other`; it concerns `me`, `someone` or a `group`."
    " `at` is the moment, if it was one. The room's last two minutes are kept as evidence, the sound unless"
    " `keep_sound` is false. The ack carries `report` (its id), `answer_within` (hours, 0: at once) and `helplines`.",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One checked command. `id` is the client's own mark, repeated in the answer; None when it gave none."""

    type: str
    id: str | None
    data: dict[str, Any]


class MalformedFrame(Exception):
    """Not JSON of the agreed form; the socket closes with 1002. The text says what is wrong."""


class BadCommand(Exception):
    """Well-formed, but not a command: an unknown type, or a field that is missing or wrong."""

    def __init__(self, code: str, *, id_: str | None, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.id = id_
        self.field = field


def parse_command(text: str) -> Command:
    """Read one frame. Raises `MalformedFrame` or `BadCommand` (`unknown_command`, `bad_field`)."""
    frame = _parse_object(text)
    type_, id_, data = frame.get("type"), frame.get("id"), frame.get("data", {})
    if not isinstance(type_, str):
        raise MalformedFrame("type must be a string")
    # It is sent back, which half of a surrogate pair cannot be.
    if id_ is not None and not (isinstance(id_, str) and len(id_) <= 64 and _is_unicode(id_)):
        raise MalformedFrame("id must be a string of up to 64 characters")
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise MalformedFrame("data must be an object")
    fields = COMMANDS.get(type_)
    if fields is None:
        raise BadCommand("unknown_command", id_=id_)
    return Command(type_, id_, {name: _read(data.get(name), kind, name, id_) for name, kind in fields.items()})


def _parse_object(text: str) -> dict[str, Any]:
    try:
        frame = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedFrame("not JSON") from error
    if not isinstance(frame, dict) or is_too_deep(frame):
        raise MalformedFrame("a frame is an object, nested sixteen deep at most")
    return frame


def _no_constant(name: str) -> None:
    # RFC 8259 has no NaN and no Infinity, whatever Python reads.
    raise ValueError(name)


def _read(value: Any, kind: str, name: str, id_: str | None) -> Any:
    if value is None and kind.endswith("?"):
        return None
    read = _READERS[kind.rstrip("?")](value)
    if read is None:
        raise BadCommand("bad_field", id_=id_, field=name)
    return read


def _read_str(value: Any) -> str | None:
    if not isinstance(value, str) or "\0" in value:
        return None
    return value if _is_unicode(value) else None


def _is_unicode(text: str) -> bool:
    """No lone surrogate in it: that can neither be sent nor stored."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _read_int(value: Any) -> int | None:
    # 2**53 is where JavaScript's numbers stop being whole.
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _read_bool(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _read_uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None


_READERS = {"str": _read_str, "int": _read_int, "bool": _read_bool, "uuid": _read_uuid}


def ack(id_: str | None, data: dict[str, Any] | None = None) -> str:
    """The JSON text that says a command was done; `data` only where the command asks for something."""
    answer: dict[str, Any] = {"type": "ack", "id": id_}
    if data is not None:
        answer["data"] = data
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def error(
    id_: str | None, *, code: str, message: str, field: str | None = None, data: dict[str, Any] | None = None
) -> str:
    """The JSON text that says why a command, or entering, was refused."""
    told = {"type": "error", "id": id_, "code": code, "message": message, "field": field, "data": data or {}}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
