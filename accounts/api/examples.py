"""Examples of the schema: Ana, seen by others and by herself."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

ANA_ID = "0b0f7a0e-6a55-4b5e-9d53-3a1f3d6a7c11"
DEVICE_ID = "device:1b671a64-40d5-491e-99b0-da01ff1f3341"
AT = "2026-03-14T19:00:00Z"

ana: dict[str, Any] = {
    "id": ANA_ID,
    "handle": "ana",
    "name": "Ana Martin",
    "bio": "I build quiet software.",
    "avatar": f"/avatars/{ANA_ID}.svg",
    "verified": True,
    "guest": False,
    "follower_count": 4218,
    "following_count": 173,
    "created_at": AT,
    "viewer": {"following": True, "blocking": False, "is_you": False},
}
own: dict[str, Any] = ana | {
    "viewer": {"following": None, "blocking": False, "is_you": True},
    "email": "ana@example.org",
    "email_verified": True,
    "language": "fr",
    "time_zone": "Europe/Paris",
    "appearance": "system",
    "listens_hidden": False,
    "two_factors": False,
}
_device: dict[str, Any] = {
    "id": DEVICE_ID,
    "kind": "app",
    "name": "Ana's phone",
    "address": "",
    "created_at": AT,
    "last_seen_at": AT,
    "is_current": True,
}
_signed_in: dict[str, Any] = {"token": "4hD2…", "device_id": DEVICE_ID, "user": own}


def _answer(name: str, value: dict[str, Any], **more: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, **more)


def _request(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


PERSON = _answer("somebody", {"data": ana})
OWN = _answer("yourself", {"data": own})
PEOPLE = _answer("people", {"data": [ana], "meta": {"result_count": 1, "next_token": "8812"}})
DEVICES = _answer("devices", {"data": [_device], "meta": {"result_count": 1}})
SIGNED_IN = _answer("signed in", {"data": _signed_in}, status_codes=["201"])
SIGN_IN = _request("sign in", {"login": "ana", "password": "a sentence works well", "device_name": "Ana's phone"})
#: The bytes of a file cannot stand in a document of JSON: how a picture begins.
AVATAR = OpenApiExample(
    "a PNG", summary="curl --data-binary @ana.png -H 'Content-Type: image/png'", value="\x89PNG\r\n\x1a\n…",
    media_type="image/*", request_only=True,
)  # fmt: skip
GUEST = _request("listen as a guest", {"device_name": "Kitchen radio"})
CHANGES = _request("move to Lyon", {"bio": "I build quiet software in Lyon.", "time_zone": "Europe/Paris"})
_told: dict[str, Any] = {
    "id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "kind": "reminder",
    "title": "Live now: What the sea remembers",
    "body": "Ana Martin has started the room. Come in and listen.",
    "path": "/rooms/0b0f7a0e-6a55-4b5e-9d53-3a1f3d6a7c11/",
    "made_at": AT,
    "read": False,
    "earlier": 1,
}
NOTIFICATIONS = _answer("notifications", {"data": [_told], "meta": {"result_count": 1, "unread_count": 1}})
_wish: dict[str, Any] = {"kind": "reminder", "channel": "email", "wanted": False}
WISHES = _request("no mails, quiet nights", {"choices": [_wish], "quiet_from": "23:00", "quiet_until": "07:00"})
_own_wishes: dict[str, Any] = {
    "choices": [_wish],
    "quiet_from": "23:00",
    "quiet_until": "07:00",
    "vapid_public_key": "BEl6…",
}
OWN_WISHES = _answer("your wishes", {"data": _own_wishes})
_phone: dict[str, Any] = {
    "platform": "fcm",
    "token": "fGzt…",
    "locale": "fr-CA",
    "time_zone": "America/Toronto",
    "kinds": ["reminder", "room_changed", "invitation"],
}
PUSH_DEVICE = _request("an Android phone", _phone)
