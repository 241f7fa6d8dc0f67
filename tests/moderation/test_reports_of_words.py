"""Reports of posts and messages: whose they are, what they said, and who may report them."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Message, Post, User
from accounts.services import blocks, messages, posts
from accounts.services.wording import Draft
from moderation.models import AuditEntry, Case, Report
from moderation.services import decisions, reports
from tests.rooms.cast import NOW, Cast

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User], Client]


def send(sender: User, **words: object) -> Report:
    return reports.send_report(sender=reports.Sender(sender), words=reports.Words("SPAM", **words), now=timezone.now())


def post_of(author: User, text: str = "Buy my coins") -> object:
    return posts.publish(actor=author, draft=Draft(text), now=NOW)


def test_a_report_of_a_post_is_a_case_of_its_author_and_keeps_what_it_said(cast: Cast) -> None:
    post_id = post_of(cast.speaker)
    report = send(cast.stranger, post_id=post_id)
    posts.delete(actor=cast.speaker, post_id=post_id)
    assert (report.person, report.quoted, report.url) == (cast.speaker, "Buy my coins", f"/posts/{post_id}/")
    assert report.case.target == f"person:{cast.speaker.pk}"
    # Nothing of the room in which the author is just speaking: it was not reported.
    assert report.evidence is None


def test_whoever_was_blocked_may_report_a_post(cast: Cast) -> None:
    post_id = post_of(cast.speaker)
    blocks.block_person(actor=cast.speaker, person_id=cast.stranger.pk, now=NOW)
    assert send(cast.stranger, post_id=post_id).quoted == "Buy my coins"


def test_a_message_is_reported_by_whoever_got_it_alone(cast: Cast) -> None:
    message_id = messages.send(actor=cast.speaker, person_id=cast.stranger.pk, draft=Draft("Buy!"), now=NOW)
    with pytest.raises(reports.NothingThere):
        send(cast.listener, message_id=message_id)
    with pytest.raises(reports.BadReport):
        send(cast.speaker, message_id=message_id)
    blocks.block_person(actor=cast.stranger, person_id=cast.speaker.pk, now=NOW)
    report = send(cast.stranger, message_id=message_id)
    assert (report.person, report.quoted, report.url) == (cast.speaker, "Buy!", "")


def test_there_must_be_something_to_report(cast: Cast) -> None:
    for named in ({"post_id": uuid4()}, {"message_id": uuid4()}):
        with pytest.raises(reports.NothingThere):
            send(cast.stranger, **named)
    assert not Case.objects.exists()


def test_the_page_shows_what_it_is_about_and_thanks_with_a_way_to_block(cast: Cast, browser_of: BrowserOf) -> None:
    post_id = post_of(cast.speaker, "Buy <my> coins")
    browser = browser_of(cast.stranger)
    form = browser.get(f"/report/?post={post_id}").content.decode()
    assert "Buy &lt;my&gt; coins" in form
    assert "@speaker" in form
    sent = browser.post("/report/", {"category": "SPAM", "post": str(post_id), "keep_sound": "on"}, follow=True)
    assert 'href="/@speaker/block/"' in sent.content.decode()
    assert Report.objects.get().post_id == post_id


def test_staff_see_the_words_in_the_case_and_the_way_to_the_post(
    cast: Cast, warden: User, browser_of: BrowserOf
) -> None:
    post_id = post_of(cast.speaker)
    case = send(cast.stranger, post_id=post_id).case
    told = browser_of(warden).get(f"/admin/moderation/case/{case.pk}/change/").content.decode()
    assert "Buy my coins" in told
    assert f"/admin/accounts/post/{post_id}/change/" in told


def test_staff_delete_what_was_reported_and_tell_its_author_why(
    cast: Cast, warden: User, browser_of: BrowserOf
) -> None:
    spam, kept, gone = (post_of(cast.speaker, text) for text in ("Buy my coins", "Good evening", "Buy more"))
    for post_id in (spam, gone):
        case = send(cast.stranger, post_id=post_id).case
    posts.delete(actor=cast.speaker, post_id=gone)
    page = browser_of(warden).get(f"/admin/moderation/case/{case.pk}/change/").content.decode()
    assert 'value="DELETE_POSTS"' in page
    verdict = decisions.Verdict("DELETE_POSTS", "SPAM", "Three times this week.")
    decision = decisions.decide_case(actor=warden, case_id=case.pk, verdict=verdict, now=timezone.now())
    assert [post.pk for post in Post.objects.all()] == [kept]
    assert decision.person == cast.speaker
    entry = AuditEntry.objects.get(act="post.deleted")
    assert (entry.person, entry.why) == (cast.speaker, "Three times this week.")
    assert "posts deleted" in browser_of(cast.speaker).get("/reports/").content.decode()


def test_without_a_reported_post_there_is_none_to_delete(cast: Cast, warden: User, browser_of: BrowserOf) -> None:
    case = send(cast.stranger, person_id=cast.speaker.pk).case
    verdict = decisions.Verdict("DELETE_POSTS", "SPAM")
    with pytest.raises(decisions.BadMeasure):
        decisions.decide_case(actor=warden, case_id=case.pk, verdict=verdict, now=timezone.now())
    page = browser_of(warden).get(f"/admin/moderation/case/{case.pk}/change/").content.decode()
    assert 'value="DELETE_POSTS"' not in page


def test_the_api_takes_both(cast: Cast) -> None:
    post_id = post_of(cast.speaker)
    messages.send(actor=cast.speaker, person_id=cast.stranger.pk, draft=Draft("Buy!"), now=NOW)
    app = APIClient()
    app.force_login(cast.stranger)
    for named in ({"post": str(post_id)}, {"message": str(Message.objects.get().pk)}):
        answer = app.post("/api/v1/reports/", {"category": "spam", **named}, format="json")
        assert answer.status_code == 201, answer.content
    assert Report.objects.count() == 2
