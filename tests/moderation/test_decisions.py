"""The ladder: what a measure does at once, how it ends, the second person, reasons told, and contesting it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import FOREVER, User
from accounts.services import suspension
from accounts.services.staff import NotStaff
from moderation.models import Appeal, AuditEntry, Case, CaseState, Decision, DecisionState, Notice
from moderation.queries import own
from moderation.services import appeals, decisions, notices, reports
from moderation.services.decisions import Verdict
from moderation.services.reports import Sender, Words
from rooms import events
from rooms.models import RoomState
from rooms.protocol import recent_events_key
from rooms.services import hosts, lifecycle
from tests.rooms.cast import NOW, Cast, later, person

pytestmark = pytest.mark.django_db
Committed = Callable[..., Any]


@pytest.fixture
def case(cast: Cast) -> Case:
    """The speaker was reported by the listener."""
    words = Words("HARASSMENT", person_id=cast.speaker.pk, room_id=cast.room.pk)
    return reports.send_report(sender=Sender(cast.listener), words=words, now=NOW).case


def decide(case: Case, actor: User, measure: str, days: int | None = None, **more: Any) -> Decision:
    verdict = Verdict(measure, "HARASSMENT", "Insults, by name.", days)
    return decisions.decide_case(actor=actor, case_id=case.pk, verdict=verdict, now=more.get("now", timezone.now()))


@pytest.mark.parametrize(
    ("measure", "column"),
    [
        ("NO_REACTIONS", "no_reactions_until"),
        ("NO_MICROPHONE", "no_microphone_until"),
        ("NO_HOSTING", "no_hosting_until"),
        ("LIMIT", "limited_until"),
        ("SUSPEND", "suspended_until"),
    ],
)
def test_each_measure_is_a_time_in_the_persons_row_and_can_be_lifted(
    case: Case, cast: Cast, warden: User, measure: str, column: str
) -> None:
    decision = decide(case, warden, measure, days=7)
    cast.speaker.refresh_from_db()
    assert getattr(cast.speaker, column) == decision.ends_at
    assert cast.speaker.is_active is (measure != "SUSPEND")
    decisions.lift(actor=warden, decision_id=decision.pk, why="A mistake", now=timezone.now())
    cast.speaker.refresh_from_db()
    assert (getattr(cast.speaker, column), cast.speaker.is_active) == (None, True)
    with pytest.raises(decisions.NotWaiting):
        decisions.lift(actor=warden, decision_id=decision.pk, why="Again", now=timezone.now())


def test_a_warning_switches_nothing_off_and_a_dismissal_is_no_decision_about_anybody(
    case: Case, cast: Cast, warden: User
) -> None:
    warning = decide(case, warden, "WARN")
    assert Notice.objects.filter(person=cast.speaker, kind="DECIDED").count() == 1
    with pytest.raises(decisions.NotWaiting):
        decisions.lift(actor=warden, decision_id=warning.pk, why="There is nothing to lift", now=timezone.now())
    again = reports.send_report(sender=Sender(cast.stranger), words=Words("SPAM", person_id=cast.speaker.pk), now=NOW)
    decide(again.case, warden, "NONE")
    assert Notice.objects.filter(person=cast.speaker).count() == 1
    assert "no breach" in Notice.objects.get(person=cast.stranger, kind="ANSWERED").body


def test_two_measures_of_one_kind_hold_until_the_later_one_ends(cast: Cast, warden: User) -> None:
    now = timezone.now()
    short, long = (
        decisions.decide_about(
            actor=warden, person=cast.speaker, verdict=Verdict("NO_REACTIONS", "SPAM", days=days), now=now
        )
        for days in (1, 9)
    )
    decisions.lift(actor=warden, decision_id=short.pk, why="x", now=now)
    cast.speaker.refresh_from_db()
    assert cast.speaker.no_reactions_until == long.ends_at


def test_no_hosting_ends_the_persons_room_with_its_reason_in_every_language(
    cast: Cast, warden: User, django_capture_on_commit_callbacks: Committed
) -> None:
    verdict = Verdict("NO_HOSTING", "HATE", "From the third minute on.", days=7)
    with django_capture_on_commit_callbacks(execute=True):
        decisions.decide_about(actor=warden, person=cast.host, verdict=verdict, now=timezone.now())
    cast.room.refresh_from_db()
    note = decisions.reason_in_all("HATE")
    assert (cast.room.state, cast.room.end_reason, cast.room.closed_note) == (RoomState.ENDED, "staff", note)
    told = events.broker().lrange(recent_events_key(str(cast.room.pk)), -1, -1)
    assert json.loads(told[0])["data"] == {"why": "staff", "note": note}
    for language, words in (("en", "Hate or discrimination"), ("fr", "Haine ou discrimination")):
        assert words in note[language]


@pytest.mark.django_db(transaction=True)
def test_whoever_hosted_a_closed_room_finds_the_way_to_contest_it(
    transactional_cast: Cast, warden: User, browser_of: Callable[[User], Client]
) -> None:
    cast = transactional_cast
    hosts.hand_over(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)
    verdict = Verdict("NO_HOSTING", "HATE", days=7)
    decisions.decide_about(actor=warden, person=cast.speaker, verdict=verdict, now=timezone.now())
    for who, contests in ((cast.speaker, True), (cast.listener, False)):
        page = browser_of(who).get(f"/rooms/{cast.room.pk}/").content.decode()
        assert "Reason: Hate or discrimination" in page
        assert ('href="/reports/">Appeal</a>' in page) is contests, who


def test_a_suspension_for_good_is_provisional_until_a_second_person_confirms(
    case: Case, cast: Cast, warden: User, second: User
) -> None:
    decision = decide(case, warden, "SUSPEND")
    cast.speaker.refresh_from_db()
    assert (decision.state, cast.speaker.is_active, cast.speaker.suspended_until) == ("PROPOSED", False, FOREVER)
    case.refresh_from_db()
    assert case.state == CaseState.WAITING
    with pytest.raises(decisions.AnotherPersonNeeded):
        decisions.confirm(actor=warden, decision_id=decision.pk, now=timezone.now())
    with pytest.raises(NotStaff):
        decisions.confirm(actor=cast.host, decision_id=decision.pk, now=timezone.now())
    confirmed = decisions.confirm(actor=second, decision_id=decision.pk, now=timezone.now())
    assert (confirmed.state, confirmed.second) == (DecisionState.STANDING, second)
    case.refresh_from_db()
    assert case.state == CaseState.DECIDED
    assert suspension.end_suspensions(now=timezone.now() + timedelta(days=9000)) == 0
    acts = list(AuditEntry.objects.filter(subject=str(decision.pk)).order_by("pk").values_list("act", "actor_name"))
    assert acts == [("decision.proposed", "@warden"), ("decision.confirmed", "@second")]


def test_the_second_person_refuses_and_the_person_is_back(case: Case, cast: Cast, warden: User, second: User) -> None:
    decision = decide(case, warden, "SUSPEND")
    decisions.refuse(actor=second, decision_id=decision.pk, why="Too hard", now=timezone.now())
    cast.speaker.refresh_from_db()
    assert (cast.speaker.is_active, cast.speaker.suspended_until) == (True, None)
    with pytest.raises(decisions.NotWaiting):
        decisions.confirm(actor=second, decision_id=decision.pk, now=timezone.now())


def answered(case: Case) -> list[str]:
    """What those who reported were told of the outcome."""
    told = Notice.objects.filter(kind="ANSWERED", report__case=case)
    return ["acted" if "acted on it" in notice.body else "no breach" for notice in told]


def test_who_reported_hears_of_a_suspension_for_good_when_it_is_final(
    case: Case, cast: Cast, warden: User, second: User
) -> None:
    decision = decide(case, warden, "SUSPEND")
    assert answered(case) == []
    assert own.report_of(person=cast.listener, report_id=case.reports.get().pk).status == "in_review"
    decisions.confirm(actor=second, decision_id=decision.pk, now=timezone.now())
    assert answered(case) == ["acted"]


def test_who_reported_is_not_told_of_a_measure_that_the_second_person_refused(
    case: Case, cast: Cast, warden: User, second: User
) -> None:
    decision = decide(case, warden, "SUSPEND")
    decisions.refuse(actor=second, decision_id=decision.pk, why="Too hard", now=timezone.now())
    assert answered(case) == ["no breach"]
    told = own.report_of(person=cast.listener, report_id=case.reports.get().pk)
    assert (told.status, told.acted) == ("answered", False)


def test_a_provisional_suspension_taken_back_on_appeal_leaves_no_case_waiting(
    case: Case, cast: Cast, warden: User, second: User
) -> None:
    decision, now = decide(case, warden, "SUSPEND"), timezone.now()
    made = appeals.appeal(person_id=cast.speaker.pk, decision_id=decision.pk, words="It was a play.", now=now)
    appeals.answer(actor=second, appeal_id=made.pk, overturned=True, words="It was.", now=now)
    case.refresh_from_db()
    assert (case.state, case.closed_at) == (CaseState.DECIDED, now)
    assert answered(case) == ["no breach"]


def test_a_case_confirmed_while_it_is_contested_keeps_its_evidence_until_the_answer(
    case: Case, cast: Cast, warden: User, second: User
) -> None:
    decision, now = decide(case, warden, "SUSPEND"), timezone.now()
    made = appeals.appeal(person_id=cast.speaker.pk, decision_id=decision.pk, words="It was a play.", now=now)
    decisions.confirm(actor=second, decision_id=decision.pk, now=now)
    case.refresh_from_db()
    assert (case.state, case.closed_at) == (CaseState.APPEALED, None)
    third = person("third", is_staff=True)
    appeals.answer(actor=third, appeal_id=made.pk, overturned=False, words="It was not.", now=now)
    case.refresh_from_db()
    assert (case.state, case.closed_at) == (CaseState.CLOSED, now)


def test_nobody_decides_about_themselves_an_administrator_or_twice(case: Case, cast: Cast, warden: User) -> None:
    helper = person("helper", is_staff=True)
    for whom in (warden, helper):
        with pytest.raises(decisions.CannotDecideAbout):
            decisions.decide_about(actor=helper, person=whom, verdict=Verdict("WARN", "SPAM"), now=NOW)
    with pytest.raises(NotStaff):
        decide(case, cast.host, "WARN")
    decide(case, warden, "WARN")
    with pytest.raises(decisions.CaseIsDecided):
        decide(case, warden, "SUSPEND")


def test_reasons_are_told_in_the_persons_language_in_the_app_and_by_mail(
    case: Case, cast: Cast, warden: User, django_capture_on_commit_callbacks: Committed
) -> None:
    User.objects.filter(pk=cast.speaker.pk).update(language="fr", email="sam@example.org")
    decision = decide(case, warden, "NO_MICROPHONE", days=3)
    told = Notice.objects.get(person=cast.speaker)
    assert told.subject == "Une décision de l’équipe de modération vous concernant"
    for words in ("Harcèlement ou insultes envers une personne.", "Insults, by name.", "six mois", "non une machine"):
        assert words in told.body
    assert [notices.mail(notice_id=told.pk, now=timezone.now()) for _ in range(2)] == [True, False]
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["sam@example.org"], told.subject)
    token = sent.body.split("/decisions/link/")[1].split("/")[0]
    assert notices.decision_of_token(token=token) == decision.pk
    assert notices.decision_of_token(token=token[:-2]) is None


def test_a_mail_whose_worker_died_is_sent_by_another(
    case: Case, cast: Cast, warden: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=cast.speaker.pk).update(email="sam@example.org")
    cast.speaker.refresh_from_db()
    decide(case, warden, "WARN", now=NOW)
    told = Notice.objects.get(person=cast.speaker)

    def killed(*_all: Any, **_named: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(notices, "send_mail", killed)
        with pytest.raises(SystemExit):
            notices.mail(notice_id=told.pk, now=NOW)
    assert not notices.mail(notice_id=told.pk, now=later(299)), "the first may still be at it"
    assert notices.mail_waiting(now=later(301)) == 1
    assert notices.mail(notice_id=told.pk, now=later(301))
    assert [sent.to for sent in mail.outbox] == [["sam@example.org"]]
    assert notices.mail_waiting(now=later(3600)) == 0


def test_a_mail_that_fails_is_sent_later(case: Case, cast: Cast, warden: User, settings: Any, monkeypatch: Any) -> None:
    User.objects.filter(pk=cast.speaker.pk).update(email="sam@example.org")
    cast.speaker.refresh_from_db()
    decide(case, warden, "WARN", now=NOW)
    told = Notice.objects.get(person=cast.speaker)
    settings.EMAIL_BACKEND = "tests.moderation.test_decisions.Away"
    with pytest.raises(OSError, match="away"):
        notices.mail(notice_id=told.pk, now=NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    asked: list[Any] = []
    monkeypatch.setattr(notices, "enqueue_on_commit", lambda name, notice_id: asked.append(notice_id))
    assert notices.mail_waiting(now=later(60)) == 0
    assert notices.mail_waiting(now=later(301)) == 1
    assert asked == [str(told.pk)]
    assert notices.mail(notice_id=told.pk, now=later(302))


class Away:
    """A mail server that is away."""

    def __init__(self, **_: Any) -> None:
        """Nothing to keep."""

    def send_messages(self, messages: Any) -> int:
        raise OSError("away")


def test_reporters_are_answered_once_each(case: Case, cast: Cast, warden: User) -> None:
    again = Words("SPAM", person_id=cast.speaker.pk)
    for who in (cast.listener, cast.stranger):
        reports.send_report(sender=Sender(who), words=again, now=later(1))
    decide(case, warden, "WARN")
    answered = (
        Notice.objects.filter(kind="ANSWERED").order_by("person__handle").values_list("person__handle", flat=True)
    )
    assert list(answered) == ["listener", "stranger"]


def test_the_kill_switch_closes_the_room_with_its_reason_and_the_host_contests_it(
    cast: Cast, warden: User, second: User
) -> None:
    verdict = Verdict("CLOSE_ROOM", "THREATS", "Calls for violence.")
    decision = decisions.close_room(actor=warden, room=cast.room, verdict=verdict, now=timezone.now())
    cast.room.refresh_from_db()
    assert (cast.room.state, cast.room.end_reason) == (RoomState.ENDED, "staff")
    assert cast.room.closed_note == {
        "en": "Threats of violence, or calls for it.", "fr": "Menaces de violence, ou appels à la violence.",
    }  # fmt: skip
    assert AuditEntry.objects.filter(act="room.closed", room_title=cast.room.title).count() == 1
    appeals.appeal(person_id=cast.host.pk, decision_id=decision.pk, words="It was a play.", now=timezone.now())


def test_a_room_closed_for_what_somebody_else_did_in_it_is_told_to_its_host(
    case: Case, cast: Cast, warden: User
) -> None:
    decision = decide(case, warden, "CLOSE_ROOM")
    cast.room.refresh_from_db()
    assert (decision.person, cast.room.state) == (cast.host, RoomState.ENDED)
    assert set(Notice.objects.filter(kind="DECIDED").values_list("person__handle", flat=True)) == {"host"}


def test_a_room_that_is_over_is_not_closed_once_more(case: Case, cast: Cast, warden: User) -> None:
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=timezone.now())
    with pytest.raises(decisions.RoomIsOver):
        decide(case, warden, "CLOSE_ROOM")
    case.refresh_from_db()
    assert case.state == CaseState.NEW
    assert not Notice.objects.filter(person=cast.host).exists()


def test_an_appeal_is_made_once_by_the_person_alone_and_answered_by_somebody_else(
    case: Case, cast: Cast, warden: User, second: User
) -> None:
    decision = decide(case, warden, "SUSPEND", days=30)
    now = timezone.now()
    with pytest.raises(decisions.NoSuchDecision):
        appeals.appeal(person_id=cast.stranger.pk, decision_id=decision.pk, words="Let them.", now=now)
    with pytest.raises(appeals.EmptyAppeal):
        appeals.appeal(person_id=cast.speaker.pk, decision_id=decision.pk, words=" ", now=now)
    token = notices.decision_token(decision_id=decision.pk)
    made = appeals.appeal_by_token(token=token, words="I quoted what was said to me.", now=now)
    with pytest.raises(appeals.AlreadyAppealed):
        appeals.appeal(person_id=cast.speaker.pk, decision_id=decision.pk, words="Again.", now=now)
    case.refresh_from_db()
    assert (case.state, case.closed_at) == (CaseState.APPEALED, None)
    with pytest.raises(decisions.AnotherPersonNeeded):
        appeals.answer(actor=warden, appeal_id=made.pk, overturned=True, words="Fine.", now=now)
    appeals.answer(actor=second, appeal_id=made.pk, overturned=True, words="You are right.", now=now)
    cast.speaker.refresh_from_db()
    decision.refresh_from_db()
    case.refresh_from_db()
    assert (cast.speaker.is_active, decision.state, case.state) == (True, "LIFTED", CaseState.CLOSED)
    assert "You are right." in Notice.objects.get(kind="APPEAL_ANSWERED").body
    with pytest.raises(appeals.NoSuchAppeal):
        appeals.answer(actor=second, appeal_id=made.pk, overturned=False, words="No.", now=now)


def test_who_confirmed_a_suspension_does_not_answer_its_appeal(
    case: Case, cast: Cast, warden: User, second: User
) -> None:
    decision = decide(case, warden, "SUSPEND")
    decisions.confirm(actor=second, decision_id=decision.pk, now=timezone.now())
    made = appeals.appeal(person_id=cast.speaker.pk, decision_id=decision.pk, words="No.", now=timezone.now())
    with pytest.raises(decisions.AnotherPersonNeeded):
        appeals.answer(actor=second, appeal_id=made.pk, overturned=False, words="Yes.", now=timezone.now())
    third = person("third", is_staff=True)
    appeals.answer(actor=third, appeal_id=made.pk, overturned=False, words="It stays.", now=timezone.now())
    cast.speaker.refresh_from_db()
    assert not cast.speaker.is_active
    assert Appeal.objects.get().state == "UPHELD"


def test_after_six_months_nothing_is_contested(cast: Cast, warden: User) -> None:
    decision = decisions.decide_about(actor=warden, person=cast.speaker, verdict=Verdict("LIMIT", "SPAM"), now=NOW)
    with pytest.raises(appeals.TooLateToAppeal):
        appeals.appeal(person_id=cast.speaker.pk, decision_id=decision.pk, words="Now.", now=NOW + timedelta(days=183))


def test_nobody_decides_lifts_or_answers_in_a_matter_of_their_own(cast: Cast, warden: User) -> None:
    judge = person("judge", is_staff=True)
    about_judge = reports.send_report(
        sender=Sender(cast.listener), words=Words("HARASSMENT", person_id=judge.pk), now=NOW
    ).case
    with pytest.raises(decisions.CannotDecideAbout):
        decide(about_judge, judge, "NONE")
    decision = decide(about_judge, warden, "NO_HOSTING")
    contested = appeals.appeal(person_id=judge.pk, decision_id=decision.pk, words="I did not.", now=timezone.now())
    with pytest.raises(decisions.CannotDecideAbout):
        decisions.lift(actor=judge, decision_id=decision.pk, why="Mine", now=timezone.now())
    with pytest.raises(decisions.CannotDecideAbout):
        appeals.answer(actor=judge, appeal_id=contested.pk, overturned=True, words="Mine", now=timezone.now())
    decision.refresh_from_db()
    assert decision.state == DecisionState.STANDING
