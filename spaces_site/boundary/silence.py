"""Leaving a broker alone that did not answer: who asks it all the same waits a second each time."""

import time

#: A broker that did not answer is not asked again for so long.
LEFT_ALONE_SECONDS = 5.0


class Silence:
    """Until when this process leaves the broker alone; by the clock that never steps."""

    def __init__(self) -> None:
        self._until = float("-inf")

    @property
    def lasts(self) -> bool:
        """Whether the broker is left alone now."""
        return time.monotonic() < self._until

    def begin(self) -> None:
        """It did not answer."""
        self._until = time.monotonic() + LEFT_ALONE_SECONDS

    def end(self) -> None:
        """Ask it again at once."""
        self._until = float("-inf")
