"""Pages of people: profiles, follows, settings, pictures."""

from django.urls import path, re_path

from accounts.views import blocks, own, pictures, profiles

urlpatterns = [
    path("avatars/<uuid:person_id>.svg", pictures.default_avatar, name="default-avatar"),
    path("avatars/<uuid:person_id>/<slug:version>.webp", pictures.avatar, name="avatar"),
    path("@<str:handle>/", profiles.profile, name="profile"),
    path("@<str:handle>/follow/", profiles.follow, name="follow"),
    path("@<str:handle>/unfollow/", profiles.unfollow, name="unfollow"),
    path("@<str:handle>/block/", blocks.block, name="block"),
    path("@<str:handle>/unblock/", blocks.unblock, name="unblock"),
    re_path(r"^@(?P<handle>[^/]+)/(?P<side>followers|following)/$", profiles.people, name="people"),
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
