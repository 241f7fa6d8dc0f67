"""Less of this: one kind of notifications stays in the list and leaves the house no more; and undoing that."""

from collections.abc import Iterable

from accounts.queries.notifications import DEFAULTS
from accounts.queries.ways_out import WAYS, ways_out
from accounts.services import notifications
from accounts.services.access import Actor, check_has_account


def less(*, actor: Actor, kind: str) -> list[str]:
    """Neither push nor mail this kind any more; the ways that were on until now. Raises NoSuchChoice.

    Where none was, as after a press that was one too many, those that are on for whoever chose nothing: undo has
    something to go back to.
    """
    was = ways_out(person=check_has_account(actor)).get(kind, [])
    notifications.set_wishes(actor=actor, choices=[(kind, way, False) for way in WAYS])
    return was or [way for way in WAYS if DEFAULTS[kind, way]]


def undo(*, actor: Actor, kind: str, ways: Iterable[str]) -> None:
    """Tell of this kind by these ways again. Raises NoSuchChoice."""
    notifications.set_wishes(actor=actor, choices=[(kind, way, True) for way in ways])
