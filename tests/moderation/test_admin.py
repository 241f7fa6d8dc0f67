"""Staff's queue, the case page, decisions and appeals in the admin."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.test import Client
from django.utils import timezone

from accounts.models import SiteSwitches, User
from moderation.models import Appeal, AuditEntry, Case, CaseState, Decision, Evidence, EvidenceState
from moderation.queries import case_file
from moderation.services import appeals, decisions, evidence, reports, sealing
from moderation.services.decisions import Verdict
from moderation.services.reports import Sender, Words
from rooms.models import RoomState
from rooms.queries.recent_sound import Piece
from rooms.services import pace
from spaces_site.boundary.origin import Origin
from tests.moderation.test_evidence import beep, clean_folder
from tests.rooms.cast import NOW, Cast, later, person

pytestmark = pytest.mark.django_db
Signed = Callable[[User], Client]
CASES, DECISIONS, APPEALS = (f"/admin/moderation/{name}/" for name in ("case", "decision", "appeal"))
clean_folder = clean_folder


def reported(who: User, category: str, *by: User, room: Any = None) -> Case:
    words = Words(category, person_id=who.pk, room_id=room.pk if room else None)
    return next(iter([reports.send_report(sender=Sender(one), words=words, now=NOW) for one in by])).case


def listed(page: Any) -> list[str]:
    return [str(case) for case in page.context["cl"].result_list]


def test_the_queue_goes_by_severity_then_live_then_reporters(cast: Cast, browser_of: Signed, warden: User) -> None:
    quiet, loud, child = person("quiet"), person("loud"), person("child_case")
    more = [person(f"reporter_{number}") for number in range(3)]
    reported(quiet, "HARASSMENT", cast.listener)
    reported(loud, "HARASSMENT", *more)
    reported(cast.speaker, "HARASSMENT", cast.listener)
    reported(child, "CHILD", cast.listener)
    page = browser_of(warden).get(CASES)
    assert listed(page) == ["@child_case", "@speaker", "@loud", "@quiet"]
    counts = "Child safety: <b>1</b>", "Live now: <b>1</b>", "The rest: <b>2</b>", "Appeals: <b>0</b>"
    for place in (CASES, "/admin/"):
        shown = browser_of(warden).get(place).content.decode()
        assert [count for count in counts if count not in shown] == []
    assert listed(browser_of(warden).get(CASES, {"queue": "live"})) == ["@speaker"]
    assert listed(browser_of(warden).get(CASES, {"queue": "decided"})) == []


def test_the_queue_costs_as_much_for_twenty_cases_as_for_one(
    cast: Cast, browser_of: Signed, warden: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        target = person(f"target_{number}")
        Case.objects.create(target=f"person:{target.pk}", person=target, severity=2, opened_at=NOW, last_report_at=NOW)
    browser = browser_of(warden)
    with django_assert_max_num_queries(16):
        assert len(listed(browser.get(CASES))) == 20


@pytest.fixture
def case(cast: Cast, warden: User) -> Case:
    """The speaker was reported in the room, and has been warned before."""
    decisions.decide_about(actor=warden, person=cast.speaker, verdict=Verdict("WARN", "SPAM"), now=later(-9))
    return reported(cast.speaker, "HARASSMENT", cast.listener, cast.stranger, room=cast.room)


@pytest.fixture
def sound(case: Case, cast: Cast) -> Evidence:
    """A beep that was kept for this case."""
    kept = Evidence(case=case, room=cast.room, taken_at=timezone.now(), state=EvidenceState.KEPT, pieces=[1.0])
    archive = evidence._packed(cast.room, [], [Piece(beep(), 1.0)], timezone.now())
    kept.file.save("beep.sealed", evidence.ContentFile(sealing.seal(archive)), save=False)
    kept.save(force_insert=True)
    return kept


def test_a_case_shows_room_person_reports_and_what_was_before(
    case: Case, cast: Cast, browser_of: Signed, warden: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        one = person(f"reporter_{number}")
        reports.send_report(sender=Sender(one), words=Words("SPAM", person_id=cast.speaker.pk), now=later(number))
    browser = browser_of(warden)
    with django_assert_max_num_queries(26):
        page = browser.get(f"{CASES}{case.pk}/change/").content.decode()
    for words in ("@speaker", "@host", cast.room.title, "@listener", "@reporter_29", "warning", "Close the room"):
        assert words in page, words
    assert '<option value="HARASSMENT" selected>' in page


def test_a_case_shows_what_its_reporters_reported_besides(
    case: Case,
    cast: Cast,
    browser_of: Signed,
    warden: User,
    django_assert_max_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "REPORTS", pace.Pace("report", ()))
    for number in range(12):
        target = person(f"target_{number}")
        sent = Words("SPAM", person_id=target.pk)
        other = reports.send_report(sender=Sender(cast.listener), words=sent, now=later(number)).case
        if number < 3:
            verdict = Verdict("NONE" if number else "WARN", "SPAM")
            decisions.decide_case(actor=warden, case_id=other.pk, verdict=verdict, now=later(100))
    reported(person("nobody_knows"), "HATE", cast.speaker)
    file = case_file.case_file(case_id=case.pk, now=NOW)
    assert file is not None
    (serial,) = file.reporters
    assert (serial.name, serial.sent, serial.dismissed) == ("@listener", 12, 2)
    assert [str(one.case) for one in serial.reports] == [f"@target_{number}" for number in range(11, 1, -1)]
    browser = browser_of(warden)
    with django_assert_max_num_queries(28):
        page = browser.get(f"{CASES}{case.pk}/change/").content.decode()
    assert re.search(r"<b>@listener</b> – 12 other reports,\s+2 without a breach", page)
    assert f"{CASES}{serial.reports[0].case_id}/change/" in page
    assert "@nobody_knows" not in page


def test_a_visitor_who_reports_in_series_is_known_by_their_address(cast: Cast) -> None:
    for who in (cast.speaker, cast.stranger):
        words = Words("ILLEGAL", details="Look.", person_id=who.pk, name="V", email="v@example.org", good_faith=True)
        made = reports.send_report(sender=Sender(AnonymousUser(), Origin(address="192.0.2.7")), words=words, now=NOW)
    file = case_file.case_file(case_id=made.case_id, now=NOW)
    assert file is not None
    assert [(one.name, one.sent, one.dismissed) for one in file.reporters] == [("V", 1, 0)]


def test_a_case_is_taken_and_decided_with_a_reason(case: Case, cast: Cast, browser_of: Signed, warden: User) -> None:
    browser, path = browser_of(warden), f"{CASES}{case.pk}/"
    browser.post(f"{path}assign/")
    case.refresh_from_db()
    assert (case.state, case.assigned_to) == (CaseState.ASSIGNED, warden)
    told = {"measure": "NO_MICROPHONE", "reason": "HARASSMENT", "days": "7", "facts": "Insults."}
    assert (
        "Days: Ensure this value" in browser.post(f"{path}decide/", {**told, "days": "0"}, follow=True).content.decode()
    )
    page = browser.post(f"{path}decide/", told, follow=True).content.decode()
    assert "Decided; everybody concerned is told." in page
    decision = Decision.objects.get(case=case)
    assert (decision.measure, decision.facts, decision.by) == ("NO_MICROPHONE", "Insults.", warden)
    assert "This case was decided meanwhile" in browser.post(f"{path}decide/", told, follow=True).content.decode()


def test_each_listen_is_decrypted_for_staff_and_written_down(
    sound: Evidence, cast: Cast, browser_of: Signed, warden: User
) -> None:
    path = f"{CASES}evidence/{sound.pk}/sound-0.mp4"
    page = browser_of(warden).get(f"{CASES}{sound.case_id}/change/").content.decode()
    assert f'<audio controls preload="none" src="{path}">' in page
    answer = browser_of(warden).get(path)
    assert (answer.content, answer["Content-Type"]) == (beep(), "audio/mp4")
    assert "no-store" in answer["Cache-Control"]
    assert browser_of(warden).get(f"{CASES}evidence/{sound.pk}/sound-7.mp4").status_code == 404
    assert browser_of(warden).get(f"{CASES}evidence/{sound.pk}/events/").status_code == 200
    written = AuditEntry.objects.filter(subject=str(sound.pk)).order_by("pk").values_list("act", "actor_name")
    assert list(written) == [("evidence.heard", "@warden"), ("evidence.read", "@warden")]
    for who in (cast.host, person("helper", is_staff=True)):
        assert browser_of(who).get(path).status_code in {302, 403}
    assert AuditEntry.objects.filter(act="evidence.heard").count() == 1


def test_a_legal_hold_is_set_and_ended_with_a_reason(case: Case, browser_of: Signed, warden: User) -> None:
    browser, path = browser_of(warden), f"{CASES}{case.pk}/hold/"
    browser.post(path, {"held": "1", "why": ""})
    case.refresh_from_db()
    assert not case.legal_hold
    browser.post(path, {"held": "1", "why": "A court asks"})
    case.refresh_from_db()
    assert case.legal_hold
    browser.post(path, {"held": "0", "why": "Done"})
    assert AuditEntry.objects.filter(act="case.held").count() == 2


def test_a_suspension_for_good_waits_on_its_page_for_somebody_else(
    case: Case, cast: Cast, browser_of: Signed, warden: User, second: User
) -> None:
    told = {"measure": "SUSPEND", "reason": "THREATS", "facts": "", "days": ""}
    browser_of(warden).post(f"{CASES}{case.pk}/decide/", told)
    decision = Decision.objects.get(case=case)
    path = f"{DECISIONS}{decision.pk}/"
    own = browser_of(warden).get(f"{path}change/").content.decode()
    assert ("You proposed this" in own, "Confirm: for good" in own) == (True, False)
    assert (
        "Somebody else than who decided first"
        in browser_of(warden).post(f"{path}confirm/", follow=True).content.decode()
    )
    assert "Confirm: for good" in browser_of(second).get(f"{path}change/").content.decode()
    assert "Confirmed" in browser_of(second).post(f"{path}confirm/", follow=True).content.decode()
    lifted = browser_of(warden).post(f"{path}lift/", {"why": "New facts"}, follow=True).content.decode()
    assert "Lifted; the person is told." in lifted
    cast.speaker.refresh_from_db()
    assert cast.speaker.is_active


def test_the_second_person_refuses_with_a_reason(
    case: Case, cast: Cast, browser_of: Signed, warden: User, second: User
) -> None:
    verdict = Verdict("SUSPEND", "THREATS")
    decision = decisions.decide_case(actor=warden, case_id=case.pk, verdict=verdict, now=timezone.now())
    path = f"{DECISIONS}{decision.pk}/refuse/"
    browser_of(second).post(path, {"why": ""})
    assert Decision.objects.get(pk=decision.pk).state == "PROPOSED"
    browser_of(second).post(path, {"why": "Too hard"})
    cast.speaker.refresh_from_db()
    assert cast.speaker.is_active
    assert AuditEntry.objects.get(act="decision.refused").why == "Too hard"


def test_an_appeal_is_answered_on_its_page_by_somebody_else(
    cast: Cast, browser_of: Signed, warden: User, second: User
) -> None:
    now = timezone.now()
    made = decisions.decide_about(
        actor=warden, person=cast.speaker, verdict=Verdict("NO_REACTIONS", "SPAM", days=9), now=now
    )
    appeal = appeals.appeal(person_id=cast.speaker.pk, decision_id=made.pk, words="It was a joke.", now=now)
    path = f"{APPEALS}{appeal.pk}/"
    assert "You decided before." in browser_of(warden).get(f"{path}change/").content.decode()
    assert "It was a joke." in browser_of(second).get(f"{path}change/").content.decode()
    told = {"overturned": "yes", "words": "You are right."}
    browser_of(warden).post(f"{path}answer/", told)
    assert Appeal.objects.get().state == "OPEN"
    assert "Answered" in browser_of(second).post(f"{path}answer/", told, follow=True).content.decode()
    cast.speaker.refresh_from_db()
    assert cast.speaker.no_reactions_until is None


def test_a_measure_without_a_report_begins_at_the_persons_page(cast: Cast, browser_of: Signed, warden: User) -> None:
    browser, path = browser_of(warden), f"{DECISIONS}about/{cast.speaker.pk}/"
    assert path in browser.get(f"/admin/accounts/user/{cast.speaker.pk}/change/").content.decode()
    assert "takes effect at once" in browser.get(path).content.decode()
    browser.post(path, {"measure": "LIMIT", "reason": "SPAM", "days": "3", "facts": ""})
    assert Decision.objects.get().measure == "LIMIT"


def test_the_kill_switch_begins_at_the_rooms_page(cast: Cast, browser_of: Signed, warden: User) -> None:
    browser, path = browser_of(warden), f"{DECISIONS}close/{cast.room.pk}/"
    assert path in browser.get(f"/admin/rooms/room/{cast.room.pk}/change/").content.decode()
    asked = browser.get(path).content.decode()
    assert "This cannot be undone." in asked
    assert 'value="Close the room"' in asked
    assert f'<a class="closelink" href="/admin/rooms/room/{cast.room.pk}/change/">Cancel</a>' in asked
    cast.room.refresh_from_db()
    assert cast.room.state == RoomState.LIVE
    browser.post(path, {"reason": "THREATS", "facts": "Calls for violence."})
    cast.room.refresh_from_db()
    assert (cast.room.state, cast.room.closed_note["en"]) == (RoomState.ENDED, "Threats of violence, or calls for it.")
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["case/{case}/decide/", "case/{case}/assign/", "case/{case}/hold/", "decision/about/{person}/"]
)
def test_whoever_may_only_look_decides_nothing(case: Case, cast: Cast, browser_of: Signed, path: str) -> None:
    helper = person("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_case", "view_decision"]))
    browser = browser_of(helper)
    assert browser.get(f"{CASES}{case.pk}/change/").status_code == 200
    told = {"measure": "WARN", "reason": "SPAM", "why": "x", "held": "1"}
    answer = browser.post(f"/admin/moderation/{path.format(case=case.pk, person=cast.speaker.pk)}", told)
    assert answer.status_code == 403
    case.refresh_from_db()
    assert (case.state, case.legal_hold, case.decisions.count()) == (CaseState.NEW, False, 0)


def test_the_switches_are_turned_in_the_admin_with_a_reason(browser_of: Signed, warden: User) -> None:
    browser, path = browser_of(warden), "/admin/accounts/siteswitches/1/change/"
    browser.get("/admin/accounts/siteswitches/")
    assert browser.post(path, {"no_new_rooms": "on", "why": ""}).status_code == 200
    assert browser.post(path, {"no_new_rooms": "on", "why": "A raid"}).status_code == 302
    assert SiteSwitches.objects.get().no_new_rooms
    assert AuditEntry.objects.get(act="site.switched").why == "A raid"
    assert browser.post("/admin/accounts/siteswitches/1/delete/", {"post": "yes"}).status_code == 403


def test_counts_are_for_staff_who_may_see_cases(browser_of: Signed) -> None:
    page = browser_of(person("helper", is_staff=True)).get("/admin/").content.decode()
    assert "Child safety" not in page


@pytest.mark.parametrize("may", [[], ["view_decision", "change_appeal", "view_auditentry", "change_user"]])
def test_evidence_and_cases_are_for_those_of_the_staff_who_look_after_them(
    sound: Evidence, browser_of: Signed, may: list[str]
) -> None:
    helper = person("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=may))
    browser, files = browser_of(helper), f"evidence/{sound.pk}"
    for path in ("", f"{sound.case_id}/change/", f"{files}/sound-0.mp4", f"{files}/events/"):
        assert browser.get(f"{CASES}{path}").status_code == 403
    assert not AuditEntry.objects.filter(act__startswith="evidence.").exists()
