"""`/livez`, `/readyz` and `/metrics` as plain ASGI: no middleware, no session, no thread hop for liveness."""

import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import redis.asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[..., Awaitable[None]]

#: Seconds that each readiness check may take.
CHECK_TIMEOUT = 1.0
#: Seconds for which a readiness answer is reused, so that probes can't load the database.
CACHE_SECONDS = 1.0


class HealthMiddleware:
    """Answers the three health paths and hands everything else on."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self._ready: tuple[float, dict[str, str]] = (float("-inf"), {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path") if scope["type"] == "http" else None
        if path == "/livez":
            await _answer(send, 200, b"ok\n", b"text/plain; charset=utf-8")
        elif path == "/readyz":
            checks = await self._checks()
            status = 200 if all(value == "ok" for value in checks.values()) else 503
            await _answer(send, status, json.dumps(checks).encode(), b"application/json")
        elif path == "/metrics":
            await self._metrics(scope, send)
        else:
            await self.application(scope, receive, send)

    async def _checks(self) -> dict[str, str]:
        at, checks = self._ready
        if time.monotonic() - at > CACHE_SECONDS:
            database, broker = await asyncio.gather(_check(_ask_database()), _check(_ask_broker()))
            checks = {"database": database, "broker": broker}
            self._ready = (time.monotonic(), checks)
        return checks

    async def _metrics(self, scope: Scope, send: Send) -> None:
        if _may_read_metrics(scope):
            await _answer(send, 200, generate_latest(), CONTENT_TYPE_LATEST.encode())
        else:
            await _answer(send, 404, b"Not found\n", b"text/plain; charset=utf-8")


def _may_read_metrics(scope: Scope) -> bool:
    """With METRICS_TOKEN: its bearer. Without: only this machine, and only where no proxy stands in front."""
    if settings.METRICS_TOKEN:
        given = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(given, b"Bearer " + settings.METRICS_TOKEN.encode())
    client = scope.get("client") or ("", 0)
    return not settings.TRUSTED_PROXIES and client[0] in {"127.0.0.1", "::1"}


async def _check(question: Awaitable[None]) -> str:
    try:
        await asyncio.wait_for(question, CHECK_TIMEOUT)
    except Exception:
        return "unavailable"
    return "ok"


async def _ask_broker() -> None:
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL)
    try:
        await client.ping()
    finally:
        await client.aclose()


@sync_to_async(thread_sensitive=False)
def _ask_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


async def _answer(send: Send, status: int, body: bytes, content_type: bytes) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
