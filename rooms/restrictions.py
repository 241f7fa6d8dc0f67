"""Rule book 3: what staff switched off for one person. Asked at every door, by the person's row as it is now."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import FOREVER, Restriction, User
from spaces_site.errors import DomainError, Kind


class _SwitchedOff(DomainError):
    """`data.until` says until when; it is empty when there is no end yet."""

    kind = Kind.FORBIDDEN
    text = _("The moderation team has switched this off for you.")

    def __init__(self, until: datetime) -> None:
        super().__init__(data={"until": None if until >= FOREVER else until.isoformat()})


class ReactionsOff(_SwitchedOff):
    """No reactions."""

    code = "reactions_off"
    text = _(
        "The moderation team has switched reactions off for you. You find the reason under “Reports and decisions”."
    )


class MicrophoneOff(_SwitchedOff):
    """No microphone, no hand, no seat on stage."""

    code = "microphone_off"
    text = _("The moderation team has switched your microphone off. You find the reason under “Reports and decisions”.")


class HostingOff(_SwitchedOff):
    """No hosting."""

    code = "hosting_off"
    text = _("The moderation team has switched hosting off for you. You find the reason under “Reports and decisions”.")


class CannotSpeakNow(DomainError):
    """A host wants somebody on stage, or as host, for whom that is switched off. Why is not told."""

    kind = Kind.CONFLICT
    code = "cannot_take_part"
    text = _("This person cannot take that part at the moment.")


def is_off(*, person: User, restriction: Restriction, now: datetime) -> bool:
    """Whether this is switched off for the person now."""
    return queries.restricted_until(person=person, restriction=restriction, now=now) is not None


def check_may_react(*, person: User, now: datetime) -> None:
    """Raises `ReactionsOff`."""
    if until := queries.restricted_until(person=person, restriction=Restriction.NO_REACTIONS, now=now):
        raise ReactionsOff(until)


def check_may_speak(*, person: User, now: datetime) -> None:
    """Raises `MicrophoneOff`."""
    if until := queries.restricted_until(person=person, restriction=Restriction.NO_MICROPHONE, now=now):
        raise MicrophoneOff(until)


def check_may_host(*, person: User, now: datetime) -> None:
    """Raises `HostingOff`."""
    if until := queries.restricted_until(person=person, restriction=Restriction.NO_HOSTING, now=now):
        raise HostingOff(until)


def check_others_may_give(*, person: User, part: Restriction, now: datetime) -> None:
    """A host offers the microphone or hosting to somebody. Raises `CannotSpeakNow`."""
    if is_off(person=person, restriction=part, now=now):
        raise CannotSpeakNow


def may_succeed(*, now: datetime) -> Q:
    """A condition on participants: hosting can fall to this person."""
    return ~Q(person__no_hosting_until__gt=now)


def switched_off(*, person: User, now: datetime) -> frozenset[str]:
    """The commands that staff have switched off for the person."""
    off: set[str] = set()
    if is_off(person=person, restriction=Restriction.NO_REACTIONS, now=now):
        off |= {"reaction.send"}
    if is_off(person=person, restriction=Restriction.NO_MICROPHONE, now=now):
        off |= {"mic.unmute", "hand.raise", "stage.take"}
    return frozenset(off)
