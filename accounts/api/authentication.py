"""Bearer tokens of devices."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.services import devices
from accounts.services.access import Person
from spaces_site.boundary import origin


@dataclass(frozen=True, slots=True)
class DeviceAuth:
    """`request.auth` of an app: which token it showed, by its id and as sessions are named."""

    token_id: UUID
    session_key: str


def place_of(request: Request) -> dict[str, Any]:
    """Where a request comes from, as `queries.devices` and `services.devices` name the place that stays."""
    if isinstance(request.auth, DeviceAuth):
        return {"token_id": request.auth.token_id}
    return {"session_key": request.session.session_key}


class DeviceTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` of one installed app; 401 if the token or the account is gone."""

    def authenticate(self, request: Request) -> tuple[Person, DeviceAuth] | None:
        scheme, _space, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        found = devices.person_with_token(secret=secret.strip(), now=timezone.now())
        if found is None:
            raise AuthenticationFailed(_("This device was signed out. Sign in again."))
        person, token = found
        origin.name_device(token.session_key)
        return person, DeviceAuth(token.pk, token.session_key)

    def authenticate_header(self, request: Request) -> str:
        """Makes a missing or wrong token 401, not 403."""
        return 'Bearer realm="spaces"'
