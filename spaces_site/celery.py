"""The Celery app. Queues: `default` for short work, `media` for claims of live rooms."""

import os
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")
# A deploy stops workers with SIGTERM; warm shutdown within the soft timeout loses no task.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
# Django's checks load every page and API view, which no worker needs; the tests and each command run them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")


class PatientConnection(Connection):
    """Looks for a broker that went away twice a second; Kombu's own pause grows from 2 s to 30 s.

    Celery has no setting for it, and nothing that waits for the reaper or the watch should wait longer.
    """

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        """As Kombu's, with a pause between attempts that neither begins nor ends above half a second."""
        pause = {"interval_start": 0.5, "interval_step": 0, "interval_max": 0.5}
        return super().ensure_connection(*args, **(pause | kwargs))


class Amqp(AMQP):
    """Celery's own, with our connection."""

    Connection = PatientConnection


app = Celery("spaces", amqp=Amqp)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
