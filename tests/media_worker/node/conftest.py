"""A media node in this process, on a free UDP port."""

from collections.abc import Iterator

import pytest

from media_worker.node import MediaNode


@pytest.fixture
def node(transactional_db: None) -> Iterator[MediaNode]:
    """A running node; stopped at the end."""
    node = MediaNode()
    node.start()
    yield node
    node.stop()
