"""The bound on what one request may upload, as plain ASGI: before anything is kept or parsed.

Django spools a body to a file before a view is asked. What is below this bound a view refuses in words
of its own (256 KiB of JSON or form, 5 MiB of picture); a reverse proxy may be stricter.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

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
            await refuse(send, 413, "body_too_big", "This request is too big. Send less at once.")
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
            await refuse(send, 413, "body_too_big", "This request is too big. Send less at once.")


def _announced(scope: MutableMapping[str, Any]) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() and len(length) < 20 else 0


async def refuse(send: Send, status: int, code: str, detail: str) -> None:
    """A problem (RFC 9457) before Django, so in English alone."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    body = json.dumps({**told, "detail": detail, "errors": []}).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
