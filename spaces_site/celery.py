"""The Celery app. Queues: `default` for short work, `media` for claims of live rooms."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")
# A deploy stops workers with SIGTERM; warm shutdown within the soft timeout loses no task.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")

app = Celery("spaces")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
