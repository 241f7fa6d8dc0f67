"""Decisions as the person sees them, and contesting them: on pages, by API, by the link of the mail."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from moderation.models import Appeal, Decision
from moderation.services import decisions, notices
from moderation.services.decisions import Verdict
from tests.rooms.cast import Cast, person

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/"
Signed = Callable[[User], Client]


@pytest.fixture
def cast(transactional_cast: Cast) -> Cast:
    return transactional_cast


@pytest.fixture
def decision(cast: Cast) -> Decision:
    """The speaker may not speak for a week."""
    warden = person("warden", is_staff=True)
    verdict = Verdict("NO_MICROPHONE", "HARASSMENT", "Insults, by name.", days=7)
    return decisions.decide_about(actor=warden, person=cast.speaker, verdict=verdict, now=timezone.now())


def app_of(who: User | None) -> APIClient:
    client = APIClient()
    if who is not None:
        client.force_login(who)
    return client


def test_the_page_tells_reasons_and_takes_one_appeal(decision: Decision, cast: Cast, browser_of: Signed) -> None:
    browser, path = browser_of(cast.speaker), f"/decisions/{decision.pk}/"
    assert path in browser.get("/reports/").content.decode()
    page = browser.get(path).content.decode()
    for words in ("No microphone", "Harassment or insults against a person.", "Insults, by name.", "no machine"):
        assert words in page, words
    assert browser.post(path, {"words": " "}).status_code == 422
    answered = browser.post(path, {"words": "I quoted what was said to me."}, follow=True).content.decode()
    assert "Somebody else than who decided" in answered
    assert "I quoted what was said to me." in answered
    assert "<textarea" not in answered
    again = browser.post(path, {"words": "Again."}, headers={"Referer": f"http://testserver{path}"}, follow=True)
    assert "You have contested" in again.content.decode()
    assert Appeal.objects.count() == 1


def test_messages_are_on_the_page_and_in_the_api_for_their_reader_alone(
    decision: Decision, cast: Cast, browser_of: Signed
) -> None:
    page = browser_of(cast.speaker).get("/reports/").content.decode()
    assert "<summary>A decision of the moderation team about you" in page
    (told,) = app_of(cast.speaker).get(f"{API}me/notices/").json()["data"]
    assert (told["kind"], told["decision_id"]) == ("decided", str(decision.pk))
    assert "Insults, by name." in told["body"]
    assert app_of(cast.host).get(f"{API}me/notices/").json()["data"] == []
    assert app_of(None).get(f"{API}me/notices/").status_code == 401


def test_the_api_tells_the_same_and_takes_the_appeal(decision: Decision, cast: Cast) -> None:
    app = app_of(cast.speaker)
    (listed,) = app.get(f"{API}me/decisions/").json()["data"]
    told = app.get(f"{API}me/decisions/{decision.pk}/").json()["data"]
    assert listed == told
    assert (told["measure"], told["state"], told["ground"], told["may_appeal"]) == (
        "no_microphone", "in_force", "rules", True,
    )  # fmt: skip
    made = app.post(f"{API}me/decisions/{decision.pk}/appeal/", {"words": "No."}, format="json")
    assert (made.status_code, made.json()["data"]["appeal"]["state"]) == (201, "open")
    again = app.post(f"{API}me/decisions/{decision.pk}/appeal/", {"words": "No."}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "already_appealed")


def test_a_suspended_person_contests_by_the_link_of_the_mail(cast: Cast) -> None:
    warden = person("warden", is_staff=True)
    verdict = Verdict("SUSPEND", "THREATS", days=30)
    made = decisions.decide_about(actor=warden, person=cast.speaker, verdict=verdict, now=timezone.now())
    token = notices.decision_token(decision_id=made.pk)
    assert app_of(cast.speaker).get(f"{API}me/decisions/").status_code == 401
    assert app_of(None).get(f"{API}decisions/{token}/").json()["data"]["measure"] == "suspend"
    page = Client().get(f"/decisions/link/{token}/").content.decode()
    assert "Threats of violence" in page
    assert Client().post(f"/decisions/link/{token}/", {"words": "It was a play."}).status_code == 302
    again = app_of(None).post(f"{API}decisions/{token}/appeal/", {"words": "Again."}, format="json")
    assert again.json()["code"] == "already_appealed"
    assert Appeal.objects.get().words == "It was a play."


def test_nobody_reads_or_contests_what_is_about_others(decision: Decision, cast: Cast, browser_of: Signed) -> None:
    forged = notices.decision_token(decision_id=decision.pk)[:-3] + "abc"
    for who in (cast.host, cast.stranger):
        assert app_of(who).get(f"{API}me/decisions/{decision.pk}/").status_code == 404
        assert app_of(who).post(f"{API}me/decisions/{decision.pk}/appeal/", {"words": "x"}).status_code == 404
        assert browser_of(who).get(f"/decisions/{decision.pk}/").status_code == 404
    for path in (f"{API}decisions/{forged}/", f"/decisions/link/{forged}/"):
        assert Client().get(path).status_code == 404
    assert app_of(None).post(f"{API}decisions/{forged}/appeal/", {"words": "x"}, format="json").status_code == 404
    assert not Appeal.objects.exists()


def test_a_closed_room_says_why_and_its_host_finds_the_way_to_contest_it(cast: Cast, browser_of: Signed) -> None:
    warden = person("warden", is_staff=True)
    verdict = Verdict("CLOSE_ROOM", "THREATS", "Calls for violence.")
    decisions.close_room(actor=warden, room=cast.room, verdict=verdict, now=timezone.now())
    host = browser_of(cast.host).get(f"/rooms/{cast.room.pk}/").content.decode()
    words = "This room was closed by the moderation team. Reason: Threats of violence, or calls for it."
    assert words in host
    assert '<a class="btn btn-invert" href="/reports/">Appeal</a>' in host
    other = browser_of(cast.stranger).get(f"/rooms/{cast.room.pk}/", headers={"Accept-Language": "fr"}).content.decode()
    assert "Ce salon a été fermé par l’équipe de modération. Motif : Menaces de violence" in other.replace(
        "\u00a0", " "
    )
    assert '/reports/">Contester' not in other
    told = app_of(cast.stranger).get(f"{API}rooms/{cast.room.pk}/").json()["data"]
    assert (told["end_reason"], told["closed_reason"]) == ("staff", "Threats of violence, or calls for it.")
