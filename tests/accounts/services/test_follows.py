"""Follows, and counts that stay right under concurrency on both databases."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import close_old_connections, connection

from accounts import queries
from accounts.models import Block, Follow, User
from accounts.services import blocks, follows
from accounts.services.access import AccountSuspended, SignInFirst
from tests.accounts.conftest import NOW, MakePerson


def counts(person: User) -> tuple[int, int]:
    """(followers, following) as stored."""
    person.refresh_from_db()
    return person.follower_count, person.following_count


def test_follow_counts_on_both_sides(ana: User, bob: User) -> None:
    assert follows.follow(actor=bob, person_id=ana.pk, now=NOW) is True
    assert counts(ana) == (1, 0)
    assert counts(bob) == (0, 1)


def test_following_twice_counts_once(ana: User, bob: User) -> None:
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    assert follows.follow(actor=bob, person_id=ana.pk, now=NOW) is False
    assert counts(ana) == (1, 0)


def test_unfollow_takes_back(ana: User, bob: User) -> None:
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    assert follows.unfollow(actor=bob, person_id=ana.pk) is True
    assert follows.unfollow(actor=bob, person_id=ana.pk) is False
    assert counts(ana) == counts(bob) == (0, 0)


def test_nobody_follows_oneself(ana: User) -> None:
    with pytest.raises(follows.NotYourself):
        follows.follow(actor=ana, person_id=ana.pk, now=NOW)


def test_guest_signs_in_first(ana: User, guest: User) -> None:
    with pytest.raises(SignInFirst):
        follows.follow(actor=guest, person_id=ana.pk, now=NOW)
    with pytest.raises(SignInFirst):
        follows.unfollow(actor=guest, person_id=ana.pk)


def test_visitor_signs_in_first(ana: User) -> None:
    with pytest.raises(SignInFirst):
        follows.follow(actor=AnonymousUser(), person_id=ana.pk, now=NOW)


def test_suspended_person_cannot_follow(ana: User, make_person: MakePerson) -> None:
    with pytest.raises(AccountSuspended):
        follows.follow(actor=make_person("gone", is_active=False), person_id=ana.pk, now=NOW)


def test_guests_and_suspended_cannot_be_followed(ana: User, guest: User, make_person: MakePerson) -> None:
    gone = make_person("gone", is_active=False)
    for person_id in (guest.pk, gone.pk, uuid4()):
        with pytest.raises(follows.NoSuchPerson):
            follows.follow(actor=ana, person_id=person_id, now=NOW)


def test_recount_corrects_only_what_is_wrong(ana: User, bob: User) -> None:
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    User.objects.filter(pk=ana.pk).update(follower_count=600)
    assert follows.recount() == 1
    assert counts(ana) == (1, 0)
    assert follows.recount() == 0


def in_threads(jobs: list[Callable[[], object]]) -> None:
    """Run the jobs at once, each with a connection of its own; the first error is raised here."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        start.wait()
        try:
            job()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_old_connections()
    if errors:
        raise errors[0]


@pytest.mark.django_db(transaction=True)
def test_same_follow_from_many_devices_counts_once(ana: User, bob: User) -> None:
    in_threads([lambda: follows.follow(actor=bob, person_id=ana.pk, now=NOW)] * 8)
    assert counts(ana) == (1, 0)
    assert counts(bob) == (0, 1)
    in_threads([lambda: follows.unfollow(actor=bob, person_id=ana.pk)] * 8)
    assert counts(ana) == counts(bob) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_counts_stay_right_in_a_crowd(make_person: MakePerson) -> None:
    """Eight threads follow and unfollow among four people, mutual pairs included: no deadlock, no drift."""
    crowd = [make_person(f"person_{number}") for number in range(4)]

    def storm(seed: int) -> None:
        dice = random.Random(seed)
        for _step in range(25):
            actor, other = dice.sample(crowd, 2)
            if dice.random() < 0.6:
                follows.follow(actor=actor, person_id=other.pk, now=datetime.now(UTC))
            else:
                follows.unfollow(actor=actor, person_id=other.pk)

    in_threads([lambda seed=seed: storm(seed) for seed in range(8)])  # type: ignore[misc]
    for person in crowd:
        followers = Follow.objects.filter(followee=person).count()
        following = Follow.objects.filter(follower=person).count()
        assert counts(person) == (followers, following)
    assert follows.recount() == 0


@pytest.mark.django_db(transaction=True)
def test_a_block_in_the_very_moment_of_a_follow_leaves_no_follow(
    ana: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = queries.is_blocked_by
    blocking = threading.Thread(
        target=in_threads, args=([lambda: blocks.block_person(actor=ana, person_id=bob.pk, now=NOW)],)
    )

    def ask_while_ana_blocks(**ids: UUID) -> bool:
        answer = asked(**ids)
        if not blocking.ident:
            blocking.start()
            # It has to wait for the follow, so it is not done by then.
            blocking.join(0.5)
        return answer

    monkeypatch.setattr(queries, "is_blocked_by", ask_while_ana_blocks)
    follows.follow(actor=bob, person_id=ana.pk, now=NOW)
    blocking.join(30)
    assert Block.objects.filter(blocker=ana, blocked=bob).exists()
    assert not Follow.objects.filter(follower=bob, followee=ana).exists()
    assert counts(ana) == counts(bob) == (0, 0)
