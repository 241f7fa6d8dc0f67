"""Websocket paths of the rooms app."""

from django.urls import URLPattern, path

from rooms.consumers import MeConsumer, RoomConsumer

urlpatterns: list[URLPattern] = [
    path("ws/rooms/<uuid:room_id>/", RoomConsumer.as_asgi(), name="room-socket"),
    path("ws/me/", MeConsumer.as_asgi(), name="me-socket"),
]
