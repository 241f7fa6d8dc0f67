"""What `spaces_site.boundary.wire` uses inside Daphne and uvicorn is there and does what it is taken for.

Red after an update of a server means: look at that server's new way, then mend wire.py.
"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from typing import Any
from urllib.request import urlopen

import pytest
import websockets

from tests.house.wired_app import BLOCK
from tests.rooms.sockets.servers import running

APPLICATION = "tests.house.wired_app:application"


@pytest.fixture(params=["daphne", "uvicorn"])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """A server, with the product's command line, and its port."""
    with running(request.param, application=APPLICATION) as web:
        yield request.param.title(), web.port


def seen(port: int, name: str) -> Any:
    """What the application saw, once it has seen it."""
    deadline = time.monotonic() + 10
    while True:
        with urlopen(f"http://127.0.0.1:{port}/seen", timeout=10) as response:
            found: dict[str, Any] = json.load(response)
        if name in found:
            return found[name]
        assert time.monotonic() < deadline, f"{name} was not seen"
        time.sleep(0.02)


def test_pieces_arrive_framed_between_those_of_the_server(served: tuple[str, int]) -> None:
    server, port = served
    with urlopen(f"http://127.0.0.1:{port}/told", timeout=10) as response:
        assert response.headers["transfer-encoding"] == "chunked"
        assert response.read().decode() == f"by the server, by a {server}Wire, and again"


def test_a_client_of_http_1_0_gets_the_same_bytes(served: tuple[str, int]) -> None:
    server, port = served
    client = HTTPConnection("127.0.0.1", port, timeout=10)
    vars(client).update(_http_vsn=10, _http_vsn_str="HTTP/1.0")
    client.request("GET", "/told")
    assert client.getresponse().read().decode() == f"by the server, by a {server}Wire, and again"
    client.close()


def test_what_a_reader_does_not_take_is_counted_and_can_be_cut_off(served: tuple[str, int]) -> None:
    _, port = served
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET /full HTTP/1.1\r\nHost: test\r\n\r\n")
        received = 0
        with suppress(ConnectionResetError):
            while more := client.recv(65_536):
                received += len(more)
    told = seen(port, "full")
    held, is_open = told["held"], told["open"]
    assert held[0] < len(BLOCK)
    assert received <= len(BLOCK) * len(held) - held[-1]
    # Once the kernel is full, everything is held, and nothing is lost or counted twice.
    assert [later - earlier for earlier, later in zip(held[-9:], held[-8:], strict=False)] == [len(BLOCK)] * 8
    assert is_open == [True, False]


async def test_frames_and_close_codes_go_out_by_the_wire(served: tuple[str, int]) -> None:
    server, port = served
    async with websockets.connect(f"ws://127.0.0.1:{port}/") as client:
        assert await client.recv() == f"{server}Socket"
        with pytest.raises(websockets.ConnectionClosed):
            await client.recv()
        assert client.close_code == 4408
    assert not seen(port, "socket")["open"]
