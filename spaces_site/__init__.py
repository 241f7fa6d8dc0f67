"""Wiring of the site. The Celery app is made with it, so that every process sends to our broker."""

from spaces_site.celery import app as celery_app

__all__ = ["celery_app"]
