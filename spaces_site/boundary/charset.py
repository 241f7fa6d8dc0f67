"""One charset, as plain ASGI: whatever a request says of another is refused before Django believes it.

Django decodes queries and parts of forms by the charset that the client names, with any codec that
Python has: some of them are no text at all and fail before there is a request to answer.
"""

import codecs

from django.utils.http import parse_header_parameters
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from spaces_site.boundary.bodies import Application, Message, Receive, Send, refuse

_OURS = frozenset({"utf-8", "ascii"})


class UnsupportedCharset(APIException):
    """Text in anything but UTF-8."""

    status_code = 415
    default_code = "unsupported_charset"
    default_detail = _("Send text as UTF-8, and say no other charset.")


class Utf8Only:
    """Answers 415 to a Content-Type with another charset, and hands everything else on."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if _is_ours(scope["headers"]):
            await self.application(scope, receive, send)
        else:
            await refuse(scope, send, UnsupportedCharset)


def _is_ours(headers: list[tuple[bytes, bytes]]) -> bool:
    told = b",".join(value for name, value in headers if name == b"content-type").decode("latin-1")
    if "charset" not in told.lower():
        return True
    try:
        # Read as Django reads it, which takes it also in the form of RFC 2231.
        charset = parse_header_parameters(told)[1].get("charset")
        return charset is None or codecs.lookup(charset).name in _OURS
    except (LookupError, ValueError):
        return False
