"""Faces of people, with the purple ring where the reader follows somebody who is live."""

from typing import Any
from uuid import UUID

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from accounts.models import User
from rooms.protocol import PersonCard
from rooms.queries.rings import Stage, stages_for

register = template.Library()


@register.simple_tag(takes_context=True)
def avatar(
    context: Context,
    person: User | PersonCard,
    size: str = "m",
    *,
    linked: bool = False,
    lazy: bool = False,
    live: Any = None,
) -> SafeString:
    """The face of somebody, in a ring while they are live.

    `linked`: the ring leads into the room; False where the face stands in a link already, or is too small
    to press. `live`: a room with `id` and `title` that they are in, for readers who do not follow them as well.
    `static/rooms/rings.js` makes the same of the face, and keeps it up to date.
    """
    if isinstance(person, PersonCard):
        key, name, source = UUID(person.id), person.name, person.avatar
    else:
        key, name, source = person.pk, person.display_name, person.avatar_url
    flags = SafeString((" data-linked" if linked else "") + (' loading="lazy"' if lazy else ""))
    face = format_html(
        '<img class="av av-{}" src="{}" alt="" width="80" height="80" data-face="{}" data-name="{}"{}>',
        size, source, key, name, flags,
    )  # fmt: skip
    stage = Stage(live.id, live.title) if live else _stages(context).get(key)
    if stage is None:
        return face
    style = "ring ring-fit ring-xl" if size == "xl" else "ring ring-fit"
    if not linked:
        frame = '<span class="{}" data-ring data-room="{}">{}<span class="vh">{}</span></span>'
        return format_html(frame, style, stage.room_id, face, gettext("live"))
    label = gettext("Join %(name)s’s live room: %(title)s") % {"name": name, "title": stage.title}
    where = reverse("room_page", args=[stage.room_id])
    frame = '<a class="{}" data-ring data-room="{}" href="{}" aria-label="{}">{}</a>'
    return format_html(frame, style, stage.room_id, where, label, face)


def _stages(context: Context) -> dict[UUID, Stage]:
    """Looked up once for a page, and only where it shows faces; a view that has them names them `live_stages`."""
    known: dict[UUID, Stage] | None = context.get("live_stages")
    if known is not None:
        return known
    request = context.get("request")
    if request is None:
        return {}
    if not hasattr(request, "live_stages"):
        request.live_stages = stages_for(viewer=request.user)
    stages: dict[UUID, Stage] = request.live_stages
    return stages
