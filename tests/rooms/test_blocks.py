"""A block closes the blocker's rooms: at every door, in every list, and at once to who is inside."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import blocks
from rooms import events, refusals
from rooms.models import Participant
from rooms.protocol import person_channel
from rooms.queries import catalogue, home
from rooms.queries.catalogue import Page
from rooms.queries.filters import Filters
from rooms.queries.room_page import room_page
from rooms.services import arrival, entry
from tests.rooms.cast import NOW, Cast, bring_on_stage, come_in, later, open_room


def block(one: User, other: User) -> None:
    blocks.block_person(actor=one, person_id=other.pk, now=NOW)


@pytest.mark.django_db
def test_blocked_person_cannot_join(cast: Cast) -> None:
    block(cast.host, cast.stranger)
    with pytest.raises(refusals.NoSuchRoom):
        entry.join_room(actor=cast.stranger, room_id=cast.room.pk, device="d", now=NOW)


@pytest.mark.django_db
def test_it_is_the_creator_who_matters(cast: Cast) -> None:
    block(cast.speaker, cast.stranger)
    block(cast.stranger, cast.host)
    come_in(cast.stranger, cast.room)


@pytest.mark.django_db
def test_to_the_blocked_person_the_room_is_not_there_at_all(cast: Cast) -> None:
    block(cast.host, cast.stranger)
    with pytest.raises(refusals.NoSuchRoom):
        room_page(room_id=cast.room.pk, viewer=cast.stranger, now=NOW)
    with pytest.raises(refusals.NoSuchRoom):
        catalogue.one_room(room_id=cast.room.pk, viewer=cast.stranger, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("viewer", ["blocked", "blocker"])
def test_lists_show_neither_the_other(cast: Cast, viewer: str) -> None:
    block(cast.host, cast.stranger)
    User.objects.filter(pk=cast.stranger.pk).update(follower_count=600)
    theirs = open_room(User.objects.get(pk=cast.stranger.pk), title="A room of the stranger")
    seen_by, hidden = (cast.stranger, cast.room) if viewer == "blocked" else (cast.host, theirs)
    told = [
        catalogue.rooms_by_ids(ids=[hidden.pk], viewer=seen_by, now=NOW),
        catalogue.rooms_by_creators(creator_ids=[hidden.creator_id], viewer=seen_by, now=NOW, page=Page()),
        catalogue.search_rooms(query=hidden.title[:6], state="all", viewer=seen_by, now=NOW, page=Page()),
        catalogue.live_rooms(filters=Filters(), viewer=seen_by, now=NOW, page=Page()),
    ]
    assert all(str(hidden.pk) not in [one.id for one in page.rooms] for page in told)
    shown = home.home(viewer=seen_by, filters=Filters(), now=NOW)
    assert hidden.pk not in [card.id for card in shown.cards]


@pytest.mark.django_db
def test_the_filters_and_counts_of_home_tell_nothing_of_hidden_rooms(cast: Cast) -> None:
    open_room(cast.host, title="What the sea forgets", language="fr", topics=["tides"])
    shown = home.home(viewer=cast.stranger, filters=Filters(), now=NOW)
    assert ("tides" in shown.overview.topics, "fr" in [one.value for one in shown.overview.languages]) == (True, True)
    block(cast.host, cast.stranger)
    shown = home.home(viewer=cast.stranger, filters=Filters(), now=NOW)
    assert (shown.overview.topics, shown.overview.languages) == ((), ())
    assert (shown.overview.rooms, shown.overview.listeners) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_somebody_inside_is_out_at_once_on_stage_or_not(transactional_cast: Cast) -> None:
    cast = transactional_cast
    for who in (cast.speaker, cast.listener, cast.guest):
        block(cast.host, who)
        assert not Participant.objects.present().filter(room=cast.room, person=who).exists()
        with pytest.raises(refusals.NoSuchRoom):
            come_in(who, cast.room, now=later(1))


@pytest.mark.django_db(transaction=True)
def test_the_api_answers_as_for_a_room_that_is_not_there(transactional_cast: Cast) -> None:
    cast = transactional_cast
    block(cast.host, cast.stranger)
    client = APIClient()
    client.force_login(cast.stranger)

    def answers(room_id: object) -> list[tuple[int, object, object]]:
        told = [
            client.get(f"/api/v1/rooms/{room_id}/"),
            client.post(f"/api/v1/rooms/{room_id}/join/", {"device": "d"}, format="json"),
        ]
        return [(one.status_code, one.json()["code"], one.json()["detail"]) for one in told]

    missing = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    assert answers(cast.room.pk) == answers(missing)
    assert client.get(f"/rooms/{cast.room.pk}/").status_code == 404


@pytest.mark.django_db
def test_unblocked_people_come_in_again(cast: Cast) -> None:
    block(cast.host, cast.stranger)
    blocks.unblock_person(actor=cast.host, person_id=cast.stranger.pk)
    come_in(cast.stranger, cast.room)


@pytest.mark.django_db
def test_page_api_and_snapshot_warn_of_somebody_blocked_who_speaks(cast: Cast) -> None:
    block(cast.listener, cast.speaker)
    page = room_page(room_id=cast.room.pk, viewer=cast.listener, now=NOW)
    assert [one.person.handle for one in page.blocked_speakers] == ["speaker"]
    told = arrival.arrive(
        actor=cast.listener,
        room_id=cast.room.pk,
        device="listener-1",
        hidden=False,
        move=False,
        origin="https://spaces.example.org",
        session="",
        now=NOW,
    )
    assert [(one.type, one.person.handle) for one in told.warnings] == [("blocked_speaker", "speaker")]
    assert told.snapshot is not None
    assert told.snapshot.blocked == [str(cast.speaker.pk)]
    assert room_page(room_id=cast.room.pk, viewer=cast.stranger, now=NOW).blocked_speakers == ()


@pytest.mark.django_db(transaction=True)
def test_who_blocked_somebody_learns_when_they_come_on_stage_and_nobody_else(transactional_cast: Cast) -> None:
    cast = transactional_cast
    block(cast.listener, cast.stranger)
    with events.broker().pubsub() as ears:
        for who in (cast.listener, cast.speaker):
            ears.subscribe(person_channel(str(cast.room.pk), str(who.pk)))
        bring_on_stage(cast.stranger, cast.host, cast.room)
        told = []
        while message := ears.get_message(timeout=1):
            told += [message["channel"]] if "warning.blocked_speaker" in str(message["data"]) else []
    assert told == [person_channel(str(cast.room.pk), str(cast.listener.pk))]
