"""The recorded room of the pictures: six on stage, two hands, two dozen listeners, and its snapshot."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

SCRIPT = Path(__file__).with_name("recorded_room.js").read_text()
NAMESPACE = UUID("6f9e1c2a-3b7d-4c55-9a10-5e2f7d8c4b31")
STAGE = [
    ("Ana Martin", "host", False),
    ("Bo Chen", "co_host", True),
    ("Karim Bensaïd", "speaker", False),
    ("Chloé Hamon", "speaker", True),
    ("Bartholomäus Freiherr von Wolfeschlegelstein", "speaker", True),
    ("نور رحيمي", "speaker", True),
]
LISTENERS = (
    "Eva Rossi,Farid,Gaëlle,Hugo Delacroix-Beaumont,Inès,Jo,Léa,Paul,Rosa,Sami,Tess,Zoé,Ada,Ben,Lin,Nils,Iris,Tom,Vera"
)


MEDIA = {
    "stream": "/live/recorded/stream.mp4",
    "hls": "/live/recorded/index.m3u8",
    "whip": "",
    "ice_servers": [],
    "epoch": 1,
}
#: The commands of a role, as the server lists them.
_HOSTS = [
    *("hand.accept", "hand.refuse", "hands.lower_all", "hands.open", "stage.invite", "stage.demote", "stage.mute"),
    *("stage.mute_everyone", "stage.lock_mics", "invite.send", "invite.withdraw", "stage.name_cohost"),
    *("stage.take_role", "person.remove", "person.readmit", "room.end", "mic.mute", "mic.unmute"),
    *("pin.add", "pin.move", "pin.remove"),
]
CAN = {
    "host": [*_HOSTS, "stage.hand_over"],
    "co_host": [*_HOSTS, "stage.step_down"],
    "speaker": ["mic.mute", "mic.unmute", "stage.step_down"],
    "listener": ["hand.raise"],
}


def person(name: str) -> dict[str, Any]:
    """A person card with a drawn avatar."""
    key = str(uuid5(NAMESPACE, name))
    handle = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalpha())[:20] or "noor"
    return {
        "id": key,
        "handle": handle,
        "name": name,
        "avatar": f"/avatars/{key}.svg",
        "verified": False,
        "guest": False,
    }


def participant(name: str) -> str:
    """The place of `name` in the room."""
    return str(uuid5(NAMESPACE, f"place of {name}"))


def hand(name: str, minutes: int, state: str = "raised", **more: Any) -> dict[str, Any]:
    """A hand that was raised `minutes` ago."""
    now = datetime.now(UTC)
    expires = (now + timedelta(seconds=55)).isoformat() if state == "offered" else None
    return {
        "id": str(uuid5(NAMESPACE, f"hand of {name}")),
        "participant": participant(name),
        "person": person(name),
        "state": state,
        "raised_at": (now - timedelta(minutes=minutes)).isoformat(),
        "first_time": minutes % 2 == 0,
        "invited": False,
        "expires_at": expires,
        **more,
    }


def tile(number: int, name: str, role: str, *, muted: bool) -> dict[str, Any]:
    """One person on stage."""
    return {
        "participant": participant(name),
        "person": person(name),
        "role": role,
        "muted": muted,
        "muted_by": None,
        "connected": name != "Chloé Hamon",
        "since": f"2026-11-22T18:{number:02d}:00Z",
    }


def pin(name: str, text: str, *, room_title: str = "") -> dict[str, Any]:
    """A post of somebody that a host pinned; the last word is a link where it looks like one."""
    key = str(uuid5(NAMESPACE, f"pin of {name} {text}"))
    words, _, last = text.rpartition(" ")
    link = {"text": last, "url": last, "handle": ""}
    pieces = [{"text": f"{words} ", "url": "", "handle": ""}, link] if "://" in last else []
    post = {
        "id": key,
        "author": person(name),
        "text": text,
        "pieces": pieces or [{"text": text, "url": "", "handle": ""}],
        "room_id": key if room_title else None,
        "room_title": room_title,
        "created_at": "2026-11-22T18:00:00Z",
    }
    return {"id": key, "post": post, "pinned_at": "2026-11-22T18:10:00Z", "at_ms": 600_000}


def after() -> dict[str, Any]:
    """What the room leaves behind: two people, one of whom is followed already, and two rooms to come."""
    people = ("Ana Martin", "Bartholomäus Freiherr von Wolfeschlegelstein")
    users = [{**person(name), "viewer": {"following": name == "Ana Martin"}} for name in people]
    titles = ("Donaudampfschifffahrtsgesellschaftskapitän: wer fährt wohin", "After hours")
    rooms = [
        {
            "id": str(uuid5(NAMESPACE, title)),
            "title": title,
            "lang": "de",
            "scheduled_start": "2099-11-24T18:00:00Z",
            "viewer": {"reminder": title == "After hours"},
        }
        for title in titles
    ]
    return {"users": users, "rooms": rooms, "pins": []}


def snapshot(*, room_id: str, me: str, role: str, title: str) -> dict[str, Any]:
    """The room as `me` sees it in `role`; somebody on stage takes the tile of that name."""
    stage = [tile(number, name, what, muted=muted) for number, (name, what, muted) in enumerate(STAGE)]
    hands = [hand("Eva Rossi", 4), hand("Hugo Delacroix-Beaumont", 3), hand("Inès", 0)]
    return {
        "seq": 40,
        "room": {
            "id": room_id,
            "title": title,
            "description": "Bring your questions.",
            "lang": "en",
            "topics": [],
            "state": "live",
            "is_official": False,
            "creator": person("Ana Martin"),
            "who_may_speak": "everyone",
            "guests_allowed": True,
            "hidden_allowed": True,
            "hands_open": True,
            "mics_locked": False,
            "entry_age_hours": 0,
            "entry_followers": False,
            "entry_approval": False,
            "stage_limit": 13,
        },
        "you": {
            "participant": participant(me),
            "person": person(me),
            "role": role,
            "muted": True,
            "hidden": False,
            "device": "d",
            "can": [*CAN[role], "leave", "reaction.send", "person.mute_for_me", "person.unmute_for_me"],
            "invited": "",
            "silenced": [],
        },
        "stage": stage,
        "hands": hands,
        "listeners": [person(name) for name in LISTENERS.split(",")],
        "listener_count": 242,
        "hidden_count": 38,
        "blocked": [],
        "pins": [],
        "tally": {"👏": 34, "❤️": 12, "😂": 3, "💯": 8, "🤔": 1, "🎉": 5},
        "media": MEDIA,
    }


def script(recorded: dict[str, Any]) -> str:
    """The init script that plays `recorded`."""
    return f"{SCRIPT}\nwindow.recorded.snapshot = {json.dumps(recorded)};"
