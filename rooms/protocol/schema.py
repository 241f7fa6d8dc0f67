"""JSON Schemas and examples of commands and events, read off their type hints."""

import dataclasses
import types
import typing
from typing import Any

from rooms.protocol.commands import COMMANDS

Schema = dict[str, Any]

_UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_MOMENT = "2026-11-22T20:00:00Z"
_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    Any: {},
}
_COMMAND_KINDS: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer", "minimum": 0},
    "bool": {"type": "boolean"},
    "uuid": {"type": "string", "format": "uuid"},
}
#: Field name → an example that says more than its type would.
_EXAMPLES: dict[str, Any] = {
    "at": _MOMENT,
    "blocked": [_UUID],
    "avatar": "/media/avatars/ada.webp",
    "by": _UUID,
    "can": ["hand.raise", "reaction.send", "leave"],
    "category": "harassment",
    "code": "not_a_host",
    "concerns": "me",
    "details": "Insults since the beginning.",
    "keep_sound": True,
    "counts": {"👏": 3},
    "creator": _UUID,
    "deadline": _MOMENT,
    "device": "tab-3fa2",
    "emoji": "👏",
    "expires_at": _MOMENT,
    "floats": [[_UUID, "👏"]],
    "handle": "ada",
    "gone": [_UUID],
    "hand": _UUID,
    "hls": "/live/0f8fad5b/grant/index.m3u8",
    "ice_servers": [],
    "id": _UUID,
    "kind": "speak",
    "last_seq": 811,
    "participants": [_UUID],
    "levels": {_UUID: 7},
    "name": "Ada",
    "note": {"en": "Threats of violence.", "fr": "Menaces de violence."},
    "participant": _UUID,
    "link": "https://HOST/posts/0f8fad5b-d9cb-469f-a165-70867728950e/",
    "pin": _UUID,
    "place": 0,
    "post": _UUID,
    "pinned_at": _MOMENT,
    "created_at": _MOMENT,
    "query": "ada",
    "raised_at": _MOMENT,
    "role": "speaker",
    "room": {"id": _UUID, "title": "Morning news", "state": "live", "is_official": False},
    "room_id": _UUID,
    "sdp": "v=0\r\n…",
    "seq": 812,
    "silenced": [],
    "since": _MOMENT,
    "state": "raised",
    "stream": "/live/0f8fad5b/grant/stream.mp4",
    "tally": {"👏": 41},
    "to": "audience",
    "url": "https://example.org/notes",
    "whip": "/api/v1/rooms/0f8fad5b/whip/",
    "why": "host",
}


def event_schema(event: type) -> Schema:
    """The schema of an event's `data`."""
    return _object(event)


def command_schema(type_: str) -> Schema:
    """The schema of a command's `data`."""
    fields = COMMANDS[type_]
    return {
        "type": "object",
        "properties": {name: _optional(kind) for name, kind in fields.items()},
        "required": [name for name, kind in fields.items() if not kind.endswith("?")],
    }


def event_example(event: type) -> dict[str, Any]:
    """A whole example of an event's `data`."""
    return _example_object(event)


def command_example(type_: str) -> dict[str, Any]:
    """A whole example of a command's `data`."""
    fallback = {"str": "text", "int": 811, "bool": True, "uuid": _UUID}
    return {name: _EXAMPLES.get(name, fallback[kind.rstrip("?")]) for name, kind in COMMANDS[type_].items()}


def type_name(hint: Any) -> str:
    """A type as PROTOCOL.md writes it: `string`, `Hand[]`, `{string: integer}`, `string?`."""
    optional, inner = _without_none(hint)
    if optional:
        return type_name(inner) + "?"
    if dataclasses.is_dataclass(hint):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"  # type: ignore[union-attr]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return type_name(arguments[0]) + "[]"
    if origin is dict:
        return f"{{{type_name(arguments[0])}: {type_name(arguments[1])}}}"
    if origin is tuple:
        return "[" + ", ".join(type_name(one) for one in arguments) + "]"
    return str(_PLAIN[hint].get("type", "any"))


def fields_of(shape: type) -> dict[str, Any]:
    """Field name → type hint of a dataclass, without class variables."""
    hints = typing.get_type_hints(shape)
    return {one.name: hints[one.name] for one in dataclasses.fields(shape)}


def _optional(kind: str) -> Schema:
    schema = dict(_COMMAND_KINDS[kind.rstrip("?")])
    if kind.endswith("?"):
        schema["type"] = [schema["type"], "null"]
    return schema


def _object(shape: type) -> Schema:
    fields = fields_of(shape)
    return {
        "type": "object",
        "description": (shape.__doc__ or "").strip().splitlines()[0],
        "properties": {name: _schema(hint) for name, hint in fields.items()},
        "required": list(fields),
    }


def _schema(hint: Any) -> Schema:
    optional, inner = _without_none(hint)
    if optional:
        return {"oneOf": [_schema(inner), {"type": "null"}]}
    if dataclasses.is_dataclass(hint):
        return _object(hint)  # type: ignore[arg-type]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    if origin is tuple:
        items = [_schema(one) for one in arguments]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    return dict(_PLAIN[hint])


def _example_object(shape: type) -> dict[str, Any]:
    return {name: _example(name, hint) for name, hint in fields_of(shape).items()}


def _example(name: str, hint: Any) -> Any:
    _, inner = _without_none(hint)
    items = typing.get_args(inner)
    if dataclasses.is_dataclass(inner):
        return _example_object(inner)  # type: ignore[arg-type]
    if items and dataclasses.is_dataclass(items[0]):
        return [_example_object(items[0])]  # type: ignore[arg-type]
    return _EXAMPLES.get(name, {str: "text", int: 1, bool: True}.get(inner))


def _without_none(hint: Any) -> tuple[bool, Any]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [one for one in typing.get_args(hint) if one is not type(None)]
        return len(rest) < len(typing.get_args(hint)), rest[0]
    return False, hint
