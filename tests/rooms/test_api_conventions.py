"""What holds for the whole API: problems, tags, keys, pages, pace, WHIP's manners."""

import time
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from limits import RateLimitItemPerMinute
from rest_framework.test import APIClient

from rooms import media_gateway
from rooms.models import InvitationLink, InvitedTo, Room
from rooms.services import invitations, lifecycle, removals, snapshots, tickets
from spaces_site.boundary import rest_pace
from tests.rooms.cast import NOW, Cast, come_in, later, open_room, person

pytestmark = pytest.mark.django_db(transaction=True)
ROOMS = "/api/v1/rooms/"


@pytest.fixture
def host() -> APIClient:
    client = APIClient()
    client.force_login(person("host", follower_count=600))
    return client


def test_every_error_is_a_problem(host: APIClient) -> None:
    answers = {
        404: host.get("/api/v1/nothing/"),
        405: host.put(ROOMS),
        406: host.get(f"{ROOMS}live/", headers={"Accept": "text/csv"}),
        415: host.post(ROOMS, "x", content_type="text/csv"),
        400: host.post(ROOMS, "{", content_type="application/json"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status


def test_wrong_fields_are_pointed_at_in_the_readers_language(host: APIClient) -> None:
    answer = host.post(ROOMS, {"title": "Four", "topics": ["x" * 31]}, format="json")
    assert answer.json()["code"] == "invalid"
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/title", "/topics/0"}


def test_a_room_that_is_not_there_and_one_that_is_nobodys_business_look_alike(host: APIClient) -> None:
    answer = host.get(f"{ROOMS}00000000-0000-4000-8000-000000000000/")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_room")
    assert host.get(f"{ROOMS}nonsense/").status_code == 404


def test_a_room_is_scheduled_changed_with_its_tag_and_cancelled(host: APIClient) -> None:
    start = timezone.now().replace(microsecond=0) + timedelta(days=1)
    made = host.post(ROOMS, {"title": "Tomorrow's sea", "scheduled_start": start.isoformat()}, format="json")
    assert (made.status_code, made.json()["data"]["state"]) == (201, "scheduled")
    path = made.headers["Location"]
    read = host.get(path)
    tag = read.headers["ETag"]
    assert host.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert host.patch(path, {"title": "Another sea"}, format="json").status_code == 428
    changed = host.patch(path, {"title": "Another sea"}, format="json", headers={"If-Match": tag})
    assert changed.json()["data"]["title"] == "Another sea"
    again = host.patch(path, {"title": "A third sea"}, format="json", headers={"If-Match": tag})
    assert (again.status_code, again.json()["code"]) == (412, "changed_meanwhile")
    assert host.post(f"{path}cancel/").status_code == 204
    assert host.post(f"{path}start/").status_code == 410


@pytest.mark.parametrize("path", ["/api/schema/", "/api/schema/?format=json", "/api/asyncapi.json"])
def test_the_documents_are_read_once(client: Any, path: str) -> None:
    read = client.get(path)
    assert (read.status_code, bool(read.headers["ETag"])) == (200, True)
    again = client.get(path, headers={"If-None-Match": read.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_same_key_opens_one_room(host: APIClient) -> None:
    def send(title: str) -> Any:
        return host.post(ROOMS, {"title": title}, format="json", headers={"Idempotency-Key": "k1"})

    first, again, other = send("One room"), send("One room"), send("Two rooms")
    assert first.json() == again.json()
    assert (again.status_code, again.headers["Location"]) == (201, first.headers["Location"])
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Room.objects.count() == 1


def test_the_same_key_makes_one_link_which_nobody_reads_in_the_broker(transactional_cast: Cast) -> None:
    cast, client = transactional_cast, APIClient()
    client.force_login(cast.host)

    def send(kind: str) -> Any:
        path, headers = f"{ROOMS}{cast.room.pk}/invitation-links/", {"Idempotency-Key": "k1"}
        return client.post(path, {"kind": kind}, format="json", headers=headers)

    first, again, other = send("listen"), send("listen"), send("speak")
    assert (first.status_code, first.json()) == (201, again.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert InvitationLink.objects.count() == 1
    key = first.json()["data"]["key"].encode()
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        (kept,) = [broker.get(name) for name in broker.scan_iter("*idempotency*")]
    assert kept
    assert key not in kept


def test_a_refused_key_may_be_tried_again(host: APIClient) -> None:
    headers = {"Idempotency-Key": "k1"}
    assert host.post(ROOMS, {"title": "no"}, format="json", headers=headers).status_code == 400
    assert host.post(ROOMS, {"title": "no"}, format="json", headers=headers).status_code == 400
    assert host.post(ROOMS, {"title": "Yes, a room"}, format="json", headers=headers).status_code == 201


def test_pages_go_forth_and_back_without_a_double(client: Any) -> None:
    for index in range(5):
        open_room(person(f"host_{index}", follower_count=600))
    first = client.get(f"{ROOMS}live/?max_results=2").json()
    second = client.get(f"{ROOMS}live/?max_results=2&next_token={first['meta']['next_token']}").json()
    third = client.get(f"{ROOMS}live/?max_results=2&next_token={second['meta']['next_token']}").json()
    ids = [room["id"] for page in (first, second, third) for room in page["data"]]
    assert len(set(ids)) == len(ids) == 5
    assert "next_token" not in third["meta"]
    back = client.get(f"{ROOMS}live/?max_results=2&previous_token={third['meta']['previous_token']}").json()
    assert back["data"] == second["data"]
    assert client.get(f"{ROOMS}live/?next_token=x").json()["code"] == "bad_page_token"


@pytest.mark.parametrize("path", ["removals", "invitations"])
def test_lists_of_hosts_are_told_in_pages(transactional_cast: Cast, path: str) -> None:
    cast, client, people = transactional_cast, APIClient(), [person(f"fan_{index}") for index in range(3)]
    for index, fan in enumerate(people):
        told = {"actor": cast.host, "room_id": cast.room.pk, "now": later(index)}
        if path == "removals":
            removals.remove_person(participant_id=come_in(fan, cast.room).pk, **told)
        else:
            invitations.invite(person_id=fan.pk, kind=InvitedTo.LISTEN, **told)
    client.force_login(cast.host)
    named: list[str] = []
    token = ""
    for expected in (2, 1):
        answer = client.get(f"{ROOMS}{cast.room.pk}/{path}/?max_results=2&next_token={token}").json()
        assert answer["meta"]["result_count"] == len(answer["data"]) == expected
        named += [one.get("person", one)["handle"] for one in answer["data"]]
        token = answer["meta"].get("next_token", "")
    assert (named, token) == (["fan_2", "fan_1", "fan_0"], "")


def test_fields_and_people_on_request(transactional_cast: Cast, client: Any) -> None:
    path = f"{ROOMS}{transactional_cast.room.pk}/?room.fields=title&expansions=speaker_ids&user.fields=handle"
    answer = client.get(path).json()
    assert set(answer["data"]) == {"id", "title"}
    assert {person["handle"] for person in answer["includes"]["users"]} == {"host", "speaker"}


def test_the_client_is_told_its_pace_and_then_to_wait(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest_pace, "SIGNED_OUT", RateLimitItemPerMinute(2))
    first = client.get(f"{ROOMS}live/")
    assert first.headers["RateLimit-Policy"] == '"address";q=2;w=60'
    assert first.headers["RateLimit"].startswith('"address";r=1;t=')
    assert (first.headers["x-rate-limit-limit"], first.headers["x-rate-limit-remaining"]) == ("2", "1")
    assert 0 < int(first.headers["x-rate-limit-reset"]) - time.time() <= 61
    client.get(f"{ROOMS}live/")
    refused = client.get(f"{ROOMS}live/")
    assert (refused.status_code, refused.json()["code"]) == (429, "slow_down")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_joining_gives_all_that_a_client_needs(transactional_cast: Cast) -> None:
    cast, client = transactional_cast, APIClient()
    client.force_login(cast.stranger)
    told = client.post(f"{ROOMS}{cast.room.pk}/join/", {"device": "app"}, format="json").json()["data"]
    assert told["socket_url"] == f"ws://testserver/ws/rooms/{cast.room.pk}/"
    assert told["snapshot"]["you"]["role"] == "listener"
    assert {"whip", "stream", "hls", "ice_servers", "epoch"} == set(told["media"])
    assert told["heartbeat_s"] == 15
    assert tickets.redeem_ticket(ticket=told["ticket"], room_id=cast.stranger.pk) is None


def test_a_ticket_opens_one_socket_of_its_room(transactional_cast: Cast) -> None:
    cast = transactional_cast
    ticket = tickets.issue_ticket(person=cast.stranger, room_id=cast.room.pk, now=NOW)
    redeemed = tickets.redeem_ticket(ticket=ticket, room_id=cast.room.pk)
    assert redeemed is not None
    assert redeemed.person_id == str(cast.stranger.pk)
    assert tickets.redeem_ticket(ticket=ticket, room_id=cast.room.pk) is None


def test_whip_says_what_it_takes(transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_gateway, "TAKE_SECONDS", 0.0)
    cast, client = transactional_cast, APIClient()
    path = f"{ROOMS}{cast.room.pk}/whip/"
    assert client.options(path).headers["Accept-Post"] == "application/sdp"
    assert client.patch(path, "x", content_type="application/trickle-ice-sdpfrag").status_code == 405
    assert client.post(path, "v=0", content_type="application/sdp").status_code == 401
    forged = client.post(path, "v=0", content_type="application/sdp", headers={"Authorization": "Bearer a:b:c"})
    assert (forged.status_code, forged.json()["code"]) == (403, "grant_refused")
    client.force_login(cast.speaker)
    too_big = client.post(path, "x" * 16_385, content_type="application/sdp")
    assert (too_big.status_code, too_big.json()["code"]) == (413, "offer_too_big")
    no_text = client.post(path, b"v=0\xff", content_type="application/sdp")
    assert (no_text.status_code, no_text.json()["code"]) == (400, "offer_not_utf8")
    away = client.post(path, "v=0", content_type="application/sdp")
    assert (away.status_code, "Retry-After" in away.headers) == (503, True)
    assert away.headers["Content-Type"] == "application/problem+json"


def test_reads_stay_within_ten_queries(transactional_cast: Cast, client: Any) -> None:
    cast = transactional_cast
    for index in range(3):
        lifecycle.open_room(creator=person(f"host_{index}", follower_count=600), title="Another room", now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        snapshots.snapshot(room_id=cast.room.pk, viewer=cast.listener, now=NOW)
    assert len(queries) <= 10
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{ROOMS}live/")
    assert len(queries) <= 10
