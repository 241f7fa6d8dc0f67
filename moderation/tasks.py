"""What beat and the services ask workers to do for moderation."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from moderation.services import evidence, notices


@shared_task(
    name="moderation.tasks.mail_notice",
    autoretry_for=(OSError,),
    retry_backoff=10,
    max_retries=5,
)
def mail_notice(notice_id: str, **_: Any) -> None:
    """Send one message by mail. Running it twice sends it once."""
    notices.mail(notice_id=UUID(notice_id), now=timezone.now())


@shared_task(name="moderation.tasks.mail_waiting")
def mail_waiting(**_: Any) -> None:
    """Every five minutes: messages that were never sent. Running it twice changes nothing more."""
    notices.mail_waiting(now=timezone.now())


@shared_task(name="moderation.tasks.forget_evidence")
def forget_evidence(**_: Any) -> None:
    """Hourly: delete evidence whose time is over. Running it twice changes nothing more."""
    evidence.forget(now=timezone.now())
