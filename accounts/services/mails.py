"""A notification as a mail: the reader's language and clock, a link, and a way to have no more of them."""

import json
from email.utils import parseaddr
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Notification
from accounts.queries import notifications as queries
from accounts.services import notifications

#: Stands in a text for the address that ends mails of its kind; nobody can type it.
_STOP = "\0"


def site_url(path: str) -> str:
    """An address of this site for whoever is elsewhere."""
    return (settings.PUBLIC_URL or f"http://127.0.0.1:{settings.PORT}") + path


def contact() -> str:
    """Our own address: the ids of mails end in its domain, and push services write to it when something is wrong."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


class Letters:
    """Mails of one batch. What many are told in the same words is worded once: a room that thousands wait for."""

    def __init__(self, connection: Any = None) -> None:
        self._connection = connection
        self._worded: dict[str, tuple[str, str]] = {}

    def mail_of(self, notification: Notification, *, count: int, known_as: UUID) -> EmailMessage:
        """The mail, which stands for `count`. By the Message-ID of `known_as`: sent twice, it is the same mail."""
        person = notification.person
        title, text = self._words(notification, count)
        token = notifications.unsubscribe_token(person_id=person.pk, kind=notification.kind)
        stop = site_url(reverse("unsubscribe", args=[token]))
        return EmailMessage(
            subject=title,
            body=text.replace(_STOP, stop),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[person.email],
            connection=self._connection,
            headers={
                "Message-ID": f"<{known_as}@{contact().rpartition('@')[2]}>",
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Auto-Submitted": "auto-generated",
            },
        )

    def _words(self, notification: Notification, count: int) -> tuple[str, str]:
        """Title and text, with a mark where the way to have no more of them goes."""
        person, told = notification.person, notification
        language = queries.language_of(person)
        source = [str(told.by_id), str(told.post_id or told.message_id), count]
        what = [told.kind, told.wording, told.path, told.facts, *source]
        key = json.dumps([language, person.time_zone, *what], sort_keys=True)
        if key not in self._worded:
            with translation.override(language), timezone.override(ZoneInfo(person.time_zone)):
                title, body = queries.words_of(told, count=count)
                context = {"body": body, "link": site_url(told.path), "stop": _STOP, "kind": told.get_kind_display()}
                self._worded[key] = title, render_to_string("accounts/notification_mail.txt", context)
        return self._worded[key]
