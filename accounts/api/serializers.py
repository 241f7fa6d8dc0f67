"""What the API takes and gives: shapes only, never saved."""

from datetime import time
from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.models import Appearance, Channel, NotificationKind, PushPlatform
from accounts.services import signup
from spaces_site.boundary.rest_fields import StrictBoolean, StrictPattern, StrictText
from spaces_site.errors import DomainError

Shape = serializers.Serializer[Any]
#: What one can be told, as the API names it.
KINDS = [name.lower() for name in NotificationKind.values]
#: A language and where it is spoken, as devices name them: fr, fr-CA, zh_Hant_TW.
LOCALE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$"
#: Hours and minutes.
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class ViewerSerializer(Shape):
    """The asker and this person. `following` is null for visitors, guests and oneself."""

    following = serializers.BooleanField(allow_null=True)
    blocking = serializers.BooleanField()
    is_you = serializers.BooleanField()


class PersonSerializer(Shape):
    """What everybody may know of somebody."""

    id = serializers.UUIDField()
    handle = serializers.CharField()
    name = serializers.CharField()
    bio = serializers.CharField(allow_blank=True)
    avatar = serializers.CharField()
    verified = serializers.BooleanField()
    guest = serializers.BooleanField()
    follower_count = serializers.IntegerField()
    following_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    viewer = ViewerSerializer()


class OwnSerializer(PersonSerializer):
    """What somebody may know of themselves."""

    email = serializers.CharField(allow_blank=True)
    email_verified = serializers.BooleanField()
    language = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField()
    appearance = serializers.CharField()
    listens_hidden = serializers.BooleanField()
    two_factors = serializers.BooleanField()


class DeviceSerializer(Shape):
    """One place where somebody is signed in. `kind` is browser or app."""

    id = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    is_current = serializers.BooleanField()


class SignedInSerializer(Shape):
    """`token` is shown this once: keep it, send it as `Authorization: Bearer`."""

    token = serializers.CharField()
    device_id = serializers.CharField()
    user = OwnSerializer()


class PeopleMetaSerializer(Shape):
    """About a list."""

    result_count = serializers.IntegerField()
    next_token = serializers.CharField(required=False)


class PersonAnswer(Shape):
    """One person."""

    data = PersonSerializer()  # type: ignore[assignment]


class OwnAnswer(Shape):
    """Yourself."""

    data = OwnSerializer()  # type: ignore[assignment]


class PeopleAnswer(Shape):
    """A page of people."""

    data = PersonSerializer(many=True)  # type: ignore[assignment]
    meta = PeopleMetaSerializer()


class DevicesAnswer(Shape):
    """Everywhere that you are signed in."""

    data = DeviceSerializer(many=True)  # type: ignore[assignment]
    meta = PeopleMetaSerializer()


class SignedInAnswer(Shape):
    """A new token."""

    data = SignedInSerializer()  # type: ignore[assignment]


class SignInSerializer(Shape):
    """`login` is a user name or an e-mail address; `code` is asked for by the error `code_needed`."""

    login = StrictText(max_length=254)
    password = StrictText(max_length=1024, trim_whitespace=False)
    code = StrictText(max_length=20, required=False, default="", allow_blank=True)
    device_name = StrictText(max_length=100, required=False, default="", allow_blank=True)


class GuestSerializer(Shape):
    """A name for the device, if you like."""

    device_name = StrictText(max_length=100, required=False, default="", allow_blank=True)


class OwnChangesSerializer(Shape):
    """The fields to change; what is left out stays."""

    name = StrictText(max_length=50, required=False, source="display_name")
    bio = StrictText(max_length=300, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=["", *dict(settings.LANGUAGES)], required=False)
    time_zone = StrictText(max_length=64, required=False)
    appearance = serializers.ChoiceField(choices=[name.lower() for name in Appearance.values], required=False)
    listens_hidden = StrictBoolean(required=False)

    def validate_name(self, value: str) -> str:
        """By the service's rule, so that the error stands at this field's name."""
        try:
            return signup.clean_name(name=value)
        except DomainError as refusal:
            raise serializers.ValidationError(str(refusal.text), code=refusal.code) from refusal

    def validate_appearance(self, value: str) -> str:
        """The services know it in capitals."""
        return value.upper()


class PushDeviceSerializer(Shape):
    """`token` is the address of the browser's subscription, or the token of APNs or FCM; the keys are the browser's.

    `locale` and `time_zone` are what this device shows its pushes in; left out or empty: what your account says.
    `kinds` are those that it shows of what you want to be pushed; left out or null: all of it.
    """

    platform = serializers.ChoiceField(choices=[name.lower() for name in PushPlatform.values])
    token = StrictText(max_length=1000)
    p256dh = StrictText(max_length=120, required=False, default="", allow_blank=True)
    auth = StrictText(max_length=40, required=False, default="", allow_blank=True)
    locale = serializers.RegexField(LOCALE, max_length=35, required=False, default="", allow_blank=True)
    time_zone = StrictText(max_length=64, required=False, default="", allow_blank=True)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=KINDS),
        max_length=len(KINDS),
        required=False,
        default=None,
        allow_null=True,
    )

    def validate_platform(self, value: str) -> str:
        """The services know it in capitals."""
        return value.upper()

    def validate_kinds(self, value: list[str] | None) -> set[str] | None:
        """The same, each once."""
        return None if value is None else {kind.upper() for kind in value}


class NotificationSerializer(Shape):
    """One thing that you were told, in your language. `earlier` counts those that it stands for."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    title = serializers.CharField()
    body = serializers.CharField(allow_blank=True)
    path = serializers.CharField()
    made_at = serializers.DateTimeField()
    read = serializers.BooleanField()
    earlier = serializers.IntegerField()


class NotificationsMetaSerializer(Shape):
    """About the list; `unread_count` ends at 100."""

    result_count = serializers.IntegerField()
    unread_count = serializers.IntegerField()
    next_token = serializers.CharField(required=False)


class NotificationsAnswer(Shape):
    """What you were told, newest first."""

    data = NotificationSerializer(many=True)  # type: ignore[assignment]
    meta = NotificationsMetaSerializer()


class WishSerializer(Shape):
    """Whether you want to be told this by this way."""

    kind = serializers.ChoiceField(choices=KINDS)
    channel = serializers.ChoiceField(choices=[name.lower() for name in Channel.values])
    wanted = StrictBoolean()


class WishesSerializer(Shape):
    """What is left out stays. Quiet hours are hours and minutes on your own clock; both null: never quiet."""

    choices = WishSerializer(many=True, required=False)
    quiet_from = StrictPattern(CLOCK, required=False, allow_null=True)
    quiet_until = StrictPattern(CLOCK, required=False, allow_null=True)

    def validate_quiet_from(self, value: str | None) -> time | None:
        """The services know times."""
        return None if value is None else time.fromisoformat(value)

    validate_quiet_until = validate_quiet_from


class OwnWishesSerializer(Shape):
    """The whole matrix, your quiet hours, and the key that a browser subscribes with."""

    choices = WishSerializer(many=True)
    quiet_from = serializers.RegexField(CLOCK, allow_null=True)
    quiet_until = serializers.RegexField(CLOCK, allow_null=True)
    vapid_public_key = serializers.CharField()


class WishesAnswer(Shape):
    """What you are told by which way."""

    data = OwnWishesSerializer()  # type: ignore[assignment]
