"""Invitations and warnings by pages alone: the list, the link, and the door when somebody blocked speaks."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Hosting, User
from accounts.services import blocks
from rooms.models import Invitation, InvitationState
from rooms.services import invitations, lifecycle
from tests.rooms.cast import NOW, Cast, later, person

pytestmark = pytest.mark.django_db


def page_of(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def link(cast: Cast, kind: str = "SPEAK") -> str:
    key = invitations.make_link(actor=cast.host, room_id=cast.room.pk, kind=kind, now=NOW).key
    return f"/rooms/{cast.room.pk}/?invitation={key}"


def test_the_list_names_host_and_room_and_takes_an_answer(cast: Cast) -> None:
    page = page_of(cast.stranger)
    assert "No invitations" in page.get("/invitations/").content.decode()
    asked = invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=cast.stranger.pk, kind="SPEAK", now=NOW)
    shown = page.get("/invitations/").content.decode()
    assert cast.room.title in shown
    assert f"{cast.host.display_name} asks you to speak" in shown
    page.post(f"/rooms/{cast.room.pk}/invitations/{asked}/decline/")
    assert Invitation.objects.get().state == InvitationState.DECLINED
    assert "No invitations" in page.get("/invitations/").content.decode()


def test_home_says_that_invitations_wait_until_they_are_answered(cast: Cast) -> None:
    page = page_of(cast.stranger)
    assert "for your answer" not in page.get("/").content.decode()
    asked = invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=cast.stranger.pk, kind="SPEAK", now=NOW)
    shown = page.get("/").content.decode()
    assert '<a href="/invitations/">1 invitation waits for your answer</a>' in shown
    assert "for your answer" not in Client().get("/").content.decode()
    invitations.accept(actor=cast.stranger, room_id=cast.room.pk, invitation_id=asked, now=NOW)
    assert "for your answer" not in page.get("/").content.decode()


def test_the_list_needs_as_many_queries_for_many(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    # Otherwise a slow machine reads the switches of staff in between.
    monkeypatch.setattr("accounts.queries.SWITCHES_SECONDS", 3600.0)
    page = page_of(cast.stranger)
    page.get("/")
    counts = []
    for index in range(6):
        host = person(f"host{index}", hosting=Hosting.GRANTED)
        room = lifecycle.open_room(creator=host, title=f"Number {index} of six", now=NOW)
        invitations.invite(actor=host, room_id=room.pk, person_id=cast.stranger.pk, kind="LISTEN", now=NOW)
        with CaptureQueriesContext(connection) as queries:
            shown = page.get("/invitations/").content.decode()
        counts.append(len(queries))
    assert shown.count("asks you to listen") == 6
    assert len(set(counts)) == 1, counts


def test_somebody_elses_invitation_is_not_ones_own(cast: Cast) -> None:
    asked = invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=cast.stranger.pk, kind="SPEAK", now=NOW)
    answer = page_of(cast.listener).post(f"/rooms/{cast.room.pk}/invitations/{asked}/accept/")
    assert answer.status_code == 404
    assert Invitation.objects.get().state == InvitationState.OPEN


def test_a_link_is_used_by_the_press_and_not_by_the_look(cast: Cast) -> None:
    page = page_of(cast.stranger)
    address = link(cast)
    shown = page.get(address).content.decode()
    assert "You come by an invitation of the host." in shown
    assert not Invitation.objects.exists()
    key = address.partition("=")[2]
    # By both buttons: as oneself, and hidden.
    assert shown.count(f'name="invitation" value="{key}"') == 2
    page.post(f"/rooms/{cast.room.pk}/listen/", {"invitation": key})
    assert Invitation.objects.get().person == cast.stranger


def test_a_visitor_is_asked_to_sign_in_and_comes_back_to_the_link(cast: Cast) -> None:
    shown = Client().get(link(cast)).content.decode()
    assert "Sign in to use it." in shown
    assert "%3Finvitation%3D" in shown


def test_a_spent_link_keeps_nobody_out_and_says_so(cast: Cast) -> None:
    page = page_of(cast.stranger)
    answer = page.post(f"/rooms/{cast.room.pk}/listen/", {"invitation": "spent"}, follow=True)
    assert "This invitation is not there any more." in answer.content.decode()
    assert "data-joined" in answer.content.decode()


def test_who_is_inside_uses_a_link_too(cast: Cast) -> None:
    shown = page_of(cast.listener).get(link(cast)).content.decode()
    assert "You come by an invitation of the host." in shown


def test_the_door_warns_of_somebody_blocked_on_stage(cast: Cast) -> None:
    blocks.block_person(actor=cast.stranger, person_id=cast.speaker.pk, now=NOW)
    shown = page_of(cast.stranger).get(f"/rooms/{cast.room.pk}/").content.decode()
    for words in ("Someone you blocked is speaking", f"@{cast.speaker.handle} is among", "Go back", "Join anyway"):
        assert words in shown, words
    other = page_of(person("other")).get(f"/rooms/{cast.room.pk}/").content.decode()
    assert "Someone you blocked" not in other


def test_a_long_list_goes_on_by_its_link(cast: Cast) -> None:
    hosts = [person(f"host_{number}", hosting=Hosting.GRANTED) for number in range(23)]
    for number, host in enumerate(hosts):
        room = lifecycle.open_room(creator=host, title=f"Room {number:02}", now=NOW)
        now = later(number)
        invitations.invite(actor=host, room_id=room.pk, person_id=cast.stranger.pk, kind="LISTEN", now=now)
    browser, seen, path = page_of(cast.stranger), [], "/invitations/"
    for _page in range(2):
        shown = browser.get(path).content.decode()
        seen.append(re.findall(r'class="row-title"[^>]*><bdi>(Room \d\d)', shown))
        onwards = re.search(r'rel="next" href="([^"]+)"', shown)
        path = f"/invitations/{html.unescape(onwards[1])}" if onwards else ""
    assert [len(rows) for rows in seen] == [20, 3]
    assert [title for rows in seen for title in rows] == [f"Room {number:02}" for number in reversed(range(23))]
    assert path == ""
    assert browser.get("/invitations/?after=nonsense").status_code == 400
