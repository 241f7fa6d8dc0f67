"""Pinning while others delete and block, in threads that commit. On SQLite and on PostgreSQL."""

import json
import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from accounts.queries.posts import NoSuchPost
from accounts.services import blocks, posts
from accounts.services.wording import Draft
from rooms import events
from rooms.models import Pin, Room
from rooms.protocol import recent_events_key
from rooms.services import pins
from tests.rooms.cast import NOW, Cast, later, person
from tests.rooms.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)

#: Seconds in which an act that waits for nothing is over.
AN_ACT = 2.0


@pytest.fixture
def pin_while(transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Callable[..., UUID]:
    """Pins a post; once all is written and nothing committed, somebody else acts. They come to an end, or wait."""
    announce = events.announce

    def run(post_id: UUID | None, act: Callable[[], object], **more: Any) -> UUID:
        ends: list[object] = []

        def acts() -> None:
            try:
                ends.append(act())
            except Exception as fault:
                ends.append(fault)
            finally:
                connection.close()

        other = threading.Thread(target=acts)

        def announced(**told: Any) -> int:
            if other.ident is None:
                other.start()
                other.join(AN_ACT)
            return announce(**told)

        monkeypatch.setattr(events, "announce", announced)
        cast = transactional_cast
        made = pins.pin(actor=cast.host, room_id=cast.room.pk, post_id=post_id, now=later(60), **more)
        other.join(60)
        assert not other.is_alive()
        assert not [end for end in ends if isinstance(end, Exception)]
        return made

    return run


def says(cast: Cast, author: Any = None, above: UUID | None = None) -> UUID:
    author, draft = author or cast.speaker, Draft("The sea remembers")
    if above is None:
        return posts.publish(actor=author, draft=draft, now=NOW)
    return posts.reply(actor=author, post_id=above, draft=draft, now=NOW)


def delete(author: Any, post_id: UUID) -> str:
    """Delete a post; a word tells that it came to its end."""
    posts.delete(actor=author, post_id=post_id)
    return "deleted"


@pytest.mark.parametrize("what", ["a post", "a reply", "the post above a reply"])
def test_a_post_that_is_deleted_while_it_is_pinned_leaves_the_wall(
    transactional_cast: Cast, pin_while: Callable[..., UUID], what: str
) -> None:
    cast = transactional_cast
    above = says(cast)
    pinned = above if what == "a post" else says(cast, cast.listener, above)
    deleted, author = (pinned, cast.listener) if what == "a reply" else (above, cast.speaker)
    made = pin_while(pinned, lambda: posts.delete(actor=author, post_id=deleted))
    trace = Pin.objects.get(pk=made)
    assert (trace.post, trace.unpinned_at is None) == (None, False)


def test_pinning_and_deleting_at_once_fail_for_no_reason_but_that(transactional_cast: Cast) -> None:
    cast = transactional_cast
    for number in range(12):
        author = person(f"author_{number}")
        post_id = says(cast, author)
        pinning = partial(pins.pin, actor=cast.host, room_id=cast.room.pk, post_id=post_id, now=later(60))
        pinned, deleted = at_once(pinning, partial(delete, author, post_id))
        assert deleted == "deleted"
        assert isinstance(pinned, UUID | NoSuchPost)
    assert not Pin.objects.standing().exists()


@pytest.mark.parametrize("way", ["blocks", "is blocked", "blocks who writes it now"])
def test_a_block_while_the_first_post_of_somebody_is_pinned_hides_it(
    transactional_cast: Cast, pin_while: Callable[..., UUID], way: str
) -> None:
    cast = transactional_cast
    is_new = way == "blocks who writes it now"
    one, other = cast.listener, cast.host if is_new else cast.speaker
    if way == "is blocked":
        one, other = other, one
    named = (None,) if is_new else (says(cast),)
    more = {"text": "The sea remembers"} if is_new else {}
    pin_while(*named, lambda: blocks.block_person(actor=one, person_id=other.pk, now=NOW), **more)
    told = [json.loads(text) for text in events.broker().lrange(recent_events_key(str(cast.room.pk)), 0, -1)]
    last = max((one for one in told if one["type"] == "pins.changed"), key=lambda one: one["seq"])
    assert last["seq"] == Room.objects.get(pk=cast.room.pk).seq
    everybody, instead = events.hearings(json.dumps(last))
    assert "The sea remembers" in everybody
    assert "The sea remembers" not in instead[str(cast.listener.pk)]
