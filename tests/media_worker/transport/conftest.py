"""A port on this machine, started and closed around a test."""

from collections.abc import AsyncIterator

import pytest

from media_worker.engine.transport.addresses import own_addresses
from media_worker.engine.transport.port import MediaUdpPort
from tests.media_worker.transport.raw_client import RawClient


@pytest.fixture
async def port() -> AsyncIterator[MediaUdpPort]:
    # aiortc and Firefox bind the machine's own address and want answers from where they asked.
    port = MediaUdpPort(own_addresses()[:1])
    port.start()
    yield port
    port.close()


@pytest.fixture
async def client(port: MediaUdpPort) -> AsyncIterator[RawClient]:
    client = RawClient(port)
    yield client
    client.close()
