"""What is said on the wire is written down: PROTOCOL.md, AsyncAPI, and the table of handlers agree."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

import moderation.consumers  # noqa: F401
from rooms import protocol
from rooms.consumers import HANDLERS
from rooms.protocol.asyncapi import asyncapi_document
from rooms.protocol.document import protocol_document
from rooms.protocol.schema import command_example, event_example, fields_of
from spaces_site.boundary import outbox, sockets
from spaces_site.boundary.kinds import TABLE

DOCUMENT = Path(settings.BASE_DIR, "rooms", "PROTOCOL.md")
EVENTS = [*protocol.SEQUENCED, *protocol.PERSONAL, *protocol.EPHEMERAL, *protocol.OUTSIDE]


def test_the_document_is_what_the_protocol_says() -> None:
    assert DOCUMENT.read_text() == protocol_document(), "run: python -m rooms.protocol.document > rooms/PROTOCOL.md"


@pytest.mark.parametrize("type_", protocol.COMMANDS)
def test_every_command_has_a_row_and_an_example(type_: str) -> None:
    text = DOCUMENT.read_text()
    assert f"| `{type_}` |" in text
    assert f'{{"type": "{type_}", "id"' in text


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_every_event_has_a_row_and_an_example(event: type[protocol.Event]) -> None:
    text = DOCUMENT.read_text()
    assert f"| `{event.type}` |" in text
    assert f'{{"type": "{event.type}"' in text


def test_every_event_class_is_sent_in_one_way() -> None:
    listed = [*EVENTS, *protocol.NOTES]
    assert len(listed) == len(set(listed))
    # By name: a dataclass with slots is made twice.
    assert {event.__name__ for event in listed} == {event.__name__ for event in protocol.Event.__subclasses__()}


def test_every_command_has_a_handler_and_a_note() -> None:
    assert set(HANDLERS) == set(protocol.COMMANDS) == set(protocol.COMMAND_NOTES)


def test_every_close_code_of_the_server_is_explained() -> None:
    ours = {code for name, code in vars(protocol.CloseCode).items() if name.isupper()}
    used = {row.close for row in TABLE.values() if row.close} | {
        sockets.INTERNAL_ERROR,
        sockets.TRY_AGAIN_LATER,
        sockets.SLOW_DOWN,
        sockets.FORBIDDEN,
        outbox.TOO_SLOW,
    }
    assert used <= ours == set(protocol.CLOSE_CODES)
    for code in ours:
        assert f"| {code} |" in DOCUMENT.read_text()


@pytest.mark.parametrize("type_", protocol.COMMANDS)
def test_examples_of_commands_can_be_read(type_: str) -> None:
    text = json.dumps({"type": type_, "id": "c17", "data": command_example(type_)})
    assert protocol.parse_command(text).type == type_


def test_asyncapi_is_served(client) -> None:
    document = client.get(reverse("asyncapi")).json()
    assert document["asyncapi"] == "3.1.0"
    assert document["servers"]["site"]["host"] == "testserver"


def test_asyncapi_has_the_structure_of_its_specification() -> None:
    """AsyncAPI 3.1: required fields, and no reference that leads nowhere."""
    document = asyncapi_document(host="spaces.example.org", secure=True)
    assert {"asyncapi", "info", "channels", "operations", "components"} <= document.keys()
    assert {"title", "version"} <= document["info"].keys()
    assert {"host", "protocol"} <= document["servers"]["site"].keys()
    assert document["servers"]["site"]["protocol"] == "wss"
    assert set(re.findall(r"{(\w+)}", document["channels"]["room"]["address"])) == {"room"}
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation["messages"]
    references = list(_references(document))
    assert len(references) > 100
    for reference in references:
        _follow(document, reference)


def test_asyncapi_examples_fit_their_schemas() -> None:
    document = asyncapi_document(host="spaces.example.org", secure=True)
    messages = document["components"]["messages"]
    assert set(messages) == {*protocol.COMMANDS, *(event.type for event in EVENTS), "ack", "error"}
    for name, message in messages.items():
        for example in message["examples"]:
            _fits(example["payload"], message["payload"], name)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_examples_of_events_have_every_field(event: type[protocol.Event]) -> None:
    assert set(event_example(event)) == set(fields_of(event))


def _references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _follow(document, reference: str):
    node = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


_TYPES = {"string": str, "integer": int, "boolean": bool, "number": (int, float), "object": dict, "array": list}


def _fits(value, schema, where: str) -> None:
    """The little of JSON Schema that our document uses."""
    if "const" in schema:
        assert value == schema["const"], where
    if "oneOf" in schema:
        if value is not None:
            _fits(value, schema["oneOf"][0], where)
        return
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not (value is None and "null" in kinds):
        assert isinstance(value, tuple(_flat(_TYPES[kind] for kind in kinds if kind != "null"))), f"{where}: {value!r}"
    if isinstance(value, dict):
        assert set(schema.get("required", [])) <= value.keys(), where
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                _fits(value[name], inner, f"{where}.{name}")
    if isinstance(value, list):
        for item in value:
            _fits(item, schema.get("items", {}), f"{where}[]")


def _flat(kinds):
    for kind in kinds:
        yield from kind if isinstance(kind, tuple) else (kind,)
