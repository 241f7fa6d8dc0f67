from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        """Start to listen to the accounts."""
        import rooms.receivers  # noqa: F401
