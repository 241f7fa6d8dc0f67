"""Websocket paths of the rooms app."""

from django.urls import URLPattern, path

from rooms.consumers import RoomConsumer

urlpatterns: list[URLPattern] = [
    path("ws/rooms/<uuid:room_id>/", RoomConsumer.as_asgi(), name="room-socket"),
]
