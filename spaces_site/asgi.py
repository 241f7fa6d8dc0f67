"""Every protocol's way in: media and health as plain ASGI, sockets by Channels, the rest Django."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402

from rooms.playback import LiveDoors  # noqa: E402
from spaces_site.boundary.bodies import BodyLimit  # noqa: E402
from spaces_site.boundary.charset import Utf8Only  # noqa: E402
from spaces_site.boundary.heap import collect_rarely, settle_heap  # noqa: E402
from spaces_site.health import HealthMiddleware  # noqa: E402
from spaces_site.sockets import websocket_application  # noqa: E402

application = ProtocolTypeRouter(
    {"http": LiveDoors(HealthMiddleware(Utf8Only(BodyLimit(django_application)))), "websocket": websocket_application}
)

settle_heap()
collect_rarely()
