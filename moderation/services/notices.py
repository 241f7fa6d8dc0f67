"""Telling people, in their own language: a row in the app, and a mail once the transaction is committed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from moderation.models import APPEAL_WITHIN, Decision, Notice, NoticeKind, Report
from spaces_site.enqueue import enqueue_on_commit

_SALT = "moderation.decision.v1"
#: A mail that was taken and not sent for so long is sent by another worker.
CLAIM_HOLDS = timedelta(minutes=5)


def tell(
    *,
    kind: NoticeKind,
    now: datetime,
    person: User | None = None,
    email: str = "",
    language: str = "",
    report: Report | None = None,
    decision: Decision | None = None,
    **facts: Any,
) -> Notice | None:
    """Write one message, and mail it to whoever has an address. Nobody to tell is no error."""
    email = email or (person.email if person is not None else "")
    if person is None and not email:
        return None
    with translation.override((person.language if person is not None else "") or language or settings.LANGUAGE_CODE):
        context = {"report": report, "decision": decision, "person": person, **facts}
        subject, _blank, body = (
            render_to_string(f"moderation/notices/{kind.lower()}.txt", context).strip().partition("\n")
        )
    notice = Notice.objects.create(
        person=person, email=email, kind=kind, subject=subject, body=body.strip(), report=report, decision=decision,
        made_at=now,
    )  # fmt: skip
    if email:
        enqueue_on_commit("moderation.tasks.mail_notice", notice_id=str(notice.pk))
    return notice


def mail(*, notice_id: UUID, now: datetime) -> bool:
    """Send one message by mail; False when it was sent, or another worker is about to.

    A worker that dies on the way leaves its claim, which runs out: rather twice than never.
    """
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_HOLDS)
    if not Notice.objects.filter(free, pk=notice_id, mailed_at=None).update(claimed_at=now):
        return False
    notice = Notice.objects.select_related("person", "decision").get(pk=notice_id)
    text = f"{notice.body}\n\n{_link(notice)}\n"
    try:
        send_mail(notice.subject, text, settings.DEFAULT_FROM_EMAIL, [notice.email])
    except Exception:
        Notice.objects.filter(pk=notice_id).update(claimed_at=None)
        raise
    Notice.objects.filter(pk=notice_id).update(mailed_at=now)
    return True


def decision_token(*, decision_id: UUID) -> str:
    """For the mail: opens one decision for whoever has it, since a suspended person cannot sign in."""
    return signing.dumps(str(decision_id), salt=_SALT)


def decision_of_token(*, token: str) -> UUID | None:
    """The decision that a token opens, or None: forged, or as old as nothing can be contested any more."""
    try:
        return UUID(signing.loads(token, salt=_SALT, max_age=APPEAL_WITHIN))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _link(notice: Notice) -> str:
    site = settings.PUBLIC_URL or f"http://127.0.0.1:{settings.PORT}"
    if notice.decision is not None:
        return site + reverse("decision-by-token", args=[decision_token(decision_id=notice.decision.pk)])
    return site + reverse("reports") if notice.person is not None else site


def mail_waiting(*, now: datetime) -> int:
    """Ask again for what was not sent within five minutes: a lost task, a mail server that was away."""
    waiting = Notice.objects.filter(mailed_at=None, made_at__lt=now - CLAIM_HOLDS).exclude(email="").order_by("made_at")
    ids = list(waiting.values_list("pk", flat=True)[:200])
    for notice_id in ids:
        enqueue_on_commit("moderation.tasks.mail_notice", notice_id=str(notice_id))
    return len(ids)
