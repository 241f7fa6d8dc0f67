"""The bound on what one request may upload, as plain ASGI: before anything is kept or parsed.

Django spools a body to a file before a view is asked. What is below this bound a view refuses in words
of its own (256 KiB of JSON or form, 5 MiB of picture); a reverse proxy may be stricter.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from types import SimpleNamespace
from typing import Any

from django.utils import translation
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer

from spaces_site.boundary.preferences import language_asked_for
from spaces_site.boundary.rest import CONTENT_TYPE, problem_response
from spaces_site.boundary.rest_json import BodyTooBig

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]

#: Larger than any photograph of a telephone, whose owner shall read a page that says what to do.
MAX_BODY = 16 * 1024 * 1024


class _TooBig(Exception):
    """More came than was allowed or announced."""


class BodyLimit:
    """Answers 413 to a body beyond `MAX_BODY`, announced or not, and hands everything else on."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if _announced(scope) > MAX_BODY:
            await refuse(scope, send, BodyTooBig)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY:
                raise _TooBig
            return message

        try:
            await self.application(scope, counted, send)
        except _TooBig:
            await refuse(scope, send, BodyTooBig)


def _announced(scope: MutableMapping[str, Any]) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() and len(length) < 20 else 0


async def refuse(scope: MutableMapping[str, Any], send: Send, refusal: type[APIException]) -> None:
    """A problem (RFC 9457) before Django, in the form of all others; who asks is not known, but their language is."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept-language")
    with translation.override(language_asked_for(accepted.decode("latin-1"))):
        answer = problem_response(refusal(), {"request": SimpleNamespace(path=scope["path"])})
        body = JSONRenderer().render(answer.data)
    headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body})
