"""The cast of the rooms' tests plays here too."""

from tests.rooms.conftest import cast, told, transactional_cast

__all__ = ["cast", "told", "transactional_cast"]
