"""By which ways out of the house somebody is told what: everything of the matrix but the list in the app."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Channel, NotificationKind, User
from accounts.queries import notifications

WAYS = tuple(channel for channel in Channel.values if channel != Channel.IN_APP)


@dataclass(frozen=True, slots=True)
class Quieted:
    """A kind that goes no way out any more, and by which ways it went before."""

    kind: str
    label: str
    was: tuple[str, ...]


def ways_out(*, person: User) -> dict[str, list[str]]:
    """Kind → the ways that are on."""
    matrix = notifications.matrix(person=person)
    return {kind: [channel for channel in WAYS if wanted[channel]] for kind, wanted in matrix.items()}


def quieted(*, ways: dict[str, list[str]], kind: str, was: Iterable[str]) -> Quieted | None:
    """What the list says after "less of this" of this kind; None where it is loud, or there is none such."""
    if ways.get(kind) != []:
        return None
    return Quieted(kind, str(NotificationKind(kind).label), tuple(channel for channel in WAYS if channel in set(was)))
