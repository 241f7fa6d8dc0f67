"""Mounts every app's REST API under /api/v1/."""

from django.urls import include, path, re_path

import spaces_site.boundary.schema  # noqa: F401  it registers how devices sign in
from spaces_site.boundary.rest_view import NoSuchOperation

urlpatterns = [
    path("", include("accounts.api.urls")),
    path("", include("rooms.api.urls")),
    path("", include("moderation.api.urls")),
    path("", include("ticketing.api.urls")),
    re_path("^.*$", NoSuchOperation.as_view()),
]
