"""Threat 18: whatever people write into any text is text on every page that shows it, staff's pages too."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import messages, posts
from accounts.services.wording import Draft
from moderation.services import appeals, decisions, reports
from moderation.services.decisions import Verdict
from moderation.services.reports import Sender, Words
from rooms.services import lifecycle
from tests.rooms.cast import Cast, later, person

pytestmark = pytest.mark.django_db
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></textarea></script><svg/onload=alert(1)>",
    "{{ 7|add:7 }}{% debug %}",
    "javascript:alert(1)//'onclick='alert(1)",
)


def browser_of(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def written_everywhere(cast: Cast, payload: str) -> tuple[User, list[str]]:
    """Put it into every text that people and staff write; a member of staff, and the pages that show it."""
    now, warden = timezone.now(), person("warden", is_staff=True, is_superuser=True)
    User.objects.filter(pk=cast.speaker.pk).update(display_name=payload[:50], bio=payload)
    changes = {"title": f"Sea {payload}"[:80], "description": payload, "topics": [payload[:30]]}
    lifecycle.change_room(actor=cast.host, room_id=cast.room.pk, changes=changes, now=now)
    later_room = lifecycle.schedule_room(
        creator=cast.host, title=f"Sea {payload}"[:80], scheduled_start=later(10**9), now=later(10**9 - 9)
    )
    words = Words("ILLEGAL", details=payload, url=payload, person_id=cast.speaker.pk, room_id=cast.room.pk,
                  name=payload, email="ada@example.org", good_faith=True)  # fmt: skip
    report = reports.send_report(sender=Sender(cast.listener), words=words, now=now)
    verdict = Verdict("NO_REACTIONS", "SPAM", payload, 3)
    decision = decisions.decide_case(actor=warden, case_id=report.case_id, verdict=verdict, now=now)
    appeal = appeals.appeal(person_id=cast.speaker.pk, decision_id=decision.pk, words=payload, now=now)
    draft = Draft(payload)
    post_id = posts.publish(actor=cast.speaker, draft=draft, now=now)
    posts.reply(actor=cast.listener, post_id=post_id, draft=draft, now=now)
    messages.send(actor=cast.listener, person_id=cast.speaker.pk, draft=draft, now=now)
    reports.send_report(sender=Sender(cast.stranger), words=Words("SPAM", post_id=post_id), now=now)
    return warden, [
        "/posts/", f"/posts/{post_id}/", "/@speaker/posts/", f"/posts/{post_id}/delete/", f"/report/?post={post_id}",
        "/messages/requests/", "/messages/@speaker/", "/messages/@listener/", "/admin/accounts/post/",
        "/", "/@speaker/", f"/rooms/{cast.room.pk}/", f"/rooms/{later_room.pk}/", f"/reports/{report.pk}/", "/reports/",
        f"/decisions/{decision.pk}/", f"/report/?person={cast.speaker.pk}&room={cast.room.pk}", "/@speaker/block/",
        "/admin/moderation/case/?queue=all", f"/admin/moderation/case/{report.case_id}/change/",
        f"/admin/moderation/appeal/{appeal.pk}/change/", f"/admin/moderation/decision/{decision.pk}/change/",
        "/admin/moderation/auditentry/", "/admin/rooms/room/", f"/admin/rooms/room/{cast.room.pk}/change/",
        f"/admin/accounts/user/{cast.speaker.pk}/change/", f"/api/v1/rooms/{cast.room.pk}/",
    ]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_threat_18_no_text_is_markup_on_any_page(cast: Cast, payload: str) -> None:
    warden, pages = written_everywhere(cast, payload)
    shown = 0
    for path in pages:
        readers = (warden,) if path.startswith("/admin") else (cast.listener, cast.speaker, cast.stranger)
        for reader in readers:
            answer = browser_of(reader).get(path)
            if answer.status_code == 404 or "json" in answer["Content-Type"]:
                continue
            text = answer.content.decode()
            assert answer.status_code == 200, path
            assert payload not in text or "<" not in payload, path
            assert "onclick='alert" not in text, path
            shown += "alert(1)" in text or "7|add:7" in text
    assert shown > len(pages) // 2, "it is on most of these pages, as text"
