"""Many at once, in threads that commit: one case, one decision, one answer. On SQLite and on PostgreSQL."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from moderation.models import Appeal, Case, Decision, Report
from moderation.services import appeals, audit, decisions, notices, reports
from moderation.services.decisions import CaseIsDecided, NotWaiting, Verdict
from moderation.services.reports import Sender, Words
from tests.rooms.cast import NOW, Cast, person
from tests.rooms.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_reports_that_come_at_once_are_one_case_with_every_reporter(transactional_cast: Cast) -> None:
    reporters = [person(f"reporter_{number}") for number in range(8)]
    words = Words("HARASSMENT", person_id=transactional_cast.speaker.pk)
    sent = at_once(
        *(lambda who=who: reports.send_report(sender=Sender(who), words=words, now=NOW) for who in reporters)
    )
    assert all(isinstance(one, Report) for one in sent), sent
    assert (Case.objects.get().reporter_count, Report.objects.count()) == (8, 8)


def test_a_case_is_decided_once(transactional_cast: Cast) -> None:
    words = Words("SPAM", person_id=transactional_cast.speaker.pk)
    case = reports.send_report(sender=Sender(transactional_cast.listener), words=words, now=NOW).case
    staff = [person(f"warden_{number}", is_staff=True) for number in range(4)]
    made = at_once(
        *(
            lambda who=who: decisions.decide_case(
                actor=who, case_id=case.pk, verdict=Verdict("NO_REACTIONS", "SPAM", days=1), now=timezone.now()
            )
            for who in staff
        )
    )
    assert sum(isinstance(one, CaseIsDecided) for one in made) == 3
    assert Decision.objects.count() == 1


def test_a_second_person_confirms_or_refuses_and_not_both(transactional_cast: Cast) -> None:
    speaker = transactional_cast.speaker
    first, second, third = (person(f"warden_{number}", is_staff=True) for number in range(3))
    verdict, now = Verdict("SUSPEND", "THREATS"), timezone.now()
    decision = decisions.decide_about(actor=first, person=speaker, verdict=verdict, now=now)
    results = at_once(
        lambda: decisions.confirm(actor=second, decision_id=decision.pk, now=now),
        lambda: decisions.refuse(actor=third, decision_id=decision.pk, why="No", now=now),
    )
    assert sum(isinstance(one, NotWaiting) for one in results) == 1
    decision.refresh_from_db()
    speaker.refresh_from_db()
    assert speaker.is_active is (decision.state == "REFUSED")


def test_of_two_decisions_at_once_the_person_keeps_what_both_say(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker, now = transactional_cast.speaker, timezone.now()
    one, two = (person(f"warden_{number}", is_staff=True) for number in range(2))
    long, short = (Verdict("NO_REACTIONS", "SPAM", days=days) for days in (9, 1))
    lifted = decisions.decide_about(actor=one, person=speaker, verdict=long, now=now)
    both, record = threading.Barrier(2), audit.record

    def meet(**told: Any) -> Any:
        """Both have written their decision down, and neither has looked at the other's. SQLite has one writer."""
        if connection.vendor != "sqlite":
            both.wait(30)
        return record(**told)

    monkeypatch.setattr(audit, "record", meet)
    at_once(
        lambda: decisions.lift(actor=one, decision_id=lifted.pk, why="A mistake", now=now),
        lambda: decisions.decide_about(actor=two, person=speaker, verdict=short, now=now),
    )
    speaker.refresh_from_db()
    assert speaker.no_reactions_until == now + timedelta(days=1)


def test_a_decision_is_contested_once_and_a_mail_is_sent_once(transactional_cast: Cast) -> None:
    speaker, warden = transactional_cast.speaker, person("warden", is_staff=True)
    now = timezone.now()
    made = decisions.decide_about(actor=warden, person=speaker, verdict=Verdict("LIMIT", "SPAM"), now=now)
    results = at_once(
        *(lambda: appeals.appeal(person_id=speaker.pk, decision_id=made.pk, words="No.", now=now) for _ in range(4))
    )
    assert sum(isinstance(one, Appeal) for one in results) == 1
    notice = notices.Notice.objects.get(person=speaker)
    notices.Notice.objects.filter(pk=notice.pk).update(email="sam@example.org")
    mailed = at_once(*(lambda: notices.mail(notice_id=notice.pk, now=now) for _ in range(4)))
    assert [bool(one) for one in mailed].count(True) == 1
