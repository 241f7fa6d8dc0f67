"""The app of people."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Connects the receivers."""

    name = "accounts"

    def ready(self) -> None:
        import_module("accounts.receivers")
