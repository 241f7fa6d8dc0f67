"""Posts by pages alone: written, answered, liked, deleted, reported; and what is shown of them to whom."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Post, PostLike, User
from accounts.services import blocks, follows, posts
from accounts.services.wording import Draft
from tests.accounts.conftest import MakePerson
from tests.rooms.cast import full_cast

pytestmark = pytest.mark.django_db
AsPerson = Callable[[User], Client]


def say(author: User, text: str) -> Post:
    post_id = posts.publish(actor=author, draft=Draft(text), now=timezone.now())
    return Post.objects.get(pk=post_id)


def page(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_post_is_written_on_the_feed_and_read_by_followers(ana: User, bob: User, as_person: AsPerson) -> None:
    follows.follow(actor=bob, person_id=ana.pk, now=timezone.now())
    assert "No posts yet" in page(as_person(bob), "/posts/")
    sent = as_person(ana).post("/posts/new/", {"text": "The sea remembers"}, follow=True)
    assert sent.redirect_chain[-1][0] == "/posts/"
    for path in ("/posts/", "/@ana/", "/@ana/posts/"):
        assert "The sea remembers" in page(as_person(bob), path)
    assert "The sea remembers" in page(Client(), "/@ana/posts/")


def test_what_is_typed_is_words_and_addresses_lead_out_safely(ana: User, bob: User) -> None:
    say(ana, '<script>alert(1)</script> https://example.org/?a=1&b="x @bob @nobody javascript:alert(1)')
    told = page(Client(), "/@ana/posts/")
    assert "<script>alert" not in told
    assert '<a href="https://example.org/?a=1&amp;b=' in told
    assert told.count('rel="nofollow noopener ugc"') == 1
    assert '<a href="/@bob/">@bob</a>' in told
    assert "/@nobody/" not in told
    assert 'href="javascript' not in told


def test_a_post_that_is_too_long_comes_back_as_it_was(ana: User, as_person: AsPerson) -> None:
    answer = as_person(ana).post("/posts/new/", {"text": "é" * 501})
    told = answer.content.decode()
    assert answer.status_code == 422
    assert "Up to 500 characters. These are 501." in told
    assert "é" * 501 in told
    assert 'aria-invalid="true"' in told
    assert not Post.objects.exists()


def test_who_posts_too_fast_keeps_what_was_typed(ana: User, as_person: AsPerson) -> None:
    browser = as_person(ana)
    for number in range(10):
        browser.post("/posts/new/", {"text": f"post {number}"})
    answer = browser.post("/posts/new/", {"text": "the eleventh"})
    told = answer.content.decode()
    assert answer.status_code == 422
    assert "That was very fast." in told
    assert "the eleventh</textarea>" in told


def test_a_room_is_shared_from_an_address_and_shown_as_a_card(as_person: AsPerson) -> None:
    cast = full_cast()
    browser = as_person(cast.speaker)
    assert cast.room.title in page(browser, f"/posts/new/?room={cast.room.pk}")
    browser.post("/posts/new/", {"text": "Come", "room": str(cast.room.pk)})
    browser.post("/posts/new/", {"text": f"http://testserver/rooms/{cast.room.pk}/"})
    told = page(browser, "/posts/")
    assert told.count(f'href="/rooms/{cast.room.pk}/"') == 2
    assert "http://testserver/rooms" not in told
    assert browser.get("/posts/new/?room=nonsense").status_code == 200
    assert browser.post("/posts/new/", {"text": "Come", "room": str(uuid4())}).status_code == 404


def test_likes_and_replies_without_a_script(ana: User, bob: User, as_person: AsPerson) -> None:
    post = say(ana, "Hello")
    browser = as_person(bob)
    back = browser.post(f"/posts/{post.pk}/like/", headers={"Referer": "http://testserver/@ana/"})
    assert back["Location"] == "/@ana/"
    assert 'aria-pressed="true"' in page(browser, f"/posts/{post.pk}/")
    assert "@bob" in page(Client(), f"/posts/{post.pk}/likes/")
    browser.post(f"/posts/{post.pk}/unlike/")
    assert not PostLike.objects.exists()
    told = browser.post(f"/posts/{post.pk}/reply/", {"text": "So it is"}, follow=True).content.decode()
    assert "So it is" in told
    assert browser.post(f"/posts/{post.pk}/reply/", {"text": " "}).status_code == 422
    reply = Post.objects.get(reply_to=post)
    above = page(browser, f"/posts/{reply.pk}/")
    assert "In reply to" in above
    assert f"/posts/{reply.pk}/reply/" not in above


def test_htmx_gets_the_button_alone(ana: User, bob: User, as_person: AsPerson) -> None:
    post = say(ana, "Hello")
    answer = as_person(bob).post(f"/posts/{post.pk}/like/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in answer
    assert f"/posts/{post.pk}/unlike/" in answer


def test_deleting_is_asked_first_and_is_the_authors(ana: User, bob: User, as_person: AsPerson) -> None:
    post = say(ana, "Hello")
    assert as_person(bob).get(f"/posts/{post.pk}/delete/").status_code == 404
    assert as_person(bob).post(f"/posts/{post.pk}/delete/").status_code == 404
    assert "Delete this post?" in page(as_person(ana), f"/posts/{post.pk}/delete/")
    assert Post.objects.exists()
    as_person(ana).post(f"/posts/{post.pk}/delete/")
    assert not Post.objects.exists()
    assert as_person(ana).get(f"/posts/{post.pk}/").status_code == 404


def test_long_lists_have_pages_without_a_script(ana: User, as_person: AsPerson) -> None:
    now = timezone.now()
    for number in range(25):
        Post.objects.create(author=ana, text=f"post {number:02d}", created_at=now - timedelta(minutes=number))
    browser = as_person(ana)
    for path, size in (("/posts/", 20), ("/@ana/posts/", 20), ("/@ana/", 10)):
        told = page(browser, path)
        assert told.count('<article class="post"') == size
        more = told.partition('rel="next" href="')[2].partition('"')[0]
        more = more if more.startswith("/") else path + more
        assert f"post {size:02d}" in page(browser, more)
    assert browser.get("/posts/?before=nonsense").status_code == 400


@pytest.mark.parametrize("path", ["/posts/", "/posts/new/"])
def test_the_feed_is_for_accounts(guest: User, as_person: AsPerson, path: str) -> None:
    for browser in (Client(), as_person(guest)):
        assert browser.get(path)["Location"].startswith("/accounts/login/?next=")


def test_a_visitor_who_likes_is_asked_to_sign_in(ana: User) -> None:
    post = say(ana, "Hello")
    assert Client().post(f"/posts/{post.pk}/like/")["Location"].startswith("/accounts/login/")
    told = page(Client(), f"/posts/{post.pk}/")
    assert "Sign in to reply" in told
    assert "/reply/" not in told


def test_a_post_leads_to_blocking_and_reporting_its_author(ana: User, bob: User, as_person: AsPerson) -> None:
    post = say(ana, "Hello")
    told = page(as_person(bob), f"/posts/{post.pk}/")
    assert f'href="/report/?post={post.pk}"' in told
    assert 'href="/@ana/block/"' in told
    own = page(as_person(ana), f"/posts/{post.pk}/")
    assert "/report/?post" not in own
    assert f'href="/posts/{post.pk}/delete/"' in own


def test_to_whom_is_blocked_there_is_no_such_post(
    ana: User, bob: User, as_person: AsPerson, make_person: MakePerson
) -> None:
    post = say(ana, "Hello")
    blocks.block_person(actor=ana, person_id=bob.pk, now=timezone.now())
    missing, refused = as_person(bob).get(f"/posts/{uuid4()}/"), as_person(bob).get(f"/posts/{post.pk}/")
    assert (missing.status_code, refused.status_code) == (404, 404)
    assert "Hello" not in page(as_person(bob), "/@ana/")
    assert "Hello" in page(as_person(make_person("third")), "/@ana/")
