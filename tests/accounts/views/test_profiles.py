"""Profile pages and the Follow button, for each kind of viewer."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Follow, User
from accounts.services import follows
from tests.accounts.conftest import NOW, MakePerson

SignIn = Callable[[User], Client]


def test_profile_shows_the_person(client: Client, make_person: MakePerson) -> None:
    make_person("ana", display_name="Ana <script>alert(1)</script>", bio="Quiet & loud", follower_count=4218)
    page = client.get("/@ana/").content.decode()
    assert "Ana &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "Quiet &amp; loud" in page
    assert "4,218" in page


def test_handle_may_be_typed_in_capitals(client: Client, ana: User) -> None:
    assert client.get("/@ANA/").status_code == 200


@pytest.mark.parametrize("handle", ["nobody_here", "%00", "x" * 4000, "..", "guest-0123456789abcdef0123"])
def test_nobody_is_not_found(client: Client, guest: User, handle: str) -> None:
    assert client.get(f"/@{handle}/").status_code == 404


def test_suspended_person_has_no_page(client: Client, make_person: MakePerson) -> None:
    make_person("gone", is_active=False)
    for path in ("/@gone/", "/@gone/followers/", "/@gone/following/"):
        assert client.get(path).status_code == 404


def test_follow_button_follows_and_unfollows(as_person: SignIn, ana: User, bob: User) -> None:
    browser = as_person(bob)
    assert 'aria-pressed="false"' in browser.get("/@ana/").content.decode()
    assert browser.post("/@ana/follow/").status_code == 302
    page = browser.get("/@ana/").content.decode()
    assert 'aria-pressed="true"' in page
    assert "/@ana/unfollow/" in page
    browser.post("/@ana/unfollow/")
    assert not Follow.objects.exists()


def test_htmx_gets_the_head_again_with_new_counts(as_person: SignIn, ana: User, bob: User) -> None:
    part = as_person(bob).post("/@ana/follow/", {"part": "head"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'id="profile-head"' in part
    assert "<dd>1</dd>" in part


@pytest.mark.parametrize("who", ["visitor", "guest"])
def test_visitors_and_guests_are_asked_to_sign_in(
    client: Client, as_person: SignIn, ana: User, guest: User, who: str
) -> None:
    browser = client if who == "visitor" else as_person(guest)
    answer = browser.post("/@ana/follow/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert not Follow.objects.exists()
    assert "/accounts/login/?next=/%40ana/" in browser.get("/@ana/").content.decode()


def test_own_profile_has_no_follow_button(as_person: SignIn, ana: User) -> None:
    page = as_person(ana).get("/@ana/").content.decode()
    assert "aria-pressed" not in page
    assert "/settings/" in page


def test_follow_takes_a_post(as_person: SignIn, ana: User, bob: User) -> None:
    assert as_person(bob).get("/@ana/follow/").status_code == 405


def test_lists_go_page_by_page(client: Client, ana: User, make_person: MakePerson) -> None:
    for number in range(35):
        follows.follow(actor=make_person(f"fan_{number:02}"), person_id=ana.pk, now=NOW)
    first = client.get("/@ana/followers/").content.decode()
    assert "@fan_34" in first
    assert "@fan_04" not in first
    rest = client.get("/@ana/followers/" + first.split('rel="next" href="')[1].split('"')[0]).content.decode()
    assert "@fan_04" in rest
    assert 'rel="next"' not in rest
    assert "@ana" in client.get("/@fan_07/following/").content.decode()


def test_suspended_people_vanish_from_lists(client: Client, ana: User, bob: User) -> None:
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "@bob" not in client.get("/@ana/followers/").content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "1e3", "²"])
def test_nonsense_in_the_query_shows_the_first_page(client: Client, ana: User, before: str) -> None:
    assert client.get("/@ana/followers/", {"before": before}).status_code == 200
