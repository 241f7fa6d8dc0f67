"""What holds for every operation of the document, whichever is added next: types, keys, lists, examples."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts.services import posts
from accounts.services.wording import Draft
from moderation.services import decisions, notices
from tests.rooms.cast import NOW, Cast, come_in, person
from tests.ticketing.cast import free_ticket

pytestmark = pytest.mark.django_db(transaction=True)

METHODS = ("get", "put", "post", "patch", "delete")
DOCUMENT: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in METHODS
}
#: What a client sends that holds a string, a yes or no, a whole number for something else.
WRONG: dict[str, tuple[Any, ...]] = {
    "string": (5, True, {}),
    "boolean": ("yes", "true", 1, 0, []),
    "integer": ("5", 5.0, True, [5]),
}
#: Made anew each time on purpose. What opens a socket or a microphone lives for seconds and opens it once: a kept one
#: would be dead. A WHIP offer is answered for one peer connection (RFC 9725), and its own repeat takes the place of it.
#: A device's token is told once and kept as a hash alone; and visitors of one network share their keys, so that two
#: who chose the same would be one guest.
NEVER_TWICE = {"issueOwnTicket", "issueSocketTicket", "issueMediaGrant", "publishSound", "signIn", "listenAsGuest"}


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """A part of the document, whichever component it points to."""
    while "$ref" in part or "allOf" in part or "oneOf" in part:
        if "$ref" in part:
            part = DOCUMENT["components"]["schemas"][part["$ref"].rpartition("/")[2]]
        else:
            (part,) = [one for one in part.get("allOf") or part["oneOf"] if one.get("type") != "null"][:1]
    return part


def types_of(part: dict[str, Any]) -> set[str]:
    told = part.get("type", "string" if "enum" in part else "")
    return set(told) if isinstance(told, list) else {told}


def json_of(content: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of a JSON body, or None."""
    told = content.get("content", {}).get("application/json", {}).get("schema")
    return resolved(told) if told else None


def wrongs(shape: dict[str, Any], pointer: str = "") -> Iterator[tuple[str, str, Any]]:
    """(pointer, name of the outermost field, wrong value) for everything in a body's shape."""
    for name, told in shape.get("properties", {}).items():
        part, here = resolved(told), f"{pointer}/{name}"
        types = types_of(part) & set(WRONG)
        for wrong in (one for kind in types for one in WRONG[kind]):
            yield here, name, wrong
        if "array" in types_of(part):
            items = resolved(part["items"])
            if "object" in types_of(items):
                yield from ((inner, name, [{field: wrong}]) for inner, field, wrong in wrongs(items, f"{here}/0"))
            else:
                for wrong in (one for kind in types_of(items) & set(WRONG) for one in WRONG[kind]):
                    yield f"{here}/0", name, [wrong]


BODIES = {
    name: shape
    for name, (_method, _path, operation) in OPERATIONS.items()
    if (shape := json_of(operation.get("requestBody", {}))) is not None
}
LISTS = {
    name
    for name, (method, _path, operation) in OPERATIONS.items()
    if method == "get"
    and (shape := json_of(operation["responses"].get("200", {}))) is not None
    and "array" in types_of(resolved(shape.get("properties", {}).get("data", {})))
}
MAKES = {
    name
    for name, (method, _path, operation) in OPERATIONS.items()
    if method == "post" and "201" in operation["responses"] and name not in NEVER_TWICE
}


def parameters(name: str) -> set[str]:
    return {one["name"] for one in OPERATIONS[name][2].get("parameters", [])}


class Asker:
    """The host, with something behind every id that a path may name."""

    def __init__(self, cast: Cast) -> None:
        self.client = APIClient()
        self.client.force_login(cast.host)
        verdict = decisions.Verdict("LIMIT", "SPAM", days=1)
        decided = decisions.decide_about(
            actor=person("warden", is_staff=True), person=cast.host, verdict=verdict, now=NOW
        )
        self.named = {
            "room_id": cast.room.pk,
            "participant_id": cast.speaker_place.pk,
            "person_id": cast.speaker.pk,
            "post_id": posts.publish(actor=cast.host, draft=Draft("The sea remembers"), now=NOW),
            "decision_id": decided.pk,
            "token": notices.decision_token(decision_id=decided.pk),
            "handle": "speaker",
            "device_id": "sweep-installation",
        }

    def send(self, name: str, body: Any = None, **headers: str) -> Any:
        method, path, operation = OPERATIONS[name]
        ids = {one["name"]: self.named.get(one["name"], uuid4()) for one in operation.get("parameters", [])}
        query = "&".join(
            f"{one['name']}={self.named['room_id']}"
            for one in operation.get("parameters", [])
            if one["in"] == "query" and one.get("required")
        )
        query = query.replace(f"after={self.named['room_id']}", "after=0")
        return getattr(self.client, method)(
            f"{path.format(**ids)}?{query}", body, format="json", headers={"If-Match": "*"} | headers
        )


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_field_of_the_wrong_type_is_pointed_at(name: str, transactional_cast: Cast) -> None:
    asker, tried = Asker(transactional_cast), list(wrongs(BODIES[name]))
    assert tried
    for pointer, field, wrong in tried:
        answer = asker.send(name, {field: wrong})
        assert answer.status_code == 400, (pointer, wrong, answer.content)
        assert pointer in {one["pointer"].rstrip("/") for one in answer.json()["errors"]}, (pointer, wrong)


@pytest.mark.parametrize("name", sorted(MAKES))
def test_whatever_makes_something_takes_a_key(name: str, transactional_cast: Cast) -> None:
    assert "Idempotency-Key" in parameters(name)
    answer = Asker(transactional_cast).send(name, {}, **{"Idempotency-Key": "k" * 256})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


def test_a_key_that_is_promised_is_obeyed(transactional_cast: Cast) -> None:
    asker = Asker(transactional_cast)
    for name in (one for one in OPERATIONS if "Idempotency-Key" in parameters(one)):
        answer = asker.send(name, {}, **{"Idempotency-Key": "k" * 256})
        assert answer.json()["code"] == "bad_idempotency_key", name


def test_nothing_is_excused_that_is_not_there() -> None:
    assert set(OPERATIONS) > NEVER_TWICE
    assert len(MAKES) > 15
    assert len(LISTS) > 25
    assert len(BODIES) > 30


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_list_says_how_many_it_tells(name: str, transactional_cast: Cast) -> None:
    come_in(person("asker"), transactional_cast.room)
    free_ticket(transactional_cast)
    answer = Asker(transactional_cast).send(name)
    assert answer.status_code == 200, answer.content
    assert answer.json()["meta"]["result_count"] == len(answer.json()["data"] or ())
    # What can grow without end is told in pages.
    assert ("next_token" in parameters(name)) != (name in SHORT), name


#: Lists with an end of their own: by what they are asked for, or by a limit of the rules.
SHORT = {
    "lookUpRooms", "lookUpPeople", "listDevices", "listEvents", "listHands", "listKnocks", "listGuestList", "listPins",
    "searchInvitable", "searchPosts",
}  # fmt: skip


def test_every_body_has_an_example() -> None:
    for name, (_method, _path, operation) in OPERATIONS.items():
        for kind, told in operation.get("requestBody", {}).get("content", {}).items():
            assert told.get("examples"), (name, kind)
