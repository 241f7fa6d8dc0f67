"""Paths of this app's pages."""

from django.urls import path

from rooms.views import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("upcoming/", pages.upcoming, name="upcoming"),
    path("rooms/new/", pages.create_room, name="create_room"),
    path("help/", pages.help_page, name="help"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("language/", pages.choose_language, name="choose_language"),
]
