"""One owner at a time: claims, renewals and releases, on whichever database the tests run."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from rooms import events
from rooms.models import MediaNode, MediaSession, Participant, Room
from rooms.services import entry, lifecycle, media, stage
from tests.media_worker.node.cast import bring_on_stage, enter, open_room, person
from tests.rooms.cast import come_in, drop_off

pytestmark = pytest.mark.django_db(transaction=True)


def a_node(name: str = "a") -> UUID:
    node_id = uuid4()
    media.register_node(node_id=node_id, name=name, addresses=["192.0.2.1"], port=40400, now=timezone.now())
    return node_id


def moved(room: Room) -> list[str]:
    """Numbered events of the room that say its sound moved."""
    return [text for text in events.events_after(room.pk, 0) or [] if "media.moved" in text]


def claim_at_once(room: Room, nodes: list[UUID], now: datetime) -> list[int | None]:
    """What each node got when all claim in the same moment."""
    start = threading.Barrier(len(nodes))

    def claim(node_id: UUID) -> int | None:
        start.wait()
        try:
            return media.claim_lease(room_id=room.pk, node_id=node_id, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(nodes)) as threads:
        return list(threads.map(claim, nodes))


def test_of_many_nodes_that_claim_at_once_one_gets_the_room() -> None:
    room = open_room(person("host"))
    nodes = [a_node(str(number)) for number in range(8)]
    for round_ in range(5):
        outcomes = claim_at_once(room, nodes, now=timezone.now() + timedelta(minutes=round_))
        assert sorted(epoch for epoch in outcomes if epoch is not None) == [round_ + 1]
        assert outcomes.count(None) == len(nodes) - 1


def test_a_lease_can_be_taken_only_when_it_has_run_out() -> None:
    room, first, second, now = open_room(person("host")), a_node(), a_node(), timezone.now()
    assert media.claim_lease(room_id=room.pk, node_id=first, now=now) == 1
    late = now + timedelta(seconds=settings.MEDIA_LEASE_SECONDS)
    assert media.claim_lease(room_id=room.pk, node_id=second, now=late - timedelta(milliseconds=1)) is None
    assert media.claim_lease(room_id=room.pk, node_id=second, now=late) == 2


def test_whoever_lost_the_lease_can_not_renew_it() -> None:
    room, first, second, now = open_room(person("host")), a_node(), a_node(), timezone.now()
    media.claim_lease(room_id=room.pk, node_id=first, now=now)
    assert media.renew_leases(node_id=first, now=now) == {str(room.pk): 1}
    media.claim_lease(room_id=room.pk, node_id=second, now=now + timedelta(seconds=10))
    assert media.renew_leases(node_id=first, now=now + timedelta(seconds=10)) == {}
    assert MediaSession.objects.get(pk=room.pk).node_id == second


def test_a_lease_that_ran_out_is_renewed_when_nobody_took_it() -> None:
    room, node, now = open_room(person("host")), a_node(), timezone.now()
    media.claim_lease(room_id=room.pk, node_id=node, now=now)
    assert media.renew_leases(node_id=node, now=now + timedelta(hours=1)) == {str(room.pk): 1}


def test_every_epoch_after_the_first_is_told_to_the_room() -> None:
    room, now = open_room(person("host")), timezone.now()
    media.claim_lease(room_id=room.pk, node_id=a_node(), now=now)
    assert moved(room) == []
    media.claim_lease(room_id=room.pk, node_id=a_node(), now=now + timedelta(seconds=10))
    assert len(moved(room)) == 1
    assert '"epoch":2' in moved(room)[0]


def test_a_new_owner_of_the_sound_ends_places_that_its_last_one_alone_held() -> None:
    host, guest, now = person("host"), person("guest"), timezone.now()
    room, nodes = open_room(host), [a_node(), a_node()]
    media.claim_lease(room_id=room.pk, node_id=nodes[0], now=now)
    for who in (host, guest):
        place = come_in(who, room, device=f"{who.handle}-1", now=now)
        media.report_connection(
            room_id=room.pk, epoch=1, participant_id=place.pk, device=place.device, connected=True, now=now
        )
    drop_off(Participant.objects.get(person=host), now=now)
    assert Participant.objects.get(person=host).disconnected_at is None
    late = now + timedelta(seconds=10)
    media.claim_lease(room_id=room.pk, node_id=nodes[1], now=late)
    assert Participant.objects.get(person=host).disconnected_at == late
    assert Participant.objects.get(person=guest).disconnected_at is None
    assert not Participant.objects.filter(media_connected=True).exists()
    assert "speaker.connection" in (events.events_after(room.pk, 0) or [])[-1]


def test_a_room_that_is_over_can_not_be_claimed() -> None:
    host = person("host")
    room = open_room(host)
    lifecycle.end_room(actor=host, room_id=room.pk, now=timezone.now())
    assert media.claim_lease(room_id=room.pk, node_id=a_node(), now=timezone.now()) is None


def test_release_and_drain_free_rooms_at_once() -> None:
    host = person("host")
    room, node, now = open_room(host), a_node(), timezone.now()
    assert media.claim_lease(room_id=room.pk, node_id=node, now=now) == 1
    assert not media.release(room_id=room.pk, node_id=node, epoch=7)
    assert media.release(room_id=room.pk, node_id=node, epoch=1)
    assert media.claim_lease(room_id=room.pk, node_id=node, now=now) == 2
    assert not media.drain(node_id=node, now=now)
    assert MediaNode.objects.get(pk=node).is_draining
    assert media.claim_lease(room_id=room.pk, node_id=a_node(), now=now) == 3
    assert media.drain(node_id=node, now=now)


def test_rooms_without_sound_are_live_peopled_and_unowned() -> None:
    now = timezone.now()
    people = [person(f"host{number}") for number in range(4)]
    carried, empty, over, waiting = [open_room(someone) for someone in people]
    media.claim_lease(room_id=carried.pk, node_id=a_node(), now=now)
    Participant.objects.filter(room=empty).update(disconnected_at=now)
    lifecycle.end_room(actor=people[2], room_id=over.pk, now=now)
    assert media.rooms_without_sound(now=now) == [str(waiting.pk)]
    later = now + timedelta(seconds=settings.MEDIA_LEASE_SECONDS)
    assert set(media.rooms_without_sound(now=later)) == {str(waiting.pk), str(carried.pk)}


def test_the_stage_has_who_may_connect_and_nobody_else() -> None:
    host, speaker, listener = person("host"), person("speaker"), person("listener")
    room = open_room(host)
    place = bring_on_stage(speaker, room, host)
    enter(listener, room)
    facts = media.read_stages(room_ids=[str(room.pk)], now=timezone.now())[str(room.pk)]
    assert facts.live
    assert facts.anybody_here
    assert {seat.participant_id: (seat.on_stage, seat.muted) for seat in facts.seats} == {
        str(place.pk): (True, False),
        str(Participant.objects.get(person=host).pk): (True, True),
    }
    entry.leave_room(actor=speaker, room_id=room.pk, device="speaker-1", now=timezone.now())
    facts = media.read_stages(room_ids=[str(room.pk)], now=timezone.now())[str(room.pk)]
    assert str(place.pk) not in {seat.participant_id for seat in facts.seats}


def seats_at(room: Room, now: datetime) -> dict[str, bool]:
    """Participant id → on stage, of everybody who may have a peer connection."""
    facts = media.read_stages(room_ids=[str(room.pk)], now=now)[str(room.pk)]
    return {seat.participant_id: seat.on_stage for seat in facts.seats}


def test_whoever_was_moved_to_the_audience_hears_on_for_a_moment_and_is_not_heard() -> None:
    host, speaker, now = person("host"), person("speaker"), timezone.now()
    room = open_room(host)
    place = bring_on_stage(speaker, room, host)
    stage.demote(actor=host, room_id=room.pk, participant_id=place.pk, now=now)
    assert seats_at(room, now)[str(place.pk)] is False
    assert seats_at(room, now + media.HEARS_ON - timedelta(milliseconds=1))[str(place.pk)] is False
    assert str(place.pk) not in seats_at(room, now + media.HEARS_ON)


@pytest.mark.parametrize("went", ["left", "suspended", "no page"])
def test_whoever_is_out_of_the_room_hears_nothing_at_once(went: str) -> None:
    host, speaker, now = person("host"), person("speaker"), timezone.now()
    room = open_room(host)
    place = bring_on_stage(speaker, room, host)
    if went == "no page":
        Participant.objects.filter(pk=place.pk).update(socket="")
    stage.step_down(actor=speaker, room_id=room.pk, now=now)
    if went == "left":
        entry.leave_room(actor=speaker, room_id=room.pk, device="speaker-1", now=now)
    elif went == "suspended":
        entry.leave_everywhere(person_id=speaker.pk, now=now)
    assert str(place.pk) not in seats_at(room, now)


def test_an_older_epoch_reports_nothing() -> None:
    host = person("host")
    room, now = open_room(host), timezone.now()
    place = Participant.objects.get(person=host)
    for seconds in (0, 10):
        media.claim_lease(room_id=room.pk, node_id=a_node(), now=now + timedelta(seconds=seconds))
    before = Room.objects.get(pk=room.pk).seq
    facts = {"room_id": room.pk, "participant_id": place.pk, "device": "host-1", "connected": True, "now": now}
    assert not media.report_connection(epoch=1, **facts)
    place.refresh_from_db()
    assert not place.media_connected
    assert media.report_connection(epoch=2, **facts)
    place.refresh_from_db()
    assert place.media_connected
    assert Room.objects.get(pk=room.pk).seq == before
