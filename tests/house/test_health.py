"""The health paths answer without Django's middleware, and tell the truth."""

import pytest
from asgiref.testing import ApplicationCommunicator

from spaces_site.asgi import application


async def ask(path: str, *, client: str = "127.0.0.1", headers: list[tuple[bytes, bytes]] | None = None):
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers or [],
        "client": (client, 1),
        "server": ("testserver", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "http.request"})
    start = await communicator.receive_output(5)
    body = await communicator.receive_output(5)
    return start["status"], body["body"]


async def test_livez_answers():
    assert await ask("/livez") == (200, b"ok\n")


@pytest.mark.django_db(transaction=True)
async def test_readyz_is_ready_with_database_and_broker():
    status, body = await ask("/readyz")
    assert (status, body) == (200, b'{"database": "ok", "broker": "ok"}')


@pytest.mark.django_db(transaction=True)
async def test_readyz_says_which_part_is_away(settings):
    settings.REDIS_URL = "unix:///nonexistent.sock"
    from spaces_site.health import HealthMiddleware

    communicator = ApplicationCommunicator(
        HealthMiddleware(application), {"type": "http", "path": "/readyz", "headers": []}
    )
    start = await communicator.receive_output(5)
    body = await communicator.receive_output(5)
    assert start["status"] == 503
    assert body["body"] == b'{"database": "ok", "broker": "unavailable"}'


async def test_metrics_are_for_this_machine_only_unless_a_token_is_set(settings):
    status, body = await ask("/metrics")
    assert status == 200
    assert b"python_info" in body
    assert (await ask("/metrics", client="203.0.113.9"))[0] == 404
    settings.METRICS_TOKEN = "abc"
    assert (await ask("/metrics"))[0] == 404
    assert (await ask("/metrics", client="203.0.113.9", headers=[(b"authorization", b"Bearer abc")]))[0] == 200
