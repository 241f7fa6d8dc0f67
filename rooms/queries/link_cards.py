"""What the picture of a room says that link previews show. It has a version: another picture, another address."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from rooms.queries.outside import Outside, outside
from spaces_site.boundary.preferences import zone_named

_FACES, _NAMES = 4, 2


@dataclass(frozen=True, slots=True)
class LinkCard:
    """All that is drawn; `faces` are ids of people, `looks` the addresses of their pictures."""

    title: str
    #: Drawn where no font of ours has the title.
    plain_title: str
    state: str = ""
    is_live: bool = False
    names: tuple[str, ...] = ()
    more: str = ""
    faces: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Another one for whatever else is drawn."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def link_card(*, room_id: UUID, now: datetime) -> LinkCard | None:
    """The card of a room as it is now; None where there is none that anybody may know of."""
    room = outside(room_id=room_id, now=now)
    return card_of(room) if room else None


def card_of(room: Outside) -> LinkCard:
    """In the language of the room where it is one of ours, else in English: a picture is the same for everybody."""
    with translation.override(room.language if room.language in dict(settings.LANGUAGES) else "en"):
        plain = gettext("A room on Spaces")
        if room.is_neutral:
            return LinkCard(plain, plain, more=gettext("Open it to see what it is about."))
        hidden = len(room.people) - _NAMES
        return LinkCard(
            title=room.title,
            plain_title=plain,
            state=_state(room),
            is_live=room.state == "live",
            names=tuple(person.name for person in room.people[:_NAMES]),
            more=gettext("and %(n)d more") % {"n": hidden} if hidden > 0 else "",
            faces=tuple(person.id for person in room.people[:_FACES]),
            looks=tuple(person.avatar for person in room.people[:_FACES]),
        )


def card_path(*, room: Outside) -> str:
    """Where the picture of the room is, as long as the room is so."""
    return reverse("room_link_card", args=[room.id, card_of(room).version])


def _state(room: Outside) -> str:
    if room.state == "live":
        return gettext("Live")
    if room.state == "scheduled" and room.scheduled_start is not None:
        start = timezone.localtime(room.scheduled_start, zone_named(room.zone) or UTC)
        return f"{date_format(start, 'D j F Y, H:i')} {start.tzname()}"
    return gettext("Ended") if room.state == "ended" else gettext("Cancelled")
