"""The websocket as an AsyncAPI 3.1 document, made from the protocol itself."""

from typing import Any

from rooms.protocol.commands import COMMAND_NOTES, COMMANDS
from rooms.protocol.events import EPHEMERAL, OUTSIDE, PERSONAL, SEQUENCED, Event
from rooms.protocol.limits import CLOSE_CODES, HEARTBEAT_SECONDS, SUBPROTOCOL
from rooms.protocol.schema import command_example, command_schema, event_example, event_schema

_ID = {"type": ["string", "null"], "maxLength": 64, "description": "The client's own mark of a command."}
_SEQ = {"type": "integer", "minimum": 1, "description": "Number of the event in its room, without gaps."}


def asyncapi_document(*, host: str, secure: bool) -> dict[str, Any]:
    """The document of the site at `host`. Names of messages are those on the wire."""
    events = [*PERSONAL, *SEQUENCED, *EPHEMERAL]
    messages = {type_: _command(type_) for type_ in COMMANDS}
    messages |= {event.type: _event(event) for event in events}
    messages |= {"ack": _ack(), "error": _error()}
    outside = {event.type: _event(event) for event in OUTSIDE}
    answers = ["ack", "error"]
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Spaces: the websockets of a room and of a person",
            "version": "1.0.0",
            "description": _description(),
            "license": {"name": "BSD-3-Clause"},
        },
        "defaultContentType": "application/json",
        "servers": {"site": {"host": host, "protocol": "wss" if secure else "ws"}},
        "channels": {"room": _channel(messages), "me": _channel_outside([*outside, *answers])},
        "operations": {
            **{f"do.{type_}": _operation("receive", [type_], reply=answers) for type_ in COMMANDS},
            **{f"hear.{event.type}": _operation("send", [event.type]) for event in events},
            **{f"hear.{type_}": _operation("send", [type_], channel="me") for type_ in outside},
        },
        "components": {"messages": messages | outside, "securitySchemes": _SECURITY},
    }


_SECURITY: dict[str, Any] = {
    "session": {"type": "httpApiKey", "in": "cookie", "name": "sessionid", "description": "Pages of our own origin."},
    "ticket": {
        "type": "httpApiKey",
        "in": "header",
        "name": "Sec-WebSocket-Protocol",
        "description": f"`{SUBPROTOCOL}, ticket.<t>` with the single-use ticket of POST /rooms/{{id}}/join.",
    },
}


def _description() -> str:
    codes = "\n".join(f"- {code}: {meaning}" for code, meaning in CLOSE_CODES.items())
    return f"One socket per person and room. Say something every {HEARTBEAT_SECONDS} s.\n\nClose codes:\n{codes}"


def _channel(messages: dict[str, Any]) -> dict[str, Any]:
    query = {
        "type": "object",
        "properties": {
            "device": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
            "hidden": {"type": "string", "enum": ["0", "1"]},
            "last_seq": {"type": "integer", "minimum": 0},
        },
    }
    return {
        "address": "/ws/rooms/{room}/",
        "servers": [{"$ref": "#/servers/site"}],
        "parameters": {"room": {"description": "The room's id (UUID)."}},
        "bindings": {"ws": {"method": "GET", "query": query, "bindingVersion": "0.1.0"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }


def _channel_outside(names: list[str]) -> dict[str, Any]:
    return {
        "address": "/ws/me/",
        "description": "Open while somebody is anywhere on the site. `hello` and `ping` are answered; nothing else is.",
        "servers": [{"$ref": "#/servers/site"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _operation(action: str, names: list[str], reply: list[str] | None = None, channel: str = "room") -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [_in_channel(name, channel) for name in names],
    }
    if reply:
        operation["reply"] = {
            "channel": {"$ref": "#/channels/room"},
            "messages": [_in_channel(name) for name in reply],
        }
    return operation


def _in_channel(name: str, channel: str = "room") -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}/messages/{name}"}


def _command(type_: str) -> dict[str, Any]:
    schema = command_schema(type_)
    properties = {"type": {"const": type_}, "id": _ID, "data": schema}
    needed = ["type", "data"] if schema["required"] else ["type"]
    example: dict[str, Any] = {"type": type_, "id": "c17", "data": command_example(type_)}
    return _message(type_, COMMAND_NOTES[type_], properties, needed, example)


def _event(event: type[Event]) -> dict[str, Any]:
    properties: dict[str, Any] = {"type": {"const": event.type}}
    example: dict[str, Any] = {"type": event.type}
    if event in SEQUENCED:
        properties["seq"], example["seq"] = _SEQ, 812
    properties |= {"at": {"type": "string", "format": "date-time"}, "data": event_schema(event)}
    example |= {"at": "2026-11-22T20:00:00Z", "data": event_example(event)}
    return _message(event.type, (event.__doc__ or "").strip(), properties, list(properties), example)


def _ack() -> dict[str, Any]:
    properties = {"type": {"const": "ack"}, "id": _ID, "data": {"type": "object"}}
    return _message("ack", "The command was done.", properties, ["type", "id"], {"type": "ack", "id": "c17"})


def _error() -> dict[str, Any]:
    properties = {
        "type": {"const": "error"},
        "id": _ID,
        "code": {"type": "string"},
        "message": {"type": "string"},
        "field": {"type": ["string", "null"]},
        "data": {"type": "object"},
    }
    example: dict[str, Any] = {
        "type": "error",
        "id": "c17",
        "code": "not_a_host",
        "message": "Only the hosts of this room may do that.",
        "field": None,
        "data": {},
    }
    return _message(
        "error", "The command was refused; `message` says what to do.", properties, list(properties), example
    )


def _message(
    name: str, summary: str, properties: dict[str, Any], required: list[str], example: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "summary": " ".join(summary.split()),
        "payload": {"type": "object", "properties": properties, "required": required},
        "examples": [{"payload": example}],
    }
