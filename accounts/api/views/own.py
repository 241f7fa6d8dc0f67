"""Yourself: profile, picture, devices, signing in and out."""

from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import queries
from accounts.api import examples, serializers
from accounts.api.authentication import place_of
from accounts.api.records import device_record, own_record
from accounts.services import devices, guests, profile, pushes, sign_in
from accounts.services.access import Person, check_has_account, check_signed_in
from accounts.services.pictures import MAX_BYTES
from spaces_site.boundary import rest_input
from spaces_site.boundary.rest_view import ApiView, SignedIn, SignedInView


class Me(SignedInView):
    """Your profile and settings."""

    def version_of(self, data: Any) -> str:
        return profile.version_of(check_signed_in(self.request.user))

    @extend_schema(operation_id="getMe", tags=["me"], responses=serializers.OwnAnswer, examples=[examples.OWN])
    def get(self, request: Request) -> Response:
        """Yourself; guests too. The part of the ETag before the dot is the version, for If-Match."""
        return Response({"data": own_record(check_signed_in(request.user))})

    @extend_schema(
        operation_id="changeMe",
        tags=["me"],
        parameters=[rest_input.IF_MATCH],
        request=serializers.OwnChangesSerializer,
        responses=serializers.OwnAnswer,
        examples=[examples.CHANGES, examples.OWN],
    )
    def patch(self, request: Request) -> Response:
        """Change some fields, all or none."""
        changes = rest_input.body(request, serializers.OwnChangesSerializer)
        version = self.expected_version(request)
        person = profile.change_profile(actor=request.user, changes=changes, expected_version=version)
        return Response({"data": own_record(person)})


class PictureParser(BaseParser):
    """The bytes of an image as they are, and one more than allowed at most."""

    media_type = "image/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> "DataAndFiles[Any, Any]":
        upload = ContentFile(stream.read(MAX_BYTES + 1), name="avatar")
        return DataAndFiles({}, MultiValueDict({"avatar": [upload]}))


class Avatar(SignedInView):
    """Your picture."""

    parser_classes = (PictureParser, MultiPartParser)

    @extend_schema(
        operation_id="setAvatar",
        tags=["me"],
        request={"image/*": {"type": "string", "format": "binary", "maxLength": MAX_BYTES}},
        responses=serializers.OwnAnswer,
        examples=[examples.AVATAR, examples.OWN],
    )
    def put(self, request: Request) -> Response:
        """A JPEG, PNG or WebP of at most 5 MiB and 4096 pixels a side, as the body or as the part `avatar`."""
        person = profile.set_avatar(actor=request.user, data=_picture(request))
        return Response({"data": own_record(person)})

    @extend_schema(operation_id="removeAvatar", tags=["me"], request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Back to the drawn face."""
        profile.remove_avatar(actor=request.user)
        return Response(status=204)


class Sessions(ApiView):
    """Signing an app in and out."""

    @extend_schema(
        operation_id="signIn",
        tags=["me"],
        auth=[],
        request=serializers.SignInSerializer,
        responses={201: serializers.SignedInAnswer},
        examples=[examples.SIGN_IN, examples.SIGNED_IN],
    )
    def post(self, request: Request) -> Response:
        """A token for this device. Ten wrong tries a minute for an address, five for an account.

        django-allauth's flow for apps (`/_allauth/app/v1/auth/…`) gives one as `access_token`, after signing up too.

        Errors: `wrong_credentials` (unknown account or wrong password, told alike), `code_needed` and
        `wrong_code` (two factors), `email_not_verified`, `account_suspended`, `slow_down`.
        """
        secrets = rest_input.body(request, serializers.SignInSerializer)
        person, device, token = sign_in.sign_in_device(request._request, now=timezone.now(), **secrets)
        return _signed_in(person, device.session_key, token)

    @extend_schema(operation_id="signOut", tags=["me"], request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """End the token of this request; its websockets close at once. Browsers sign out on the site."""
        devices.revoke(actor=check_signed_in(request.user), device_id=getattr(request.auth, "session_key", ""))
        return Response(status=204)

    def get_permissions(self) -> list[Any]:
        return [SignedIn()] if self.request.method == "DELETE" else []

    def get_authenticators(self) -> list[Any]:
        # A stale token must not stop somebody from signing in anew.
        return [] if self.request is not None and self.request.method == "POST" else super().get_authenticators()


class Guests(ApiView):
    """Listening without an account."""

    authentication_classes = ()

    @extend_schema(
        operation_id="listenAsGuest",
        tags=["me"],
        auth=[],
        request=serializers.GuestSerializer,
        responses={201: serializers.SignedInAnswer},
        examples=[examples.GUEST, examples.SIGNED_IN],
    )
    def post(self, request: Request) -> Response:
        """A guest and a token; forgotten a day after it was last used."""
        wanted = rest_input.body(request, serializers.GuestSerializer)
        now = timezone.now()
        guest, device, token = guests.guest_with_token(request._request, now=now, **wanted)
        return _signed_in(guest, device.session_key, token)


class Devices(SignedInView):
    """Everywhere that you are signed in."""

    @extend_schema(
        operation_id="listDevices", tags=["me"], responses=serializers.DevicesAnswer, examples=[examples.DEVICES]
    )
    def get(self, request: Request) -> Response:
        """Browsers and apps in one list, this one first."""
        person = check_has_account(request.user)
        places = [device_record(place) for place in queries.devices(person=person, **place_of(request))]
        return Response({"data": places, "meta": {"result_count": len(places)}})

    @extend_schema(operation_id="signOutElsewhere", tags=["me"], request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Sign out everywhere but here."""
        devices.revoke_others(actor=check_has_account(request.user), **place_of(request))
        return Response(status=204)


class Device(SignedInView):
    """One of your devices."""

    @extend_schema(
        operation_id="registerForPushes",
        tags=["notifications"],
        request=serializers.PushDeviceSerializer,
        responses={204: None},
        examples=[examples.PUSH_DEVICE],
    )
    def put(self, request: Request, device_id: str) -> Response:
        """Push to this device from now on; `device_id` is a name that it gives itself (8 to 64 letters, digits, -, _).

        Registering twice is registering once, and the second time says everything anew. It ends with the sign-in
        that made it, or by DELETE. Quiet hours are those of your account, wherever the device is.
        """
        fields = rest_input.body(request, serializers.PushDeviceSerializer)
        registration = pushes.Registration(installation=device_id, **fields)
        session_key = _session_key(request)
        pushes.register(actor=request.user, registration=registration, session_key=session_key, now=timezone.now())
        return Response(status=204)

    @extend_schema(operation_id="signOutDevice", tags=["me"], request=None, responses={204: None})
    def delete(self, request: Request, device_id: str) -> Response:
        """Sign out one browser or app, or end the pushes of one; it takes effect at once."""
        devices.revoke(actor=check_has_account(request.user), device_id=device_id)
        return Response(status=204)


def _session_key(request: Request) -> str:
    """The sign-in that this request comes by: an app's token, or a browser's session."""
    return getattr(request.auth, "session_key", "") or request.session.session_key or ""


def _picture(request: Request) -> bytes:
    upload = request.FILES.get("avatar")
    return upload.read(MAX_BYTES + 1) if upload is not None else b""


def _signed_in(person: Person, device_id: str, token: str) -> Response:
    data = {"token": token, "device_id": device_id, "user": own_record(person)}
    return Response({"data": data}, status=201, headers={"Cache-Control": "no-store"})
