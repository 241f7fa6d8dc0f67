"""How answers are put together: `{"data", "includes", "meta"}`, chosen fields, people on request."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from rest_framework.request import Request

from accounts.models import User
from rooms.queries.catalogue import Page, RoomList
from rooms.queries.filters import Filters
from spaces_site.boundary import rest_input

EXPANSIONS = ("creator_id", "host_ids", "speaker_ids")


def person(request: Request) -> User:
    """Who asks, behind a door that lets only people in who are signed in."""
    return cast("User", request.user)


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


def found_rooms(told: RoomList, query: Mapping[str, str]) -> dict[str, Any]:
    """The answer for a page of a search: rooms, and topics that fit."""
    answer = room_list(told, query)
    return answer | {"meta": {**answer["meta"], "topics": list(told.topics)}}


def listed(told: Sequence[Any], next_token: str | None = None) -> dict[str, Any]:
    """The answer for a list of dataclasses that is read onwards, or is told whole."""
    meta: dict[str, Any] = {"result_count": len(told)}
    if next_token is not None:
        meta["next_token"] = next_token
    return {"data": [asdict(one) for one in told], "meta": meta}


def page(query: Mapping[str, str]) -> Page:
    """`max_results` and `next_token` (or `previous_token`, which is one as well)."""
    token = query.get("next_token") or query.get("previous_token") or ""
    return Page(token=token[:500], size=rest_input.max_results(query))


def onwards(query: Mapping[str, str]) -> Page:
    """`max_results` and `next_token` of a list that is read in one direction."""
    return Page(token=query.get("next_token", "")[:500], size=rest_input.max_results(query))


def filters(query: Mapping[str, str]) -> Filters:
    """What a list is chosen by: see `docs.CHOSEN`."""
    return Filters(
        language=rest_input.text(query, "lang", limit=10),
        topic=rest_input.text(query, "topic", limit=80),
        is_free=_is_true(query, "free"),
        following=_is_true(query, "following"),
    )


def _is_true(query: Mapping[str, str], name: str) -> bool:
    return rest_input.choice(query, name, ("false", "true")) == "true"


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
