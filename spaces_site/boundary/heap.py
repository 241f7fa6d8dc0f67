"""Garbage collection that does not hold up people.

Python looks through every object of the process each time its heap has grown by a quarter, and does
nothing else meanwhile: 1 s with ten thousand websockets, nine times while they come.
"""

import gc

#: Collections of the middle generation before one of everything; 10 by default. What closed sockets
#: leave behind waits longer, some 150 MiB at most.
_RARELY = 200


def settle_heap() -> None:
    """Leave out of collections what is loaded by now, since it lives as long as the process."""
    gc.collect()
    gc.freeze()


def collect_rarely() -> None:
    """Look through old objects once in a million and a half new ones, for a process of very many sockets."""
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _RARELY)
