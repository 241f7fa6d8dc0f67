"""The audit log as a table that opens in a spreadsheet and does nothing there."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from moderation.models import AuditEntry

_HEAD = ("at", "by", "act", "person", "room", "subject", "why", "before", "after", "request_id")
#: What a spreadsheet would take for a formula, or for the way to one: where a cell begins, and where one would
#: begin for a program that divides lines elsewhere (a French one at semicolons), or forgets what is quoted.
_DANGEROUS = re.compile(r"(^|[,;|\t\r\n])(?=[\s\"]*[=+\-@\t\r])")


class _Line:
    """What the csv writer writes is given back."""

    def write(self, text: str) -> str:
        return text


def csv_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """The lines of the file, a header first."""
    writer: Any = csv.writer(_Line())
    yield writer.writerow(_HEAD)
    for entry in entries:
        yield writer.writerow([safe_cell(text) for text in _cells(entry)])


def safe_cell(text: str) -> str:
    """Text that no spreadsheet runs."""
    return _DANGEROUS.sub(r"\1'", text)


def _cells(entry: AuditEntry) -> tuple[str, ...]:
    return (
        entry.at.isoformat(),
        entry.actor_name,
        entry.act,
        entry.person_name,
        entry.room_title,
        entry.subject,
        entry.why,
        json.dumps(entry.before, ensure_ascii=False) if entry.before else "",
        json.dumps(entry.after, ensure_ascii=False) if entry.after else "",
        entry.request_id,
    )
