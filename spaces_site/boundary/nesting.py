"""How deep JSON of strangers may be nested: recursion of whoever walks it is bounded by it."""

from typing import Any

#: Lists and objects inside one another; the outermost counts as the first.
MAX_DEPTH = 16


def is_too_deep(value: Any) -> bool:
    """Whether parsed JSON is nested more than `MAX_DEPTH` deep."""
    level, depth = _containers([value]), 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return True
        level = _containers([inner for each in level for inner in (each.values() if isinstance(each, dict) else each)])
    return False


def _containers(values: list[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, (dict, list))]
