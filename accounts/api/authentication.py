"""Bearer tokens of devices."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class DeviceTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` of one installed app."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        return None
