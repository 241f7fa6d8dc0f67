"""The API's paths of this app, below /api/v1/."""

from django.urls import URLPattern, path

from accounts.api.views import own, people

urlpatterns: list[URLPattern] = [
    path("me/", own.Me.as_view(), name="api-me"),
    path("me/avatar/", own.Avatar.as_view(), name="api-avatar"),
    path("sessions/", own.Sessions.as_view(), name="api-sessions"),
    path("guests/", own.Guests.as_view(), name="api-guests"),
    path("devices/", own.Devices.as_view(), name="api-devices"),
    path("devices/<str:device_id>/", own.Device.as_view(), name="api-device"),
    path("users/", people.People.as_view(), name="api-people"),
    path("users/<uuid:person_id>/", people.Person.as_view(), name="api-person"),
    path("users/by/handle/<str:handle>/", people.PersonByHandle.as_view(), name="api-person-by-handle"),
    path("users/<uuid:person_id>/following/", people.Following.as_view(), name="api-following"),
    path("users/<uuid:person_id>/blocking/", people.Blocking.as_view(), name="api-blocking"),
    path("me/blocked/", people.Blocked.as_view(), name="api-blocked"),
    path("users/<uuid:person_id>/followers/", people.Followers.as_view(), name="api-followers"),
]
