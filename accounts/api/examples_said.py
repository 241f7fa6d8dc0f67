"""Examples of the schema: Ana's post, and what Bo wrote to her."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from accounts.api.examples import ANA_ID, AT, PEOPLE, ana

__all__ = ["CONVERSATIONS", "MESSAGE", "NEW_MESSAGE", "NEW_POST", "PEOPLE", "POST", "POSTS", "TALK", "post"]

POST_ID = "6d3f6f0e-2f34-4a52-9c0b-2d6b7e6b8a51"
MESSAGE_ID = "c2b7e8a4-53d1-4c0f-8f3e-6a0d1b9e7f22"
ROOM_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

_tag = {name: ana[name] for name in ("id", "handle", "name", "avatar", "verified")}
_room: dict[str, Any] = {
    "id": ROOM_ID,
    "title": "Building with Django",
    "lang": "en",
    "state": "live",
    "host": _tag,
    "listener_count": 248,
    "scheduled_start": None,
    "started_at": AT,
    "is_official": False,
    "share": "",
}
post: dict[str, Any] = {
    "id": POST_ID,
    "author": _tag,
    "text": "We are on the air. Notes: https://example.org/notes",
    "entities": [{"kind": "link", "start": 26, "end": 51, "url": "https://example.org/notes", "user_id": None}],
    "room": _room,
    "reply_to_id": None,
    "like_count": 12,
    "reply_count": 3,
    "created_at": AT,
    "viewer": {"liked": False, "is_yours": False},
}
_message: dict[str, Any] = {
    "id": MESSAGE_ID,
    "sender_id": ANA_ID,
    "text": "Come and listen!",
    "entities": [],
    "room": _room,
    "sent_at": AT,
}
_heading: dict[str, Any] = {"user": _tag, "last_message": _message, "last_message_at": AT, "unread_count": 1}


def _answer(name: str, value: dict[str, Any], **more: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, **more)


def _request(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


NEW_POST = _request("a post", {"text": "We are on the air.", "room": ROOM_ID})
POST = _answer("a post", {"data": post})
POSTS = _answer("posts", {"data": [post], "meta": {"result_count": 1}})
NEW_MESSAGE = _request("a message", {"text": "Come and listen!", "room": ROOM_ID})
MESSAGE = _answer("a message", {"data": _message})
CONVERSATIONS = _answer(
    "conversations",
    {"data": [_heading], "meta": {"result_count": 1, "unread_conversations": 1, "waiting_requests": 0}},
)
TALK = _answer("a conversation", {"data": [_message], "meta": {"result_count": 1, "box": "inbox", "refusal": ""}})
