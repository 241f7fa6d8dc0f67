"""What a room may be called and how it may be set: the same for form, API and admin."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rooms.models import WhoMaySpeak
from rooms.models.room import ROOM_LANGUAGES
from spaces_site.boundary.plain_text import plain_line, plain_paragraphs, says_something
from spaces_site.errors import DomainError, Kind

TITLE_MIN, TITLE_MAX = 5, 80
DESCRIPTION_MAX = 1000
TOPICS_MAX, TOPIC_MAX = 5, 30
#: How far ahead a room may be scheduled.
SCHEDULE_AHEAD = timedelta(days=365)


class BadField(DomainError):
    """A field of a room is not as it must be; `field` names it."""

    kind = Kind.INVALID
    code = "bad_field"
    text = _("This field is not as it must be. Correct it and send the form again.")


class TitleLength(BadField):
    """The title is too short or too long."""

    code = "title_length"
    text = _("Give the room a title of 5 to 80 characters.")


def checked(fields: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The fields that are given, cleaned and checked. Raises `BadField` naming the first at fault.

    Unknown names raise as well: they would be silently lost.
    """
    for name in fields:
        if name not in _CHECKS:
            raise BadField(_("A room has no such setting."), field=name)
    return {name: _CHECKS[name](value, now) for name, value in fields.items()}


def _title(value: Any, now: datetime) -> str:
    title = plain_line(str(value))
    if not (TITLE_MIN <= len(title) <= TITLE_MAX and says_something(title)):
        raise TitleLength(field="title")
    return title


def _description(value: Any, now: datetime) -> str:
    text = plain_paragraphs(str(value))
    if len(text) > DESCRIPTION_MAX:
        raise BadField(_("The description can have 1,000 characters at most."), field="description")
    return text


def _language(value: Any, now: datetime) -> str:
    if value not in ROOM_LANGUAGES:
        raise BadField(_("Choose a language from the list."), field="language")
    return str(value)


def _topics(value: Any, now: datetime) -> list[str]:
    # In small letters, so that a topic is one topic however it was typed.
    topics = list(dict.fromkeys(filter(None, (plain_line(str(topic)).lstrip("#").lower() for topic in value))))
    if len(topics) > TOPICS_MAX or any(len(topic) > TOPIC_MAX for topic in topics):
        raise BadField(_("Name up to five topics of up to 30 characters each."), field="topics")
    return topics


def _who_may_speak(value: Any, now: datetime) -> str:
    if value not in WhoMaySpeak.values:
        raise BadField(_("Choose who may speak."), field="who_may_speak")
    return str(value)


def _flag(value: Any, now: datetime) -> bool:
    return bool(value)


def _stage_limit(value: Any, now: datetime) -> int:
    if not 1 <= int(value) <= settings.STAGE_LIMIT:
        text = _("Between 1 and %(limit)d people can be on stage.") % {"limit": settings.STAGE_LIMIT}
        raise BadField(text, field="stage_limit")
    return int(value)


def _scheduled_start(value: Any, now: datetime) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None or not now < value <= now + SCHEDULE_AHEAD:
        raise BadField(_("Choose a time from now to one year ahead."), field="scheduled_start")
    return value


_CHECKS: dict[str, Callable[[Any, datetime], Any]] = {
    "title": _title,
    "description": _description,
    "language": _language,
    "topics": _topics,
    "who_may_speak": _who_may_speak,
    "guests_allowed": _flag,
    "hidden_allowed": _flag,
    "stage_limit": _stage_limit,
    "scheduled_start": _scheduled_start,
}
