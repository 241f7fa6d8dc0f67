"""WHIP (RFC 9725): speaking from a program that is no browser."""

from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import DeviceTokenAuthentication
from rooms.api import examples, serializers
from rooms.api.answers import person
from rooms.media_gateway import MAX_SDP_BYTES
from rooms.services import whip
from rooms.services.playback import GRANT_LIFETIME
from spaces_site.boundary.rest_view import ApiView, SignedInView


class OfferTooBig(APIException):
    """An SDP offer beyond what a node reads."""

    status_code = 413
    default_code = "offer_too_big"
    default_detail = _("The connection offer is larger than 16 KiB.")


class OfferNotText(APIException):
    """An SDP offer in another charset than UTF-8, or that is no text at all."""

    status_code = 400
    default_code = "offer_not_utf8"
    default_detail = _("The connection offer is not UTF-8.")


class SdpParser(BaseParser):
    """application/sdp as text, up to 16 KiB."""

    media_type = "application/sdp"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read(MAX_SDP_BYTES + 1)
        if len(raw) > MAX_SDP_BYTES:
            raise OfferTooBig
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise OfferNotText from error


class SdpRenderer(BaseRenderer):
    """Text as application/sdp; problems stay JSON."""

    media_type = "application/sdp"
    format = "sdp"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return data.encode() if isinstance(data, str) else bytes(JSONRenderer().render(data))


class DeviceUnlessGrant(DeviceTokenAuthentication):
    """A device's token; a media grant, which is signed text with colons, is left to the service."""

    def authenticate(self, request: Request) -> Any:
        return None if ":" in _bearer(request) else super().authenticate(request)


class MediaGrant(SignedInView):
    """A short right for a WHIP client that can't sign in."""

    @extend_schema(
        operation_id="issueMediaGrant",
        tags=["sound"],
        request=None,
        responses={201: serializers.GrantAnswer},
        examples=[examples.GRANT],
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """A media grant of 60 seconds for somebody on stage: Bearer of the WHIP request."""
        grant = whip.media_grant(actor=person(request), room_id=room_id, now=timezone.now())
        return Response({"data": {"grant": grant, "expires_in": int(GRANT_LIFETIME.total_seconds())}}, status=201)


class _Whip(ApiView):
    """WHIP takes a device's token, a session, or a media grant as Bearer."""

    parser_classes = (SdpParser,)
    renderer_classes = (SdpRenderer, JSONRenderer)

    authentication_classes = (DeviceUnlessGrant, SessionAuthentication)


class Whip(_Whip):
    """The WHIP endpoint of a room."""

    @extend_schema(
        operation_id="publishSound",
        tags=["sound"],
        request={"application/sdp": str},
        responses={(201, "application/sdp"): str},
        examples=[examples.SDP_OFFER, examples.SDP_ANSWER],
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """Offer your sound (one audio line, all candidates) and get the answer; Location ends it by DELETE."""
        told = whip.publish(
            actor=request.user, bearer=_bearer(request), room_id=room_id, sdp=str(request.data), now=timezone.now()
        )
        headers = {"Location": f"/api/v1/rooms/{room_id}/whip/{told.resource}/"}
        if links := _ice_links():
            headers["Link"] = links
        return Response(told.sdp, status=201, headers=headers, content_type="application/sdp")

    @extend_schema(exclude=True)
    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What this endpoint takes (RFC 9725 section 4.2)."""
        return Response(status=204, headers={"Accept-Post": "application/sdp", "Allow": "POST, OPTIONS"})


class WhipSession(_Whip):
    """One WHIP connection. Trickle ICE is not offered: PATCH is answered 405."""

    @extend_schema(operation_id="closeSound", tags=["sound"], request=None, responses={200: None})
    def delete(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """End the connection; the place on stage stays."""
        whip.unpublish(
            actor=request.user,
            bearer=_bearer(request),
            room_id=room_id,
            resource=str(participant_id),
            now=timezone.now(),
        )
        return Response(status=200)


def _bearer(request: Request) -> str:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _ice_links() -> str:
    links = []
    for server in settings.MEDIA_ICE_SERVERS:
        urls = server["urls"] if isinstance(server["urls"], list) else [server["urls"]]
        secret = ""
        if "username" in server:
            name, word = server["username"], server.get("credential", "")
            secret = f'; username="{name}"; credential="{word}"; credential-type="password"'
        links += [f'<{url}>; rel="ice-server"{secret}' for url in urls]
    return ", ".join(links)
