"""Adding up what comes too often: reactions, levels and counts of one room, four times a second."""

import json
from datetime import UTC, datetime
from typing import Any

from rooms.protocol import CountChanged, LevelBatch, ReactionBatch

#: Senders to float from, in one batch; what is beyond is in the counts alone.
FLOATS_LIMIT = 12


class Batch:
    """What came since the last flush. Holds one entry per kind, person or emoji: bounded by the room."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._floats: list[Any] = []
        self._tally: dict[str, int] = {}
        self._levels: dict[str, int] | None = None
        self._told_silence = True
        self._count: dict[str, Any] | None = None

    def add(self, type_: str, data: dict[str, Any]) -> None:
        """Take in one ephemeral event. Levels and counts: the newest wins."""
        if type_ == ReactionBatch.type:
            for emoji, number in data["counts"].items():
                self._counts[emoji] = self._counts.get(emoji, 0) + number
            self._floats = [*self._floats, *data["floats"]][:FLOATS_LIMIT]
            # Two processes may have told their tallies in either order; they only grow.
            for emoji, number in data["tally"].items():
                self._tally[emoji] = max(number, self._tally.get(emoji, 0))
        elif type_ == LevelBatch.type:
            self._levels = data["levels"]
        elif type_ == CountChanged.type:
            self._count = data

    def flush(self) -> list[str]:
        """The frames to send now, at most one a kind."""
        told: list[tuple[str, dict[str, Any]]] = []
        if self._levels is not None and not (self._told_silence and not self._levels):
            told.append((LevelBatch.type, {"levels": self._levels}))
            self._told_silence = not self._levels
        if self._counts:
            reactions = {"counts": self._counts, "floats": self._floats, "tally": self._tally}
            told.append((ReactionBatch.type, reactions))
        if self._count is not None:
            told.append((CountChanged.type, self._count))
        self._counts, self._floats, self._levels, self._count = {}, [], None, None
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return [_frame(type_, data, at) for type_, data in told]


def _frame(type_: str, data: dict[str, Any], at: str) -> str:
    return json.dumps({"type": type_, "at": at, "data": data}, ensure_ascii=False, separators=(",", ":"))
