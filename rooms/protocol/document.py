"""Writes PROTOCOL.md: `python -m rooms.protocol.document > rooms/PROTOCOL.md`."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template

from rooms.protocol import limits, shapes
from rooms.protocol.commands import COMMAND_NOTES, COMMANDS
from rooms.protocol.events import EPHEMERAL, OUTSIDE, PERSONAL, SEQUENCED, Event
from rooms.protocol.limits import CLOSE_CODES
from rooms.protocol.schema import command_example, event_example, fields_of, type_name

_SHAPES = (
    shapes.PersonCard,
    shapes.StagePerson,
    shapes.Hand,
    shapes.InvitationCard,
    shapes.You,
    shapes.MediaInfo,
    shapes.RingCard,
)

_INTRODUCTION = Path(__file__).with_name("introduction.md")


def protocol_document() -> str:
    """The whole text of PROTOCOL.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield Template(_INTRODUCTION.read_text()).substitute(vars(limits))
    yield from _table(("command", "fields", "what it does"), (_command_row(type_) for type_ in COMMANDS))
    yield "\n### Examples\n\n```json"
    yield from (_json({"type": type_, "id": "c17", "data": command_example(type_)}) for type_ in COMMANDS)
    yield "```\n\n## Events\n"
    for title, events in (
        ("Numbered, to everybody in the room", SEQUENCED),
        ("To you alone, without a number", PERSONAL),
        ("May be lost, without a number", EPHEMERAL),
        ("Outside of rooms, on `/ws/me/`", OUTSIDE),
    ):
        yield f"### {title}\n"
        yield from _table(("event", "fields", "meaning"), (_event_row(event) for event in events))
        yield "\n```json"
        yield from (_json(_event_example(event)) for event in events)
        yield "```\n"
    yield "## Shapes\n"
    for shape in _SHAPES:
        yield f"### {shape.__name__}\n\n{_flat(shape.__doc__)}\n"
        yield from _table(
            ("field", "type"), ((f"`{name}`", type_name(hint)) for name, hint in fields_of(shape).items())
        )
        yield ""
    yield "## Close codes\n"
    yield from _table(("code", "meaning"), ((str(code), meaning) for code, meaning in CLOSE_CODES.items()))


def _command_row(type_: str) -> tuple[str, str, str]:
    fields = ", ".join(f"`{name}` {kind}" for name, kind in COMMANDS[type_].items())
    return f"`{type_}`", fields or "–", COMMAND_NOTES[type_]


def _event_row(event: type[Event]) -> tuple[str, str, str]:
    fields = ", ".join(f"`{name}` {type_name(hint)}" for name, hint in fields_of(event).items())
    return f"`{event.type}`", fields or "–", _flat(event.__doc__)


def _event_example(event: type[Event]) -> dict[str, object]:
    numbered = {"seq": 812} if event in SEQUENCED else {}
    return {"type": event.type, **numbered, "at": "2026-11-22T20:00:00Z", "data": event_example(event)}


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write(protocol_document())
