"""Reporting by API, by page and by websocket; and what reporters see of it afterwards."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from moderation.models import Case, CaseState, Report
from moderation.services import decisions, reports
from moderation.services.decisions import Verdict
from moderation.services.reports import Sender, Words
from rooms.services import removals
from tests.moderation.broker_sound import leave_sound
from tests.rooms.cast import NOW, Cast, later, person
from tests.rooms.sockets.clients import InProcess
from tests.rooms.sockets.conftest import hub_ends as hub_ends
from tests.rooms.sockets.people import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/"
Signed = Callable[[User], Client]


@pytest.fixture
def cast(transactional_cast: Cast) -> Cast:
    return transactional_cast


def app_of(who: User | None) -> APIClient:
    client = APIClient()
    if who is not None:
        client.force_login(who)
    return client


def test_a_person_in_the_room_is_reported_by_the_app(cast: Cast) -> None:
    told = {"category": "self_harm", "participant": str(cast.speaker_place.pk), "at": "2026-03-14T19:00:00Z"}
    answer = app_of(cast.listener).post(f"{API}rooms/{cast.room.pk}/reports/", told, format="json")
    assert answer.status_code == 201, answer.content
    data = answer.json()["data"]
    report = Report.objects.get(pk=data["report"])
    assert data | {"report": ""} == {
        "report": "", "answer_within": 24, "helplines": {"FR": "3114", "EU": "112", "US": "988"},
    }  # fmt: skip
    assert (report.person, report.room, report.moment) == (cast.speaker, cast.room, NOW)
    assert report.evidence is not None


def test_whoever_was_put_out_reports_too_and_a_key_sends_once(cast: Cast) -> None:
    removals.remove_person(actor=cast.host, room_id=cast.room.pk, participant_id=cast.listener_place.pk, now=NOW)
    for _ in range(2):
        answer = app_of(cast.listener).post(
            f"{API}rooms/{cast.room.pk}/reports/", {"category": "harassment", "participant": str(cast.host.pk)},
            format="json", headers={"Idempotency-Key": "once"},
        )  # fmt: skip
        assert answer.status_code == 201
    assert Report.objects.count() == 1


def test_a_notice_of_illegal_content_needs_no_account(cast: Cast) -> None:
    notice: dict[str, Any] = {
        "category": "illegal",
        "url": f"/rooms/{cast.room.pk}/",
        "details": "It names its victims.",
    }
    refused = app_of(None).post(f"{API}reports/", notice, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/good_faith")
    notice = notice | {"good_faith": True, "name": "Ada", "email": "ada@example.org"}
    assert app_of(None).post(f"{API}reports/", notice, format="json").status_code == 201
    assert Report.objects.get().email == "ada@example.org"


def test_a_room_that_is_not_there_is_no_such_thing(cast: Cast) -> None:
    answer = app_of(cast.listener).post(f"{API}rooms/{cast.host.pk}/reports/", {"category": "spam"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_to_report")


async def test_by_websocket_from_within_the_room(cast: Cast, hub_ends: None) -> None:
    client = await InProcess(cast.room.pk, session=sign_in(cast.listener), device="listener-1").connect()
    await client.event("snapshot")
    sent = await client.command(
        "report.send", category="harassment", participant=str(cast.speaker_place.pk), concerns="me", details="Insults."
    )
    assert sent["type"] == "ack", sent
    report = await Report.objects.select_related("person", "case").aget(pk=sent["data"]["report"])
    assert (report.person, report.concerns, report.details) == (cast.speaker, "ME", "Insults.")
    assert sent["data"]["answer_within"] == 24
    bad = await client.command("report.send", category="nonsense")
    assert (bad["code"], bad["field"]) == ("bad_report", "category")
    assert (await client.command("report.send", category="spam", at="soon"))["field"] == "at"
    assert (await client.command("report.send", category="spam"))["type"] == "ack"


def test_a_page_without_script_sends_a_report_and_thanks(cast: Cast, browser_of: Signed) -> None:
    browser = browser_of(cast.listener)
    about = {"person": str(cast.speaker.pk), "room": str(cast.room.pk)}
    page = browser.get("/report/", about).content.decode()
    assert "What is happening?" in page
    assert "@speaker" in page
    assert cast.room.title in page
    refused = browser.post("/report/", about)
    assert (refused.status_code, "This field is required" in refused.content.decode()) == (422, True)
    thanked = browser.post("/report/", {**about, "category": "SELF_HARM", "details": "Now."}, follow=True)
    assert thanked.redirect_chain == [("/report/thanks/", 302)]
    assert "Thank you. We answer within 24 h (child safety: at once)." in thanked.content.decode()
    for number in ("3114", "112", "988"):
        assert f"tel:{number}" in thanked.content.decode()
    report = Report.objects.get()
    assert (report.reporter, report.person, report.room) == (cast.listener, cast.speaker, cast.room)


@pytest.mark.parametrize("about", ["person", "room", "url"])
def test_the_page_asks_for_the_sound_whatever_it_is_about(cast: Cast, browser_of: Signed, about: str) -> None:
    leave_sound(cast.room.pk, frames=60)
    browser = browser_of(cast.listener)
    told = {"person": str(cast.speaker.pk), "room": str(cast.room.pk), "url": f"/rooms/{cast.room.pk}/"}[about]
    page = browser.get("/report/", {about: told}).content.decode()
    assert 'name="keep_sound"' in page, "a box that is not there would be sent as a no"
    browser.post("/report/", {about: told, "category": "THREATS", "keep_sound": "on"})
    kept = Report.objects.get().evidence
    assert kept is not None
    assert kept.pieces


def test_the_notice_page_is_open_to_visitors_and_says_what_is_missing(client: Client, cast: Cast) -> None:
    assert "You need no account" in client.get("/report/illegal/").content.decode()
    told = {"category": "ILLEGAL", "url": f"/rooms/{cast.room.pk}/", "details": "Because."}
    refused = client.post("/report/illegal/", told)
    assert (refused.status_code, "Confirm that what you say" in refused.content.decode()) == (422, True)
    assert client.post("/report/illegal/", {**told, "good_faith": "on", "child_abuse": "on"}).status_code == 302
    report = Report.objects.get()
    assert (report.child_abuse, report.name, report.email) == (True, "", "")


def test_a_pace_is_told_on_the_page(client: Client, cast: Cast) -> None:
    told = {"category": "SPAM", "person": str(cast.speaker.pk)}
    # The first has no session yet; five more of that session are taken.
    for _ in range(6):
        assert client.post("/report/", told)["Location"] == "/report/thanks/"
    page = client.post("/report/", told, headers={"Referer": "http://testserver/report/"}, follow=True)
    assert "That was very fast" in page.content.decode()
    assert Report.objects.count() == 6


def test_the_reporter_follows_what_becomes_of_it(cast: Cast, browser_of: Signed) -> None:
    report = reports.send_report(
        sender=Sender(cast.listener), words=Words("HARASSMENT", person_id=cast.speaker.pk), now=NOW
    )
    app, browser, path = app_of(cast.listener), browser_of(cast.listener), f"{API}me/reports/{report.pk}/"

    def status() -> tuple[str, bool | None]:
        told = app.get(path).json()["data"]
        return told["status"], told["acted"]

    assert (status(), "Received" in browser.get(f"/reports/{report.pk}/").content.decode()) == (
        ("received", None),
        True,
    )
    warden = person("warden", is_staff=True)
    decisions.assign(actor=warden, case_id=report.case_id, now=later(1))
    assert status() == ("in_review", None)
    decisions.decide_case(actor=warden, case_id=report.case_id, verdict=Verdict("WARN", "HARASSMENT"), now=later(2))
    assert status() == ("answered", True)
    assert "Answered: we acted" in browser.get("/reports/").content.decode()
    assert Case.objects.get().state == CaseState.DECIDED


def test_threat_26_nobody_reads_other_peoples_reports(cast: Cast, browser_of: Signed) -> None:
    report = reports.send_report(sender=Sender(cast.listener), words=Words("SPAM", person_id=cast.speaker.pk), now=NOW)
    for who in (cast.speaker, cast.stranger):
        assert app_of(who).get(f"{API}me/reports/{report.pk}/").status_code == 404
        assert app_of(who).get(f"{API}me/reports/").json()["data"] == []
        assert browser_of(who).get(f"/reports/{report.pk}/").status_code == 404
    assert app_of(None).get(f"{API}me/reports/").status_code == 401
    assert app_of(cast.guest).get(f"{API}me/reports/").status_code == 401


def test_a_list_of_reports_costs_as_much_for_one_as_for_twenty(
    cast: Cast, browser_of: Signed, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Otherwise a slow machine reads the switches of staff in between.
    monkeypatch.setattr("accounts.queries.SWITCHES_SECONDS", 3600.0)
    for number in range(25):
        target = person(f"target_{number}")
        Report.objects.create(
            case=Case.objects.create(
                target=f"person:{target.pk}", person=target, severity=1, opened_at=NOW, last_report_at=NOW
            ),
            reporter=cast.listener, reporter_key="x", category="SPAM", person=target, sent_at=later(number),
        )  # fmt: skip
    browser, app = browser_of(cast.listener), app_of(cast.listener)
    # A browser's first page writes down that it was seen.
    browser.get("/help/")
    with django_assert_max_num_queries(12):
        assert browser.get("/reports/").content.decode().count('href="/reports/') >= 20
    first = app.get(f"{API}me/reports/").json()
    second = app.get(f"{API}me/reports/", {"next_token": first["meta"]["next_token"]}).json()
    ids = [one["id"] for one in first["data"] + second["data"]]
    assert (len(first["data"]), len(set(ids))) == (20, 25)
    assert "next_token" not in second["meta"]


def test_threat_06_a_report_tells_nobody_outside_who_was_in_a_room(cast: Cast) -> None:
    said = set()
    for room_id, whom in ((cast.room.pk, cast.listener), (cast.room.pk, person("elsewhere")), (uuid4(), cast.host)):
        told = {"category": "spam", "participant": str(whom.pk)}
        answer = app_of(cast.stranger).post(f"{API}rooms/{room_id}/reports/", told, format="json")
        said.add((answer.status_code, answer.json()["code"], answer.json()["detail"]))
    assert {(status, code) for status, code, _detail in said} == {(404, "nothing_to_report")}
    assert len(said) == 1


def test_limit_pace_threat_06_trying_people_in_a_room_counts_as_reporting(cast: Cast) -> None:
    told = {"category": "spam", "participant": str(cast.stranger.pk)}
    statuses = [
        app_of(cast.listener).post(f"{API}rooms/{cast.room.pk}/reports/", told, format="json").status_code
        for _ in range(6)
    ]
    assert statuses == [404] * 5 + [429]


def test_visitors_of_other_networks_are_not_answered_with_each_others_answers(db: None) -> None:
    notice = {
        "category": "illegal", "details": "Insults.", "url": "http://testserver/u/ana/", "name": "Ana",
        "email": "ana@example.org", "good_faith": True,
    }  # fmt: skip
    told = [
        APIClient(REMOTE_ADDR=address).post(
            f"{API}reports/", notice, format="json", headers={"Idempotency-Key": "the-same"}
        )
        for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")
    ]
    assert [one.status_code for one in told] == [201] * 3
    first, again, other = (one.json()["data"]["report"] for one in told)
    assert first == again != other
