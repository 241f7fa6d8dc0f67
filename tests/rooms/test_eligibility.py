"""Who may host."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Hosting
from rooms import eligibility
from rooms.services import lifecycle
from tests.rooms.cast import NOW, guest, open_room, person

pytestmark = pytest.mark.django_db


def test_six_hundred_followers_may_host_and_one_less_may_not() -> None:
    eligibility.check_may_host(person=person("many", follower_count=600))
    with pytest.raises(eligibility.NotEnoughFollowers) as refusal:
        eligibility.check_may_host(person=person("few", follower_count=599))
    assert refusal.value.data == {"needed": 600, "have": 599}
    assert str(refusal.value.text) == "600 followers needed, you have 599."


def test_staff_change_the_number_at_run_time() -> None:
    somebody = person("somebody", follower_count=412)
    policy = eligibility.hosting_policy()
    policy.followers_needed = 412
    policy.save(update_fields=["followers_needed"])
    eligibility.check_may_host(person=somebody)


def test_staff_grant_and_withdraw_person_by_person() -> None:
    eligibility.check_may_host(person=person("granted", hosting=Hosting.GRANTED))
    with pytest.raises(eligibility.HostingWithdrawn):
        eligibility.check_may_host(person=person("star", hosting=Hosting.WITHDRAWN, follower_count=9000))


def test_guests_and_nobody_never_host() -> None:
    somebody = guest()
    somebody.hosting, somebody.follower_count = Hosting.GRANTED, 9000
    for who in (somebody, AnonymousUser()):
        with pytest.raises(eligibility.SignInToHost):
            eligibility.check_may_host(person=who)


def test_suspended_people_do_not_host() -> None:
    with pytest.raises(eligibility.AccountSuspended):
        eligibility.check_may_host(person=person("gone", is_active=False, hosting=Hosting.GRANTED))


def test_standing_tells_the_refusal_with_numbers() -> None:
    standing = eligibility.hosting_standing(person=person("few", follower_count=412))
    assert (standing.may_host, standing.needed, standing.have) == (False, 600, 412)
    assert standing.code == "not_enough_followers"
    assert eligibility.hosting_standing(person=AnonymousUser()).code == "sign_in_first"


def test_the_right_is_read_again_when_a_room_is_opened() -> None:
    host = person("host", follower_count=600)
    type(host).objects.filter(pk=host.pk).update(follower_count=0)
    with pytest.raises(eligibility.NotEnoughFollowers):
        open_room(host)


def test_three_live_rooms_a_host_and_no_fourth() -> None:
    host = person("host", follower_count=600)
    rooms = [open_room(host) for _ in range(3)]
    with pytest.raises(eligibility.TooManyRooms):
        open_room(host)
    lifecycle.end_room(actor=host, room_id=rooms[0].pk, now=NOW)
    open_room(host)
