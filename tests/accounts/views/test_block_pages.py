"""Blocking by pages alone: asked first, taken back from the profile or the list, for accounts only."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Block, Follow, User
from accounts.services import follows
from tests.accounts.conftest import MakePerson

pytestmark = pytest.mark.django_db
AsPerson = Callable[[User], Client]


def test_a_block_is_asked_first_and_ends_follows(ana: User, bob: User, as_person: AsPerson) -> None:
    follows.follow(actor=ana, person_id=bob.pk, now=timezone.now())
    page = as_person(ana)
    assert "Block @bob?" in page.get("/@bob/block/").content.decode()
    assert not Block.objects.exists()
    answer = page.post("/@bob/block/", follow=True)
    assert "You blocked @bob." in answer.content.decode()
    assert "/@bob/unblock/" in answer.content.decode()
    assert Block.objects.get().blocked == bob
    assert not Follow.objects.exists()


def test_the_list_is_ones_own_and_leads_back(ana: User, bob: User, as_person: AsPerson) -> None:
    page = as_person(ana)
    assert "You blocked nobody" in page.get("/settings/blocked/").content.decode()
    page.post("/@bob/block/")
    assert "@bob" in page.get("/settings/blocked/").content.decode()
    assert "@ana" not in as_person(bob).get("/settings/blocked/").content.decode()
    answer = page.post("/@bob/unblock/", {"from": "list"})
    assert answer["Location"] == "/settings/blocked/"
    assert not Block.objects.exists()


def test_a_long_list_has_pages(ana: User, make_person: MakePerson, as_person: AsPerson) -> None:
    for index in range(31):
        Block.objects.create(blocker=ana, blocked=make_person(f"one{index:02d}"), created_at=timezone.now())
    first = as_person(ana).get("/settings/blocked/").content.decode()
    assert first.count("Unblock<") == 30
    before = first.partition("?before=")[2].partition('"')[0]
    assert as_person(ana).get(f"/settings/blocked/?before={before}").content.decode().count("Unblock<") == 1
    assert as_person(ana).get("/settings/blocked/?before=x").status_code == 200


@pytest.mark.parametrize("path", ["/@bob/block/", "/settings/blocked/"])
def test_without_an_account_one_is_asked_to_sign_in(bob: User, guest: User, as_person: AsPerson, path: str) -> None:
    for page in (Client(), as_person(guest)):
        assert page.get(path).status_code in (302, 401, 403)


def test_oneself_and_nobody_are_refused_with_words(ana: User, as_person: AsPerson) -> None:
    told = as_person(ana).post("/@ana/block/", follow=True).content.decode()
    assert "You cannot block yourself" in told
    assert as_person(ana).post("/@nobody/block/").status_code == 404
    assert as_person(ana).get("/@nobody/block/").status_code == 404


def test_the_blocked_person_sees_a_profile_as_anybody_does(ana: User, bob: User, as_person: AsPerson) -> None:
    before = as_person(bob).get("/@ana/").content.decode()
    as_person(ana).post("/@bob/block/")
    after = as_person(bob).get("/@ana/").content.decode()
    assert [line for line in after.splitlines() if "csrf" not in line.lower()] == [
        line for line in before.splitlines() if "csrf" not in line.lower()
    ]
