"""The websocket doors: of a room, and of a person anywhere else."""

from rooms.consumers.me import MeConsumer
from rooms.consumers.room import HANDLERS, RoomConsumer

__all__ = ["HANDLERS", "MeConsumer", "RoomConsumer"]
