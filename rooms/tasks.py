"""What beat does for rooms."""

from celery import shared_task
from django.utils import timezone

from rooms.services import enforcement, followers, reminders, schedule, sessions, succession


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


@shared_task(name="rooms.tasks.send_reminders")
def send_reminders(**kwargs: object) -> None:
    """Every two seconds: reminders that are due, and followers of who opened a room. Run twice, each is told once."""
    reminders.send_all_due(clock=timezone.now)
    followers.tell_followers(clock=timezone.now)


@shared_task(name="rooms.tasks.cancel_overdue")
def cancel_overdue(**kwargs: object) -> None:
    """Every ten seconds: rooms that nobody began within half an hour. Safe to run twice."""
    schedule.cancel_overdue(now=timezone.now())
