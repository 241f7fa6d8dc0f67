"""The whole site over HTTP, and the hub's bare door for websockets, in one process."""

from typing import Any

from spaces_site.asgi import application as site
from tests.bench.hub_app import application as sockets


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Websockets to the hub, everything else as in the product."""
    await (sockets if scope["type"] == "websocket" else site)(scope, receive, send)
