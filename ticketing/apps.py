from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from ticketing.money import CURRENCIES


class TicketingConfig(AppConfig):
    name = "ticketing"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        """Refuse to start with what would lose money later."""
        if unknown := set(settings.TICKET_CURRENCIES) - set(CURRENCIES):
            raise ImproperlyConfigured(f"TICKET_CURRENCIES names unknown ones: {', '.join(sorted(unknown))}.")
        if missing := set(settings.TICKET_CURRENCIES) - set(settings.TICKET_PROCESSOR_FEES):
            raise ImproperlyConfigured(f"TICKET_PROCESSOR_FEES lacks: {', '.join(sorted(missing))}.")
        import_module("ticketing.receivers")
