"""What people are told, at its doors: every number says the same, each kind stands on the page and in the API."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import NotificationKind, PushDevice, Restriction, User
from accounts.queries import notifications as queries
from accounts.queries.waiting import waiting_for
from accounts.services import blocks, follows, messages, notifications, posts, restrictions
from accounts.services.notifications import Telling
from accounts.services.wording import Draft
from rooms.models import InvitedTo
from rooms.queries.filters import Filters
from rooms.queries.home import home
from rooms.services import followers, hands, invitations, lifecycle, reminders, schedule
from tests.rooms.cast import NOW, Cast, come_in, drop_off, full_cast, person, place_of

pytestmark = pytest.mark.django_db

KINDS = {kind.lower() for kind in NotificationKind.values}


def browser(who: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(who)
    return client


def app(who: User, language: str = "en") -> APIClient:
    client = APIClient(headers={"accept-language": language})
    client.force_login(who)
    return client


def numbers(who: User) -> set[int]:
    """What everything that counts says is unread: pages with their bell, the bell alone, home, the API, websockets."""
    now, client = timezone.now(), browser(who)
    pages = [client.get(path).content.decode() for path in ("/notifications/", "/", "/help/", "/notifications/bell/")]
    bells = [re.search(r'data-unread="(\d+)"', page) for page in pages]
    return {
        *(int(bell[1]) for bell in bells if bell),
        app(who).get("/api/v1/notifications/").json()["meta"]["unread_count"],
        queries.unread_count(person_id=who.pk, now=now),
        queries.unread_counts(people_ids=[who.pk], now=now).get(who.pk, 0),
        waiting_for(person=who, now=now).notifications,
        home(viewer=who, filters=Filters(), now=now).waiting.notifications,
    }


def hide_by_block(cast: Cast) -> None:
    blocks.block_person(actor=cast.stranger, person_id=cast.host.pk, now=timezone.now())


def hide_by_their_block(cast: Cast) -> None:
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=timezone.now())


def switch_off(cast: Cast) -> None:
    User.objects.filter(pk=cast.host.pk).update(is_active=False)


def limit(cast: Cast) -> None:
    until = timezone.now() + timedelta(days=1)
    restrictions.set_until(person_id=cast.host.pk, restriction=Restriction.LIMITED, until=until)


def read(cast: Cast) -> None:
    notifications.mark_all_read(actor=cast.stranger, now=timezone.now())


def take_back(cast: Cast) -> None:
    for post_id in cast.host.posts.values_list("pk", flat=True):
        posts.delete(actor=cast.host, post_id=post_id)


@pytest.mark.parametrize("what_happens", [hide_by_block, hide_by_their_block, switch_off, limit, read, take_back])
def test_every_number_is_the_same_whatever_hides_or_reads(what_happens: Callable[[Cast], None]) -> None:
    cast = full_cast()
    reader, now = cast.stranger, timezone.now()
    posts.publish(actor=cast.host, draft=Draft("Is that so, @stranger?"), now=now)
    # By the phone alone: it is in no list, and on no bell.
    notifications.set_wishes(actor=reader, choices=[("HOST_LIVE", "IN_APP", False)])
    PushDevice.objects.create(
        person=reader, installation="phone", platform="FCM", token="t", session_key="s", registered_at=now
    )
    told = {"title": "Sea", "host": "Host"}
    notifications.tell(tellings=[Telling(reader, NotificationKind.HOST_LIVE, "room_live", "/", told)], now=now)
    assert numbers(reader) == {1}
    what_happens(cast)
    assert numbers(reader) == {0}


def test_nobody_is_counted_beyond_a_hundred_nor_looked_at() -> None:
    """What is cut in Python has been read all the same: the database itself stops."""
    now, many, few = timezone.now(), person("many"), person("few")
    telling = Telling(many, NotificationKind.HOST_LIVE, "room_live", "/", {"title": "Sea", "host": "Host"})
    notifications.tell(tellings=[telling] * 105 + [replace(telling, person=few)], now=now)
    with CaptureQueriesContext(connection) as asked:
        assert queries.unread_counts(people_ids=[many.pk, few.pk], now=now) == {many.pk: 100, few.pk: 1}
        assert waiting_for(person=many, now=now).notifications == 100
    assert len(asked) == 2
    for query in asked:
        assert "LIMIT 100) AS counted" in query["sql"], query["sql"]


def is_told_everything(cast: Cast, who: User) -> None:
    """One thing of each kind, by what makes it happen."""
    host, now = cast.host, NOW
    follows.follow(actor=who, person_id=host.pk, now=now)
    messages.send(actor=host, person_id=who.pk, draft=Draft("Are you there?"), now=now)
    posts.publish(actor=host, draft=Draft(f"Is that so, @{who.handle}?"), now=now)
    said = posts.publish(actor=who, draft=Draft("The sea remembers."), now=now)
    posts.reply(actor=host, post_id=said, draft=Draft("It does."), now=now)
    invitations.invite(actor=host, room_id=cast.room.pk, person_id=who.pk, kind=InvitedTo.LISTEN, now=now)
    come_in(who, cast.room, now=now)
    hand = hands.raise_hand(actor=who, room_id=cast.room.pk, now=now)
    drop_off(place_of(who, cast.room), now=now)
    hands.refuse(actor=host, room_id=cast.room.pk, hand_id=hand, now=now)
    lifecycle.end_room(actor=host, room_id=cast.room.pk, now=now)
    lifecycle.open_room(creator=host, title="Live again", now=now)
    followers.tell_followers(clock=lambda: now)
    start = now + timedelta(hours=2)
    waited = lifecycle.schedule_room(creator=host, title="To come", scheduled_start=start, now=now)
    reminders.remind(actor=who, room_id=waited.pk, now=now)
    reminders.send_all_due(clock=lambda: start - timedelta(minutes=10))
    lifecycle.cancel_room(actor=host, room_id=waited.pk, now=now)
    User.objects.filter(pk=who.pk).update(follower_count=600)
    who.refresh_from_db()
    lifecycle.schedule_room(creator=who, title="Never begun", scheduled_start=start, now=now)
    schedule.cancel_overdue(now=start + timedelta(hours=1))
    reminders.send_all_due(clock=lambda: start + timedelta(hours=1))


def test_each_kind_stands_on_the_page_and_in_the_api_in_both_languages_and_in_the_admin() -> None:
    cast = full_cast()
    who = cast.stranger
    is_told_everything(cast, who)
    for language, said in (("en", "wrote to you"), ("fr", "vous a écrit")):
        page = browser(who, language).get("/notifications/").content.decode()
        listed: list[dict[str, Any]] = app(who, language).get("/api/v1/notifications/").json()["data"]
        assert {one["kind"] for one in listed} == KINDS
        assert [one["title"] for one in listed if one["kind"] == "message"] == [f"Host {said}"]
        assert f"Host {said}" in page
    (many,) = numbers(who)
    assert many == len(KINDS)
    cast.host.is_staff = cast.host.is_superuser = True
    cast.host.save(update_fields=["is_staff", "is_superuser"])
    admin = browser(cast.host).get("/admin/accounts/notification/", {"q": who.handle}).content.decode()
    assert [kind.label for kind in NotificationKind if f">{kind.label}<" not in admin] == []
    assert "Are you there?" not in admin
