"""Raid mode: new accounts, strangers or everybody wait outside; who is in, hosts and invited people do not."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import blocks, follows
from rooms import refusals, stage_rules
from rooms.models import Knock, Room
from rooms.services import catching_up, invitations, knocks
from tests.rooms.cast import NOW, Cast, come_in, later, person, place_of

pytestmark = pytest.mark.django_db


def raid(cast: Cast, *, hours: int = 0, followers: bool = False, approval: bool = False) -> None:
    knocks.set_entry(
        actor=cast.host, room_id=cast.room.pk, age_hours=hours, followers=followers, approval=approval, now=NOW
    )


def old(handle: str) -> User:
    return person(handle, created_at=NOW - timedelta(days=40))


def test_threat_11_new_accounts_wait_until_they_are_old_enough(cast: Cast) -> None:
    raid(cast, hours=24)
    new = person("new", created_at=NOW - timedelta(hours=23))
    with pytest.raises(refusals.AccountTooNew) as refused:
        come_in(new, cast.room)
    assert refused.value.data == {"hours": 24}
    assert "24 hours" in str(refused.value.text)
    come_in(new, cast.room, now=later(3601))
    come_in(old("veteran"), cast.room)


def test_threat_11_strangers_stay_out_and_followers_come_in(cast: Cast) -> None:
    raid(cast, followers=True)
    one = old("one")
    with pytest.raises(refusals.FollowersOnly):
        come_in(one, cast.room)
    follows.follow(actor=one, person_id=cast.room.creator_id, now=NOW)
    come_in(one, cast.room)


def test_guests_are_asked_to_sign_in(cast: Cast) -> None:
    raid(cast, hours=1)
    newcomer = User.objects.create(handle="guest_2", display_name="Guest", is_guest=True)
    with pytest.raises(refusals.NoGuests):
        come_in(newcomer, cast.room)


def test_whoever_is_in_stays_and_comes_back_after_a_cut(cast: Cast) -> None:
    raid(cast, hours=24, followers=True, approval=True)
    for who in (cast.host, cast.speaker, cast.listener, cast.guest):
        come_in(who, cast.room, device=place_of(who, cast.room).device)


def test_invited_people_come_in_anyway(cast: Cast) -> None:
    raid(cast, hours=24, followers=True, approval=True)
    new = person("new", created_at=NOW)
    invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=new.pk, kind="LISTEN", now=NOW)
    come_in(new, cast.room)


def test_threat_11_a_host_lets_people_in_one_by_one(cast: Cast) -> None:
    raid(cast, approval=True)
    one, two = old("one"), old("two")
    with pytest.raises(refusals.KnockFirst):
        come_in(one, cast.room)
    for who in (one, two):
        assert knocks.knock(actor=who, room_id=cast.room.pk, now=NOW) == "waiting"
    waiting = catching_up.waiting_people(actor=cast.host, room_id=cast.room.pk)
    assert [one.handle for one in waiting] == ["one", "two"]
    knocks.admit(actor=cast.host, room_id=cast.room.pk, person_id=one.pk, now=later(1))
    knocks.refuse(actor=cast.host, room_id=cast.room.pk, person_id=two.pk, now=later(1))
    come_in(one, cast.room)
    with pytest.raises(refusals.KnockFirst):
        come_in(two, cast.room)
    assert knocks.knock(actor=two, room_id=cast.room.pk, now=later(2)) == "refused"
    assert catching_up.waiting_people(actor=cast.host, room_id=cast.room.pk) == []
    knocks.admit(actor=cast.host, room_id=cast.room.pk, person_id=two.pk, now=later(3))
    come_in(two, cast.room)


def test_asking_where_nobody_need_ask_is_being_admitted(cast: Cast) -> None:
    assert knocks.knock(actor=old("one"), room_id=cast.room.pk, now=NOW) == "admitted"
    assert not Knock.objects.exists()


def test_knocking_leads_round_no_other_refusal(cast: Cast) -> None:
    raid(cast, hours=24, approval=True)
    with pytest.raises(refusals.AccountTooNew):
        knocks.knock(actor=person("new", created_at=NOW), room_id=cast.room.pk, now=NOW)
    shut_out = old("out")
    blocks.block_person(actor=cast.host, person_id=shut_out.pk, now=NOW)
    with pytest.raises(refusals.NoSuchRoom):
        knocks.knock(actor=shut_out, room_id=cast.room.pk, now=NOW)


def test_the_door_is_bounded_and_hosts_alone_open_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knocks, "MOST_WAITING", 1)
    raid(cast, approval=True)
    knocks.knock(actor=old("one"), room_id=cast.room.pk, now=NOW)
    with pytest.raises(knocks.DoorCrowded):
        knocks.knock(actor=old("two"), room_id=cast.room.pk, now=NOW)
    for who in (cast.speaker, cast.listener):
        with pytest.raises(stage_rules.NotAHost):
            knocks.admit(actor=who, room_id=cast.room.pk, person_id=cast.stranger.pk, now=NOW)
        with pytest.raises(stage_rules.NotAHost):
            knocks.set_entry(actor=who, room_id=cast.room.pk, age_hours=0, followers=False, approval=False, now=NOW)
    with pytest.raises(knocks.NobodyKnocked):
        knocks.admit(actor=cast.host, room_id=cast.room.pk, person_id=cast.stranger.pk, now=NOW)


def test_hours_are_cut_to_a_month(cast: Cast) -> None:
    raid(cast, hours=10**9)
    assert Room.objects.get(pk=cast.room.pk).entry_age_hours == knocks.MOST_HOURS


def test_the_page_asks_waits_and_says_no(cast: Cast) -> None:
    raid(cast, approval=True)
    one, path = old("one"), f"/rooms/{cast.room.pk}/"
    page = Client()
    page.force_login(one)
    assert "Ask to come in" in page.get(path).content.decode()
    waits = page.post(f"{path}knock/", follow=True).content.decode()
    assert "data-waiting" in waits
    assert "The host was asked to let you in." in waits
    knocks.refuse(actor=cast.host, room_id=cast.room.pk, person_id=one.pk, now=later(1))
    assert "The host did not let you in." in page.get(path).content.decode()
    knocks.admit(actor=cast.host, room_id=cast.room.pk, person_id=one.pk, now=later(2))
    let_in = page.get(path).content.decode()
    assert f'action="{path}listen/"' in let_in
    assert "The host lets you in." in let_in


def test_a_link_of_the_host_leads_past_the_door(cast: Cast) -> None:
    raid(cast, hours=24, followers=True, approval=True)
    key = invitations.make_link(actor=cast.host, room_id=cast.room.pk, kind="LISTEN", now=NOW).key
    page = Client()
    page.force_login(person("new", created_at=NOW))
    path = f"/rooms/{cast.room.pk}/"
    assert f'action="{path}listen/"' in page.get(f"{path}?invitation={key}").content.decode()
    page.post(f"{path}listen/", {"invitation": key})
    assert "data-joined" in page.get(path).content.decode()
