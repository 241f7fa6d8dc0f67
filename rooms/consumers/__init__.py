"""The websocket door of a room."""

from rooms.consumers.room import HANDLERS, RoomConsumer

__all__ = ["HANDLERS", "RoomConsumer"]
