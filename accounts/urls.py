"""Pages of people: profiles, follows, settings, pictures."""

from django.urls import path, re_path

from accounts.views import blocks, messages, own, pictures, posts, profiles

urlpatterns = [
    path("avatars/<uuid:person_id>.svg", pictures.default_avatar, name="default-avatar"),
    path("avatars/<uuid:person_id>/<slug:version>.webp", pictures.avatar, name="avatar"),
    path("@<str:handle>/", profiles.profile, name="profile"),
    path("@<str:handle>/follow/", profiles.follow, name="follow"),
    path("@<str:handle>/unfollow/", profiles.unfollow, name="unfollow"),
    path("@<str:handle>/block/", blocks.block, name="block"),
    path("@<str:handle>/unblock/", blocks.unblock, name="unblock"),
    re_path(r"^@(?P<handle>[^/]+)/(?P<side>followers|following)/$", profiles.people, name="people"),
    path("@<str:handle>/posts/", posts.posts_of, name="posts-of"),
    path("posts/", posts.feed, name="posts"),
    path("posts/new/", posts.new_post, name="post-new"),
    path("posts/<uuid:post_id>/", posts.post, name="post"),
    path("posts/<uuid:post_id>/reply/", posts.reply, name="post-reply"),
    path("posts/<uuid:post_id>/delete/", posts.delete, name="post-delete"),
    path("posts/<uuid:post_id>/like/", posts.like, name="post-like"),
    path("posts/<uuid:post_id>/unlike/", posts.unlike, name="post-unlike"),
    path("posts/<uuid:post_id>/likes/", posts.likers, name="post-likers"),
    path("messages/", messages.inbox, name="messages"),
    path("messages/unread/", messages.unread, name="messages-unread"),
    path("messages/requests/", messages.requests, name="message-requests"),
    path("messages/new/", messages.choose, name="message-choose"),
    path("messages/@<str:handle>/", messages.conversation, name="conversation"),
    path("messages/@<str:handle>/new/", messages.new_messages, name="conversation-new"),
    path("messages/@<str:handle>/accept/", messages.accept, name="conversation-accept"),
    path("messages/@<str:handle>/delete/", messages.clear, name="conversation-delete"),
    path("messages/@<str:handle>/<uuid:message_id>/delete/", messages.delete, name="message-delete"),
    path("settings/", own.edit_profile, name="settings"),
    path("settings/picture/", own.upload_avatar, name="upload-avatar"),
    path("settings/picture/remove/", own.delete_avatar, name="delete-avatar"),
    path("settings/look/", own.edit_look, name="settings-look"),
    path("settings/privacy/", own.edit_privacy, name="settings-privacy"),
    path("settings/account/", own.account, name="settings-account"),
    path("settings/blocked/", blocks.blocked, name="settings-blocked"),
    path("settings/devices/", own.devices, name="devices"),
    path("settings/devices/revoke/", own.revoke_device, name="revoke-device"),
    path("settings/devices/revoke-others/", own.revoke_other_devices, name="revoke-other-devices"),
]
