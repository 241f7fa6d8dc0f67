"""What somebody whom a host removed is told at page and API, and what there is against it."""

import re

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import blocks
from rooms.services import lifecycle, removals
from tests.rooms.cast import NOW, Cast

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "A host of this room removed you for good."


@pytest.fixture
def cast(transactional_cast: Cast) -> Cast:
    return transactional_cast


def remove(cast: Cast, *, for_good: bool = True) -> None:
    place = cast.listener_place
    removals.remove_person(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, for_good=for_good, now=NOW)


def page_for(who: User, cast: Cast, language: str = "en") -> tuple[int, str]:
    browser = Client(headers={"Accept-Language": language})
    browser.force_login(who)
    answer = browser.get(f"/rooms/{cast.room.pk}/")
    return answer.status_code, answer.content.decode()


def test_the_page_says_why_and_leads_to_a_report_of_the_room(cast: Cast) -> None:
    remove(cast)
    status, page = page_for(cast.listener, cast)
    assert status == 200
    for words in ("The host removed you from this room.", WHY, "Only the hosts can let you in again", "/help/#removed"):
        assert words in page, words
    report = f"/report/?room={cast.room.pk}"
    appeal = re.search(r"<summary[^>]*>Appeal</summary>.*?</details>", page, re.S)
    assert appeal is not None
    assert f'href="{report}"' in appeal[0]
    browser = Client()
    browser.force_login(cast.listener)
    form = browser.get(report).content.decode()
    assert cast.room.title in form
    sent = browser.post("/report/", {"room": str(cast.room.pk), "category": "HATE", "concerns": "ME"})
    assert sent.headers["Location"] == "/report/thanks/"
    assert 'id="removed"' in browser.get("/help/").content.decode()


def test_it_says_so_in_french(cast: Cast) -> None:
    User.objects.filter(pk=cast.listener.pk).update(language="fr")
    remove(cast)
    _status, page = page_for(cast.listener, cast, "fr")
    for words in ("L’hôte vous a retiré de ce salon.", "Pourquoi\u00a0?", "Contester"):
        assert words in page, words


def test_whoever_was_removed_for_now_finds_the_door_open(cast: Cast) -> None:
    remove(cast, for_good=False)
    _status, page = page_for(cast.listener, cast)
    assert "removed you" not in page
    assert f'action="/rooms/{cast.room.pk}/listen/"' in page


def test_the_api_says_what_kind_of_removal_it_is_and_what_there_is_against_it(cast: Cast) -> None:
    remove(cast)
    app = APIClient()
    app.force_login(cast.listener)
    path = f"/api/v1/rooms/{cast.room.pk}/"
    for refused in (app.post(f"{path}join/", {"device": "phone"}, format="json"), app.get(f"{path}snapshot/")):
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (403, "cannot_join")
        assert problem["detail"] == "The host removed you from this room."
        assert problem["data"] == {"removal": "for_good", "appeal": "reportFromRoom"}
    assert app.get(path).json()["data"]["viewer"]["door"] == "removed"
    told = app.post(f"{path}reports/", {"category": "harassment", "concerns": "me"}, format="json")
    assert told.status_code == 201, told.content


def test_threat_03_whoever_is_blocked_as_well_reads_nothing_of_it(cast: Cast) -> None:
    remove(cast)
    blocks.block_person(actor=cast.host, person_id=cast.listener.pk, now=NOW)
    status, page = page_for(cast.listener, cast)
    assert status == 404
    assert "removed" not in page


def test_of_a_room_that_is_over_nobody_is_told_a_removal(cast: Cast) -> None:
    remove(cast)
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=NOW)
    _status, page = page_for(cast.listener, cast)
    assert WHY not in page
