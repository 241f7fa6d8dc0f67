"""Half of a surrogate pair is no character: no text field of any operation stores it, sends it on or breaks of it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from rooms.services import lifecycle
from tests.rooms.cast import Cast

pytestmark = pytest.mark.django_db
HALF = "What the sea \ud800 remembers"
DOCUMENT: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema behind a reference."""
    while "$ref" in schema or len(schema.get("allOf", [])) == 1:
        schema = schema["allOf"][0] if "allOf" in schema else _named(schema["$ref"])
    return schema


def _named(reference: str) -> dict[str, Any]:
    found = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def operations() -> Iterator[tuple[str, str, str, str]]:
    """Every field of every JSON body: operation, method, path, name."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            for name in resolved(body["schema"]).get("properties", {}) if body else ():
                yield operation["operationId"], method, path, name


FIELDS = sorted(operations())


def body_of(path: str, method: str) -> dict[str, Any]:
    """The operation's own example, so that nothing else in the body is wrong."""
    content = DOCUMENT["paths"][path][method]["requestBody"]["content"]["application/json"]
    return dict(next(iter(content.get("examples", {"": {"value": {}}}).values()))["value"])


def with_half(value: Any) -> Any:
    """The same shape, with half a character in it."""
    if isinstance(value, list):
        return [HALF]
    if isinstance(value, dict):
        return {**value, HALF: HALF}
    return HALF


@pytest.mark.parametrize(("operation", "method", "path", "name"), FIELDS, ids=[f"{one[0]}-{one[3]}" for one in FIELDS])
def test_half_a_character_is_refused(cast: Cast, operation: str, method: str, path: str, name: str) -> None:
    later = timezone.now() + timedelta(days=1)
    room = cast.room
    if operation in ("changeRoom", "scheduleRoom"):
        room = lifecycle.schedule_room(
            creator=cast.host, title="Tomorrow's sea", scheduled_start=later, now=timezone.now()
        )
    ids = {"room_id": room.pk, "person_id": cast.speaker.pk, "participant_id": cast.speaker_place.pk}
    filled = path.format_map(_Filling(ids))
    client = APIClient(raise_request_exception=False)
    client.force_login(cast.host)
    body = body_of(path, method)
    body[name] = with_half(body.get(name))
    answer = client.generic(
        method.upper(), filled, json.dumps(body), content_type="application/json", headers={"If-Match": "*"}
    )
    assert 400 <= answer.status_code < 500, (body, answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    answer.json()


class _Filling(dict[str, Any]):
    """Ids of what is there; of what is not, the id of nothing."""

    def __missing__(self, name: str) -> str:
        return "00000000-0000-4000-8000-000000000000" if name.endswith("_id") else "nothing"


def test_every_text_field_is_asked() -> None:
    assert {("createRoom", "title"), ("signIn", "login"), ("publishPost", "text"), ("changeMe", "name")} <= {
        (operation, name) for operation, _method, _path, name in FIELDS
    }
