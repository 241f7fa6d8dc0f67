"""The API's paths of this app, below /api/v1/."""

from django.urls import URLPattern, path

from accounts.api.views import messages, notifications, own, people, posts

urlpatterns: list[URLPattern] = [
    path("me/", own.Me.as_view(), name="api-me"),
    path("me/avatar/", own.Avatar.as_view(), name="api-avatar"),
    path("sessions/", own.Sessions.as_view(), name="api-sessions"),
    path("guests/", own.Guests.as_view(), name="api-guests"),
    path("devices/", own.Devices.as_view(), name="api-devices"),
    path("devices/<str:device_id>/", own.Device.as_view(), name="api-device"),
    path("notifications/", notifications.Notifications.as_view(), name="api-notifications"),
    path("notifications/read/", notifications.AllRead.as_view(), name="api-notifications-read"),
    path("notifications/<uuid:notification_id>/read/", notifications.Read.as_view(), name="api-notification-read"),
    path("me/notifications/", notifications.Wishes.as_view(), name="api-notification-wishes"),
    path("users/", people.People.as_view(), name="api-people"),
    path("users/<uuid:person_id>/", people.Person.as_view(), name="api-person"),
    path("users/by/handle/<str:handle>/", people.PersonByHandle.as_view(), name="api-person-by-handle"),
    path("users/<uuid:person_id>/following/", people.Following.as_view(), name="api-following"),
    path("users/<uuid:person_id>/blocking/", people.Blocking.as_view(), name="api-blocking"),
    path("me/blocked/", people.Blocked.as_view(), name="api-blocked"),
    path("users/<uuid:person_id>/followers/", people.Followers.as_view(), name="api-followers"),
    path("users/<uuid:person_id>/posts/", posts.PostsOfPerson.as_view(), name="api-posts-of"),
    path("posts/", posts.Posts.as_view(), name="api-posts"),
    path("posts/search/", posts.PostSearch.as_view(), name="api-post-search"),
    path("posts/<uuid:post_id>/", posts.Post.as_view(), name="api-post"),
    path("posts/<uuid:post_id>/replies/", posts.Replies.as_view(), name="api-replies"),
    path("posts/<uuid:post_id>/likes/", posts.Likes.as_view(), name="api-likes"),
    path("messages/", messages.Conversations.as_view(), name="api-conversations"),
    path("messages/<uuid:person_id>/", messages.Conversation.as_view(), name="api-conversation"),
    path("messages/<uuid:person_id>/read/", messages.Read.as_view(), name="api-conversation-read"),
    path("messages/<uuid:person_id>/accepted/", messages.Accepted.as_view(), name="api-conversation-accepted"),
    path("messages/<uuid:person_id>/<uuid:message_id>/", messages.Message.as_view(), name="api-message"),
]
