"""What staff switch off for one person is off at every door, ends by itself, and acts at once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import FOREVER, Notification, NotificationKind, Restriction, User
from accounts.services import follows, notifications, restrictions, switches
from accounts.services.notifications import Telling
from rooms import eligibility
from rooms import restrictions as rules
from rooms.models import Room, RoomState
from rooms.queries import cards, catalogue, home
from rooms.queries.filters import Filters
from rooms.services import audio, entry, hands, hosts, invitations, lifecycle, media, reactions, stage, succession
from tests.rooms.cast import NOW, Cast, bring_on_stage, come_in, drop_off, hand_of, later, open_room, person, place_of

pytestmark = pytest.mark.django_db
Committed = Callable[..., Any]


def switch_off(who: User, restriction: Restriction, until: datetime = FOREVER) -> None:
    restrictions.set_until(person_id=who.pk, restriction=restriction, until=until)


def test_no_reactions_at_any_door_until_its_time_is_over(cast: Cast) -> None:
    switch_off(cast.listener, Restriction.NO_REACTIONS, until=later(60))
    with pytest.raises(rules.ReactionsOff) as refused:
        reactions.react(actor=cast.listener, room_id=cast.room.pk, emoji="👏", now=later(59))
    assert refused.value.data == {"until": later(60).isoformat()}
    reactions.react(actor=cast.listener, room_id=cast.room.pk, emoji="👏", now=later(60))
    reactions.react(actor=cast.speaker, room_id=cast.room.pk, emoji="👏", now=later(1))


def ways_to_speak(cast: Cast) -> dict[str, Callable[[], object]]:
    """Everything that leads to a microphone for the listener, by their own or by the host's hand."""
    mine = {"actor": cast.listener, "room_id": cast.room.pk, "now": NOW}
    hosts_own = {"actor": cast.host, "room_id": cast.room.pk, "now": NOW}
    place = cast.listener_place
    return {
        "hand": lambda: hands.raise_hand(**mine),
        "take": lambda: stage.take_offer(**mine),
        "offer": lambda: stage.invite_to_speak(participant_id=place.pk, **hosts_own),
        "invite": lambda: invitations.invite(person_id=cast.listener.pk, kind="SPEAK", **hosts_own),
    }


@pytest.mark.parametrize("way", ["hand", "take", "offer", "invite"])
def test_no_way_leads_to_a_microphone(cast: Cast, way: str) -> None:
    switch_off(cast.listener, Restriction.NO_MICROPHONE)
    with pytest.raises((rules.MicrophoneOff, rules.CannotSpeakNow)):
        ways_to_speak(cast)[way]()


def test_an_invitation_of_before_leads_nowhere_either(cast: Cast) -> None:
    asked = invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=cast.listener.pk, kind="SPEAK", now=NOW)
    switch_off(cast.listener, Restriction.NO_MICROPHONE)
    with pytest.raises(rules.MicrophoneOff):
        invitations.accept(actor=cast.listener, room_id=cast.room.pk, invitation_id=asked, now=NOW)


def test_an_invitation_to_speak_is_not_shown_while_its_person_may_not_speak(
    cast: Cast, django_capture_on_commit_callbacks: Committed
) -> None:
    invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=cast.listener.pk, kind="SPEAK", now=NOW)
    assert cards.you(room=cast.room, place=cast.listener_place).invited == "speak"
    with django_capture_on_commit_callbacks(execute=True):
        switch_off(cast.listener, Restriction.NO_MICROPHONE)
    you = cards.you(room=cast.room, place=cast.listener_place)
    assert (you.invited, "stage.take" in you.can) == ("", False)


def test_a_speaker_is_off_the_stage_and_out_of_the_mixer_at_once(
    cast: Cast, django_capture_on_commit_callbacks: Committed
) -> None:
    audio.unmute_self(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        switch_off(cast.speaker, Restriction.NO_MICROPHONE)
    place = cast.speaker_place
    assert (place.role, place.muted, place.left_at) == ("LISTENER", True, None)


def test_the_mixer_lets_nobody_through_whatever_the_row_says(cast: Cast) -> None:
    audio.unmute_self(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    User.objects.filter(pk=cast.speaker.pk).update(no_microphone_until=later(60))

    def muted(now: datetime) -> bool:
        facts = media.read_stages(room_ids=[str(cast.room.pk)], now=now)[str(cast.room.pk)]
        return next(seat.muted for seat in facts.seats if seat.participant_id == str(cast.speaker_place.pk))

    assert muted(later(59))
    assert not muted(later(61))


def test_a_host_without_microphone_stays_host_and_silent(
    cast: Cast, django_capture_on_commit_callbacks: Committed
) -> None:
    audio.unmute_self(actor=cast.host, room_id=cast.room.pk, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        switch_off(cast.host, Restriction.NO_MICROPHONE)
    assert (cast.host_place.role, cast.host_place.muted) == ("HOST", True)
    with pytest.raises(rules.MicrophoneOff):
        audio.unmute_self(actor=cast.host, room_id=cast.room.pk, now=timezone.now())


def test_what_is_off_is_not_offered(cast: Cast) -> None:
    before = set(cards.you(room=cast.room, place=cast.listener_place).can)
    switch_off(cast.listener, Restriction.NO_MICROPHONE)
    switch_off(cast.listener, Restriction.NO_REACTIONS)
    assert before - set(cards.you(room=cast.room, place=cast.listener_place).can) == {"hand.raise", "reaction.send"}


def test_no_hosting_ends_the_room_and_opens_no_other(cast: Cast, django_capture_on_commit_callbacks: Committed) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        switch_off(cast.host, Restriction.NO_HOSTING, until=later(10**9))
    cast.room.refresh_from_db()
    assert (cast.room.state, cast.room.end_reason) == (RoomState.ENDED, "staff")
    with pytest.raises(rules.HostingOff):
        lifecycle.open_room(creator=cast.host, title="Another room", now=NOW)
    cast.host.refresh_from_db()
    assert eligibility.hosting_standing(person=cast.host).code == "hosting_off"
    assert lifecycle.open_room(creator=cast.host, title="Another room", now=later(10**9))


def test_a_cohost_without_hosting_is_a_speaker_at_once(
    cast: Cast, django_capture_on_commit_callbacks: Committed
) -> None:
    hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        switch_off(cast.speaker, Restriction.NO_HOSTING)
    assert cast.speaker_place.role == "SPEAKER"
    cast.room.refresh_from_db()
    assert cast.room.state == RoomState.LIVE


def test_a_hand_goes_down_with_the_microphone(cast: Cast, django_capture_on_commit_callbacks: Committed) -> None:
    hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        switch_off(cast.listener, Restriction.NO_MICROPHONE)
    assert hand_of(cast.listener, cast.room).state == "LOWERED"


def test_a_host_who_was_out_at_that_moment_does_not_come_back_as_one(cast: Cast) -> None:
    entry.leave_room(actor=cast.host, room_id=cast.room.pk, now=later(1))
    switch_off(cast.host, Restriction.NO_HOSTING)
    assert come_in(cast.host, cast.room, now=later(2)).role == "LISTENER"
    succession.watch_rooms(now=later(200))
    assert cast.speaker_place.role == "HOST"


def test_the_creator_of_a_room_that_was_passed_on_comes_back_with_what_is_left_to_them(cast: Cast) -> None:
    hosts.hand_over(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)
    for off, role in ((None, "CO_HOST"), (Restriction.NO_HOSTING, "LISTENER"), (Restriction.NO_MICROPHONE, "LISTENER")):
        entry.leave_room(actor=cast.host, room_id=cast.room.pk, now=later(1))
        if off is not None:
            switch_off(cast.host, off)
        assert come_in(cast.host, cast.room, now=later(2)).role == role
        User.objects.filter(pk=cast.host.pk).update(no_hosting_until=None, no_microphone_until=None)
        cast.host.refresh_from_db()


def test_hosting_is_not_given_to_somebody_else_instead(cast: Cast) -> None:
    switch_off(cast.speaker, Restriction.NO_HOSTING)
    for give in (hosts.name_cohost, hosts.hand_over):
        with pytest.raises(rules.CannotSpeakNow):
            give(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)


def test_hosting_falls_to_nobody_for_whom_it_is_off(cast: Cast) -> None:
    second = person("second")
    bring_on_stage(second, cast.host, cast.room, now=later(1))
    switch_off(cast.speaker, Restriction.NO_HOSTING)
    drop_off(cast.host_place, now=later(2))
    succession.watch_rooms(now=later(10))
    succession.watch_rooms(now=later(200))
    assert place_of(second, cast.room).role == "HOST"


def test_limited_rooms_are_in_no_list_but_for_followers_and_oneself(cast: Cast) -> None:
    switch_off(cast.host, Restriction.LIMITED, until=later(60))
    follower = person("follower")
    follows.follow(actor=follower, person_id=cast.host.pk, now=NOW)

    def found(viewer: User, now: datetime) -> list[bool]:
        page = catalogue.Page()
        lists = (
            catalogue.live_rooms(filters=Filters(), viewer=viewer, now=now, page=page).rooms,
            catalogue.search_rooms(query="sea", state="all", viewer=viewer, now=now, page=page).rooms,
            home.home(viewer=viewer, filters=Filters(), now=now).cards,
        )
        return [str(cast.room.pk) in {str(one.id) for one in listed} for listed in lists]

    assert found(cast.stranger, later(59)) == [False] * 3
    assert found(follower, later(59)) == found(cast.host, later(59)) == found(cast.stranger, later(61)) == [True] * 3
    assert catalogue.one_room(room_id=cast.room.pk, viewer=cast.stranger, now=NOW).rooms


@pytest.mark.django_db(transaction=True)
def test_no_new_rooms_is_said_at_every_door(warden_switches: Callable[..., None], host_client: APIClient) -> None:
    warden_switches(no_new_rooms=True, read_only=False)
    refused = host_client.post("/api/v1/rooms/", {"title": "A new room"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (503, "no_new_rooms")
    page = Client()
    page.force_login(User.objects.get(handle="host"))
    assert "No new rooms can be opened at the moment" in page.get("/rooms/new/").content.decode()
    assert page.post("/rooms/new/", {"title": "A new room"}).status_code in {422, 503}
    assert not Room.objects.filter(title="A new room").exists()


@pytest.mark.django_db(transaction=True)
def test_read_only_refuses_what_changes_and_lets_people_listen_leave_and_be_safe(
    warden_switches: Callable[..., None], host_client: APIClient
) -> None:
    host = User.objects.get(handle="host")
    room = open_room(host)
    other = person("other")
    place = bring_on_stage(other, host, room)
    warden_switches(no_new_rooms=False, read_only=True)
    refused = host_client.post(f"/api/v1/users/{other.pk}/following/")
    assert (refused.status_code, refused.json()["code"]) == (503, "read_only")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "read-only" in refused.json()["detail"]
    assert host_client.post(f"/api/v1/rooms/{room.pk}/speakers/{place.pk}/mute/").status_code == 204
    assert host_client.get("/api/v1/me/").status_code == 200
    browser = Client()
    browser.force_login(other)
    page = browser.post("/settings/", {"display_name": "Else"})
    assert (page.status_code, "read-only" in page.content.decode()) == (503, True)
    assert "read-only" in browser.get("/help/").content.decode()
    assert browser.post("/@host/block/").status_code == 302
    assert browser.post("/@host/unblock/").status_code == 302
    entry = {"age_hours": 24, "followers": False, "approval": False}
    assert host_client.put(f"/api/v1/rooms/{room.pk}/entry/", entry, format="json").status_code == 204
    assert browser.post(f"/rooms/{room.pk}/leave/").status_code == 302
    warden_switches(no_new_rooms=False, read_only=False)
    assert host_client.post(f"/api/v1/users/{other.pk}/following/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_read_only_leaves_the_api_what_the_websocket_leaves(
    warden_switches: Callable[..., None], host_client: APIClient
) -> None:
    host = User.objects.get(handle="host")
    room, asker = open_room(host), person("asker")
    place, hand = come_in(asker, room), hands.raise_hand(actor=asker, room_id=room.pk, now=NOW)
    asked = invitations.invite(actor=host, room_id=room.pk, person_id=person("other").pk, kind="LISTEN", now=NOW)
    warden_switches(no_new_rooms=False, read_only=True)
    path, offer = f"/api/v1/rooms/{room.pk}/", {"participant": str(place.pk)}
    for call in (host_client.post(f"{path}offers/", offer, format="json"), host_client.put(f"{path}hand/")):
        assert (call.status_code, call.json()["code"]) == (503, "read_only")
    for method, name in (
        ("post", f"hands/{hand}/refuse/"), ("delete", "hands/"), ("delete", "hand/"), ("post", "offer/decline/"),
        ("delete", f"invitations/{asked}/"), ("delete", "invitation-links/"), ("put", "microphone/"),
    ):  # fmt: skip
        told = {"muted": False} if name == "microphone/" else None
        assert getattr(host_client, method)(f"{path}{name}", told, format="json").status_code == 204, name


@pytest.mark.django_db(transaction=True)
def test_read_only_lets_people_read_what_they_were_told_by_page_and_api(
    warden_switches: Callable[..., None], host_client: APIClient
) -> None:
    host = User.objects.get(handle="host")
    facts = {"title": "Sea", "host": "Other"}
    telling = Telling(host, NotificationKind.HOST_LIVE, "room_live", "/", facts)
    warden_switches(no_new_rooms=False, read_only=True)
    browser = Client()
    browser.force_login(host)
    for client, path, status in ((browser, "/", 302), (host_client, "/api/v1/", 204)):
        for which in ("one", "all"):
            notifications.tell(tellings=[telling], now=NOW)
            told = Notification.objects.get(read_at=None)
            name = f"{told.pk}/read/" if which == "one" else "read/"
            assert client.post(f"{path}notifications/{name}").status_code == status
            assert not Notification.objects.filter(person=host, read_at=None).exists()


@pytest.fixture
def host_client(transactional_db: None) -> APIClient:
    client = APIClient()
    client.force_login(person("host", follower_count=600))
    return client


@pytest.fixture
def warden_switches(transactional_db: None) -> Callable[..., None]:
    """Turn the switches as staff do."""
    warden = person("warden", is_staff=True, is_superuser=True)

    def turn(**how: bool) -> None:
        assert switches.set_switches(actor=warden, why="A raid is going on", **how)

    return turn


def test_nobody_comes_in_by_the_old_commands(cast: Cast) -> None:
    """A person who was restricted before they joined is so from the first moment."""
    late = person("late")
    switch_off(late, Restriction.NO_REACTIONS)
    place = come_in(late, cast.room)
    assert "reaction.send" not in cards.you(room=cast.room, place=place).can
