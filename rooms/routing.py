"""Websocket paths of the rooms app."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
