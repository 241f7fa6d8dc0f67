"""What beat does for rooms."""

from celery import shared_task
from django.utils import timezone

from rooms.services import enforcement, sessions, succession


@shared_task(name="rooms.tasks.watch_rooms")
def watch_rooms(**kwargs: object) -> None:
    """Every two seconds: lost hosts and seats, offers that ran out, counts that wait. Safe to run twice."""
    succession.watch_rooms(now=timezone.now())


@shared_task(name="rooms.tasks.put_out_shut_out")
def put_out_shut_out(**kwargs: object) -> None:
    """Every two seconds: people blocked, removed or suspended who are inside still. Safe to run twice."""
    enforcement.put_out_shut_out(now=timezone.now())


@shared_task(name="rooms.tasks.check_sessions")
def check_sessions(**kwargs: object) -> None:
    """Every half minute: microphones whose sign-in is over, though nobody was told. Safe to run twice."""
    sessions.end_stale_microphones(now=timezone.now())
