"""One hub per process: batches, one JSON for many sockets, and who is still there."""

from rooms.hub.registry import Hub, close_hub, hub
from rooms.hub.seat import Seat

__all__ = ["Hub", "Seat", "close_hub", "hub"]
