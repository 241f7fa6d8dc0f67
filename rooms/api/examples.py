"""Examples of the schema: one room on one evening, told through all operations."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from accounts.api.examples import ana
from accounts.api.examples_said import post

ROOM_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
HOST_ID = "0b0f7a0e-6a55-4b5e-9d53-3a1f3d6a7c11"
SPEAKER_ID = "5a4c4d7e-3b43-4f2a-8d6d-0c7a1c1b9f22"
PARTICIPANT_ID = "9e107d9d-372b-4d2f-9c6e-1f0a7b3c5d33"
AT = "2026-03-14T19:00:00Z"

_host: dict[str, Any] = {
    "id": HOST_ID, "handle": "ana", "name": "Ana", "avatar": "", "verified": True, "guest": False,
}  # fmt: skip
_speaker: dict[str, Any] = {
    "id": SPEAKER_ID, "handle": "bo", "name": "Bo", "avatar": "", "verified": False, "guest": False,
}  # fmt: skip
_room: dict[str, Any] = {
    "id": ROOM_ID,
    "state": "live",
    "title": "What the sea remembers",
    "description": "Divers and listeners.",
    "lang": "en",
    "topics": ["sea"],
    "creator_id": HOST_ID,
    "host_ids": [HOST_ID],
    "speaker_ids": [HOST_ID, SPEAKER_ID],
    "invited_user_ids": [],
    "participant_count": 248,
    "subscriber_count": 61,
    "who_may_speak": "everyone",
    "guests_allowed": True,
    "hidden_allowed": True,
    "hands_open": True,
    "stage_limit": 13,
    "is_ticketed": False,
    "price": None,
    "tickets_left": None,
    "captions": {"available": False, "on": False},
    "recording": False,
    "is_official": False,
    "repeat": "",
    "scheduled_start": None,
    "started_at": AT,
    "ended_at": None,
    "end_reason": "",
    "closed_reason": "",
    "created_at": AT,
    "updated_at": AT,
    "viewer": {"role": "", "ticket": False, "can_host": False, "door": "open", "reminder": False, "warnings": []},
}
_tile: dict[str, Any] = {
    "participant": PARTICIPANT_ID,
    "person": _host,
    "role": "host",
    "muted": False,
    "muted_by": None,
    "connected": True,
    "since": AT,
}
_hand: dict[str, Any] = {
    "id": "2c624232-cdd2-4717-94ff-1e5a5f0a0d44",
    "participant": PARTICIPANT_ID,
    "person": _speaker,
    "state": "raised",
    "raised_at": AT,
    "first_time": True,
    "invited": False,
    "expires_at": None,
}
_media: dict[str, Any] = {
    "stream": f"/live/{ROOM_ID}/grant/stream.mp4",
    "hls": f"/live/{ROOM_ID}/grant/index.m3u8",
    "whip": f"/api/v1/rooms/{ROOM_ID}/whip/",
    "ice_servers": [],
    "epoch": 1,
}
_snapshot: dict[str, Any] = {
    "seq": 812,
    "room": {"id": ROOM_ID, "title": _room["title"], "state": "live"},
    "you": {
        "participant": PARTICIPANT_ID,
        "person": _speaker,
        "role": "listener",
        "muted": True,
        "hidden": False,
        "device": "app-1",
        "can": ["leave", "hand.raise", "reaction.send"],
    },
    "stage": [_tile],
    "hands": [_hand],
    "listeners": [_speaker],
    "listener_count": 247,
    "hidden_count": 3,
    "tally": {"👏": 12},
    "media": _media,
    "pins": [],
}


def _request(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _answer(name: str, value: Any, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status, "201"])


def _list(name: str, value: Any) -> OpenApiExample:
    return _answer(name, {"data": [value], "meta": {"result_count": 1}})


ROOM = _answer("A live room", {"data": _room})
ROOMS_FOUND = _answer("Rooms about the sea", {"data": [_room], "meta": {"result_count": 1, "topics": ["sea"]}})
ROOM_LIST = _answer(
    "Live rooms", {"data": [_room], "includes": {"users": [_host, _speaker]}, "meta": {"result_count": 1}}
)
NEW_ROOM = _request("Open now", {"title": "What the sea remembers", "lang": "en", "topics": ["sea"]})
ROOM_CHANGES = _request("No guests", {"guests_allowed": False})
JOIN = _request("Come in", {"device": "app-1", "hidden": False})
MOVE = _request("Move here", {"device": "app-2"})
ARRIVAL = _answer(
    "Inside",
    {
        "data": {
            "participant": PARTICIPANT_ID,
            "elsewhere": False,
            "device": "app-1",
            "socket_url": f"wss://spaces.example.org/ws/rooms/{ROOM_ID}/",
            "ticket": "kq3vX0",
            "snapshot": _snapshot,
            "warnings": [],
            "media": _media,
            "heartbeat_s": 15,
        }
    },
)
TICKET = _answer(
    "A ticket",
    {
        "data": {
            "ticket": "kq3vX0",
            "socket_url": f"wss://spaces.example.org/ws/rooms/{ROOM_ID}/",
            "expires_in": 30,
        }
    },
)
OWN_TICKET = _answer(
    "A ticket", {"data": {"ticket": "kq3vX0", "socket_url": "wss://spaces.example.org/ws/me/", "expires_in": 30}}
)
SNAPSHOT = _answer("The room", {"data": _snapshot})
EVENTS = _answer(
    "One event",
    {
        "data": [
            {"type": "speaker.muted", "seq": 813, "at": AT, "data": {"participant": PARTICIPANT_ID, "by": HOST_ID}}
        ],
        "meta": {"result_count": 1},
    },
)
ROSTER = _answer(
    "Who is here",
    {
        "data": {
            "stage": [_tile],
            "listeners": [{"participant": PARTICIPANT_ID, "person": _speaker}],
            "listener_count": 247,
            "hidden_count": 3,
        }
    },
)
HANDS = _list("The queue", _hand)
MADE = _answer("Made", {"data": {"id": _hand["id"]}})
OPEN = _request("No more hands", {"open": False})
PARTICIPANT = _request("Somebody in the room", {"participant": PARTICIPANT_ID})
MUTE_EVERYONE = _request("Mute all and lock", {"lock": True})
LOCKED = _request("Unlock", {"locked": False})
ENTRY = _request("Against a raid", {"age_hours": 24, "followers": True, "approval": False})
ADMIT = _request("Let them in", {"admit": True})
KNOCKED = _answer("Asked", {"data": {"state": "waiting"}})
REMOVAL = _request("Out for good", {"participant": PARTICIPANT_ID, "for_good": True})
REMOVED = _list("Removed", _speaker)
_invitation: dict[str, Any] = {
    "id": _hand["id"],
    "room_id": ROOM_ID,
    "kind": "speak",
    "state": "open",
    "person": _speaker,
    "by": _host,
    "invited_at": AT,
}
INVITATIONS = _list("Invited", _invitation)
INVITE = _request("To speak", {"person": SPEAKER_ID, "kind": "speak"})
KIND = _request("A link to listen", {"kind": "listen"})
GUEST = _request("Somebody", {"person": SPEAKER_ID})
GUEST_ADDED = _answer("On the list", {"data": _speaker})
KEY = _request("By a link", {"key": "3q2-7wAAAAB5k0mYbq9vXg"})
LINK = _answer(
    "A new link",
    {
        "data": {
            "id": _hand["id"],
            "key": "3q2-7wAAAAB5k0mYbq9vXg",
            "url": f"https://spaces.example.org/rooms/{ROOM_ID}/?invitation=3q2-7wAAAAB5k0mYbq9vXg",
        }
    },
)
MICROPHONE = _request("Mute", {"muted": True})
REACTION = _request("Applause", {"emoji": "👏"})
HOSTING = _answer(
    "Not yet",
    {
        "data": {
            "may_host": False,
            "needed": 600,
            "have": 412,
            "code": "not_enough_followers",
            "text": "600 followers needed, you have 412.",
        }
    },
)
GRANT = _answer("A grant", {"data": {"grant": "WyI3Yzll…", "expires_in": 60}})
SDP_OFFER = OpenApiExample("Offer", value="v=0\r\n…", media_type="application/sdp", request_only=True)
SDP_ANSWER = OpenApiExample(
    "Answer", value="v=0\r\n…", media_type="application/sdp", response_only=True, status_codes=["201"]
)
CANCEL = _request("All later ones too", {"end_series": True})
CALENDAR = _answer("Your calendar", {"data": {"url": "https://spaces.example.org/calendars/WyI3Yzll…/spaces.ics"}})
_pin: dict[str, Any] = {"id": _hand["id"], "pinned_at": AT, "at_ms": 724_000, "post": post}
PINS = _list("What is pinned", _pin)
NEW_PIN = _request("By its address", {"link": f"https://spaces.example.org/posts/{post['id']}/", "place": 0})
NEW_POST_PINNED = _request("Newly written", {"text": "Questions to the stage, please: one line each."})
PIN_PLACE = _request("To the front", {"place": 0})
AFTER = _answer("Afterwards", {"data": {"users": [ana], "rooms": [_room], "pins": [_pin]}})
SHARE_LINK = _answer(
    "Your address of the room",
    {
        "data": {
            "url": f"https://spaces.example.org/rooms/{ROOM_ID}/?s=kq3vX0aB",
            "token": "kq3vX0aB",
            "came": 3,
            "came_in_all": None,
        }
    },
)
