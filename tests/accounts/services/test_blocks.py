"""Blocks: what ends, what is hidden, and that nobody is told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import queries
from accounts.models import Block, User
from accounts.services import blocks, follows
from accounts.services.access import SignInFirst
from tests.accounts.conftest import NOW, MakePerson


def block(one: User, other: User) -> bool:
    return blocks.block_person(actor=one, person_id=other.pk, now=NOW)


def test_a_block_ends_both_follows_and_their_counts(ana: User, bob: User) -> None:
    follows.follow(actor=ana, person_id=bob.pk, now=NOW)
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    assert block(ana, bob) is True
    for person in (ana, bob):
        person.refresh_from_db()
        assert (person.follower_count, person.following_count) == (0, 0)


def test_blocking_twice_is_once_and_unblocking_gives_no_follow_back(ana: User, bob: User) -> None:
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    assert (block(ana, bob), block(ana, bob)) == (True, False)
    assert blocks.unblock_person(actor=ana, person_id=bob.pk)
    assert not blocks.unblock_person(actor=ana, person_id=bob.pk)
    assert not queries.is_following(follower_id=bob.pk, followee_id=ana.pk)


def test_neither_follows_the_other_and_the_words_name_no_block(ana: User, bob: User) -> None:
    block(ana, bob)
    with pytest.raises(follows.CannotFollow) as refused:
        follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    assert "block" not in str(refused.value.text).lower()
    with pytest.raises(follows.UnblockFirst):
        follows.follow(actor=ana, person_id=bob.pk, now=NOW)


def test_oneself_nobody_and_guests_block_nobody(ana: User, guest: User) -> None:
    with pytest.raises(blocks.CannotBlockYourself):
        block(ana, ana)
    with pytest.raises(follows.NoSuchPerson):
        blocks.block_person(actor=ana, person_id=uuid4(), now=NOW)
    for nobody in (guest, AnonymousUser()):
        with pytest.raises(SignInFirst):
            blocks.block_person(actor=nobody, person_id=ana.pk, now=NOW)


def test_a_guest_can_be_blocked(ana: User, guest: User) -> None:
    block(ana, guest)
    assert queries.is_blocked_by(blocked_id=guest.pk, by_id=ana.pk)


def test_a_list_has_an_end(ana: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST", 0)
    with pytest.raises(blocks.TooManyBlocked):
        block(ana, bob)


def test_ones_own_list_comes_by_pages_newest_first(ana: User, make_person: MakePerson) -> None:
    for number in range(3):
        other = make_person(f"other_{number}")
        blocks.block_person(actor=ana, person_id=other.pk, now=NOW + timedelta(seconds=number))
    first = queries.blocked_page(person=ana, before=None, size=2)
    assert [one.person.handle for one in first.people] == ["other_2", "other_1"]
    assert all(one.viewer_blocks for one in first.people)
    rest = queries.blocked_page(person=ana, before=first.next_before, size=2)
    assert [one.person.handle for one in rest.people] == ["other_0"]
    assert rest.next_before is None


@pytest.mark.django_db(transaction=True)
def test_the_apps_above_hear_of_it_after_commit(ana: User, bob: User) -> None:
    heard: list[tuple[object, object, bool]] = []

    def listen(blocker_id: object, blocked_id: object, **kwargs: object) -> None:
        heard.append((blocker_id, blocked_id, Block.objects.exists()))

    from accounts.signals import person_blocked

    person_blocked.connect(listen)
    block(ana, bob)
    person_blocked.disconnect(listen)
    assert heard == [(ana.pk, bob.pk, True)]
