"""Mounts every app's websocket routing."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

import rooms.routing

websocket_application = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(rooms.routing.urlpatterns)))
