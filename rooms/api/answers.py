"""How answers are put together: `{"data", "includes", "meta"}`, chosen fields, people on request."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar, cast
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.models import User
from rooms.queries.catalogue import Page, RoomList

MAX_RESULTS = 100
EXPANSIONS = ("creator_id", "host_ids", "speaker_ids")

Shape = TypeVar("Shape", bound="Serializer[Any]")


def person(request: Request) -> User:
    """Who asks, behind a door that lets only people in who are signed in."""
    return cast("User", request.user)


def body(request: Request, serializer: type[Shape]) -> dict[str, Any]:
    """The request's body, checked for shape. Raises DRF's `ValidationError`."""
    checked = serializer(data=request.data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def one_room(told: RoomList, query: Mapping[str, str]) -> dict[str, Any]:
    """The answer for one room, with the fields and people that the query asks for."""
    answer: dict[str, Any] = {"data": _rooms(told, query)[0]}
    return answer | _includes(told, query)


def room_list(told: RoomList, query: Mapping[str, str]) -> dict[str, Any]:
    """The answer for a page of rooms."""
    meta: dict[str, Any] = {"result_count": len(told.rooms)}
    if told.next_token:
        meta["next_token"] = told.next_token
    if told.previous_token:
        meta["previous_token"] = told.previous_token
    return {"data": _rooms(told, query), **_includes(told, query), "meta": meta}


def page(query: Mapping[str, str]) -> Page:
    """`max_results` and `next_token` (or `previous_token`, which is one as well)."""
    text = query.get("max_results", "20")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MAX_RESULTS):
        raise ValidationError({"max_results": [_("A number from 1 to 100.")]})
    return Page(token=(query.get("next_token") or query.get("previous_token") or "")[:500], size=int(text))


def ids(query: Mapping[str, str], name: str) -> list[UUID]:
    """Up to 100 ids, comma separated. Raises DRF's `ValidationError`."""
    texts = [text for text in query.get(name, "").split(",") if text]
    try:
        found = [UUID(text) for text in texts]
    except ValueError:
        found = []
    if not found or len(found) > MAX_RESULTS:
        raise ValidationError({name: [_("Name 1 to 100 ids, comma separated.")]})
    return found


def choice(query: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`, the first when it is not named. Raises DRF's `ValidationError`."""
    value = query.get(name, choices[0])
    if value not in choices:
        raise ValidationError({name: [_("One of: %(choices)s.") % {"choices": ", ".join(choices)}]})
    return value


def text(query: Mapping[str, str], name: str, *, limit: int) -> str:
    """Text to look for; what could not be stored can't be found either, and is refused."""
    value = query.get(name, "")
    if len(value) > limit or "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValidationError({name: [_("Up to %(limit)d characters of plain text.") % {"limit": limit}]})
    return value


def _rooms(told: RoomList, query: Mapping[str, str]) -> list[dict[str, Any]]:
    return [_chosen(asdict(room), query.get("room.fields", "")) for room in told.rooms]


def _includes(told: RoomList, query: Mapping[str, str]) -> dict[str, Any]:
    wanted = [name for name in query.get("expansions", "").split(",") if name in EXPANSIONS]
    if not wanted:
        return {}
    named: dict[str, None] = {}
    for room in told.rooms:
        for name in wanted:
            value = getattr(room, name)
            named |= dict.fromkeys([value] if isinstance(value, str) else value)
    people = [asdict(told.people[one]) for one in named if one in told.people]
    return {"includes": {"users": [_chosen(person, query.get("user.fields", "")) for person in people]}}


def _chosen(record: dict[str, Any], names: str) -> dict[str, Any]:
    """Only the named fields, and always the id; unknown names are ignored."""
    wanted = {"id", *names.split(",")}
    return {name: value for name, value in record.items() if name in wanted} if names else record
