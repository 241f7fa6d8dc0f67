"""A room's sound over HTTP, beside Django: one long stream, or low-latency HLS.

`application.LiveDoors` answers `/live/…`; one `feed.Feed` per room and process reads the broker.
"""

from rooms.playback.application import LiveDoors

__all__ = ["LiveDoors"]
