"""What the API takes and gives: shapes only, never saved."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.models import Appearance
from accounts.services import signup
from spaces_site.boundary.rest_fields import StrictText
from spaces_site.errors import DomainError

Shape = serializers.Serializer[Any]


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
    listens_hidden = serializers.BooleanField(required=False)

    def validate_name(self, value: str) -> str:
        """By the service's rule, so that the error stands at this field's name."""
        try:
            return signup.clean_name(name=value)
        except DomainError as refusal:
            raise serializers.ValidationError(str(refusal.text), code=refusal.code) from refusal

    def validate_appearance(self, value: str) -> str:
        """The services know it in capitals."""
        return value.upper()
