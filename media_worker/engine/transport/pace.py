"""How much of one kind a peer may send in a second."""


class PerSecond:
    """Counts up to `most` in each second, beginning with the first of them."""

    __slots__ = ("_count", "_most", "_until")

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._until = 0.0

    def allows(self, now: float) -> bool:
        """Count one; False when this second's share is used up."""
        if now >= self._until:
            self._until, self._count = now + 1.0, 0
        self._count += 1
        return self._count <= self._most
