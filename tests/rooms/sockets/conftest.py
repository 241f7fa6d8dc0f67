"""Fixtures of the websocket tests."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from rooms.hub import close_hub
from tests.rooms.sockets.clients import hang_up_all
from tests.rooms.sockets.people import make_person, make_room, sign_in
from tests.rooms.sockets.servers import WebServer, running


class Cast:
    """A host with a live room, and people who may come in."""

    def __init__(self) -> None:
        self.host = make_person("host")
        self.listener = make_person("listener")
        self.stranger = make_person("stranger")
        self.room = make_room(self.host)
        self.sessions = {person.handle: sign_in(person) for person in (self.host, self.listener, self.stranger)}


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return Cast()


@pytest_asyncio.fixture
async def hub_ends(transactional_db: None) -> AsyncIterator[None]:
    """No task of the hub outlives the test's event loop."""
    yield
    await hang_up_all()
    await close_hub()


@pytest.fixture
def web(transactional_db: None) -> Iterator[WebServer]:
    with running() as server:
        yield server
