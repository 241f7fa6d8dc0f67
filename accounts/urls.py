"""Pages of people: profiles, follows, settings, pictures."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("avatars/<uuid:person_id>.svg", views.default_avatar, name="default-avatar"),
    path("avatars/<uuid:person_id>/<slug:version>.webp", views.avatar, name="avatar"),
    path("@<str:handle>/", views.profile, name="profile"),
]
