"""How much one socket may say."""

from rooms.protocol import COMMAND_BURST, COMMANDS_PER_SECOND

#: Commands that cost many queries count for several.
_COSTS = {"hello": 5.0, "roster.search": 4.0, "media.offer": 4.0}
#: Refused commands after which the socket is closed; two a second are forgiven.
PATIENCE = 40.0
_FORGIVEN_PER_SECOND = 2.0


class Allowance:
    """A token bucket: `COMMANDS_PER_SECOND` for long, `COMMAND_BURST` in one go. Times in seconds."""

    __slots__ = ("_at", "_patience", "_tokens")

    def __init__(self, now: float) -> None:
        self._at = now
        self._tokens = float(COMMAND_BURST)
        self._patience = PATIENCE

    def take(self, type_: str, now: float) -> bool:
        """Whether a command of this type may be done now."""
        passed, self._at = now - self._at, now
        self._tokens = min(float(COMMAND_BURST), self._tokens + passed * COMMANDS_PER_SECOND)
        self._patience = min(PATIENCE, self._patience + passed * _FORGIVEN_PER_SECOND)
        cost = _COSTS.get(type_, 1.0)
        if self._tokens < cost:
            self._patience -= 1
            return False
        self._tokens -= cost
        return True

    @property
    def exhausted(self) -> bool:
        """True when the client was told to slow down and did not."""
        return self._patience < 1
