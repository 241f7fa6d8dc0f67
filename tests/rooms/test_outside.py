"""What other sites are told of a room: the frame, oEmbed, and how little of a room that is not open to everybody."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.services import blocks
from rooms.models import Room
from rooms.services import lifecycle, removals
from tests.rooms.cast import NOW, Cast, bring_on_stage, later, person, place_of

pytestmark = pytest.mark.django_db
NOWHERE = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def frame(room: Any, client: Client | None = None) -> str:
    answer = (client or Client()).get(f"/embed/rooms/{room.pk}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def oembed(url: str, **more: Any) -> Any:
    return Client().get("/oembed.json", {"url": url, **more})


def address(room: Any) -> str:
    return f"http://testserver/rooms/{room.pk}/"


def change(room: Room, **fields: Any) -> None:
    Room.objects.filter(pk=room.pk).update(**fields)


def test_a_live_room_sounds_in_the_frame_for_whoever_has_no_account(cast: Cast) -> None:
    shown = frame(cast.room)
    assert cast.room.title in shown
    assert "Host</bdi>" in shown
    assert "Speaker</bdi>" in shown
    assert re.search(r"</svg>\s*2<span", shown), "two listen"
    assert f"/live/{cast.room.pk}/open/stream.mp4" in shown
    assert "Listener" not in shown, "who listens is nobody's business outside"


def test_an_official_room_is_one_in_the_frame_as_well(cast: Cast) -> None:
    assert "Official" not in frame(cast.room)
    change(cast.room, is_official=True)
    assert "Official" in frame(cast.room)


def test_who_has_no_room_for_their_name_is_counted_in_good_french(cast: Cast) -> None:
    french = Client(headers={"accept-language": "fr"})
    for handle in ("third", "fourth"):
        bring_on_stage(person(handle), cast.host, cast.room)
    assert "et 1 autre intervenant<" in frame(cast.room, french)
    bring_on_stage(person("fifth"), cast.host, cast.room)
    assert "et 2 autres intervenants<" in frame(cast.room, french)


def test_the_frame_is_the_same_for_everybody(cast: Cast) -> None:
    stranger = Client()
    stranger.force_login(cast.stranger)
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)
    assert frame(cast.room, stranger) == frame(cast.room)


@pytest.mark.parametrize(
    "closed",
    [
        {"needs_pass": True},
        {"guests_allowed": False},
        {"closed_note": {"en": "against the rules"}},
    ],
)
def test_of_a_room_that_is_not_open_to_everybody_nothing_is_told(cast: Cast, closed: dict[str, Any]) -> None:
    change(cast.room, **closed)
    answer = oembed(address(cast.room)).json()
    for told in (frame(cast.room), str(answer)):
        assert cast.room.title not in told
        assert "Host" not in told
        assert "against the rules" not in told
        assert "/open/stream.mp4" not in told
    assert f"/rooms/{cast.room.pk}/" in frame(cast.room)
    assert answer["title"] == "A room on Spaces"
    assert "author_name" not in answer


def test_what_is_not_told_of_a_live_room_is_not_told_before_or_after_it_either(cast: Cast) -> None:
    plan = lifecycle.schedule_room(
        creator=cast.host, title="Members only", scheduled_start=NOW + timedelta(days=1), guests_allowed=False, now=NOW
    )
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(1))
    change(cast.room, guests_allowed=False)
    for room in (plan, cast.room):
        assert room.title not in frame(room)
    lifecycle.cancel_room(actor=cast.host, room_id=plan.pk, now=later(2))
    assert plan.title not in frame(plan)
    assert plan.title not in str(oembed(address(plan)).json())


def test_who_was_put_off_the_stage_is_named_no_more(cast: Cast) -> None:
    removals.remove_person(
        actor=cast.host, room_id=cast.room.pk, participant_id=place_of(cast.speaker, cast.room).pk, now=later(1)
    )
    assert "Speaker</bdi>" not in frame(cast.room)


def test_the_frame_has_nothing_that_a_page_round_it_could_have_pressed(cast: Cast) -> None:
    """Whoever frames it may lay it under something else: no press in it changes anything."""
    reader = Client()
    reader.force_login(cast.host)
    shown = frame(cast.room, reader)
    assert "<form" not in shown
    assert "hx-" not in shown
    for link in re.findall(r"<a [^>]*>", shown):
        assert 'target="_blank"' in link
        assert 'rel="noopener"' in link
    assert reader.post(f"/embed/rooms/{cast.room.pk}/").status_code == 405


def test_where_hosts_let_people_in_one_by_one_the_frame_leads_to_the_door(cast: Cast) -> None:
    change(cast.room, entry_approval=True)
    shown = frame(cast.room)
    assert cast.room.title in shown
    assert "/open/stream.mp4" not in shown
    assert "Open the room to listen" in shown


def test_the_frame_says_what_the_room_is(cast: Cast) -> None:
    plan = lifecycle.schedule_room(
        creator=cast.host, title="Tomorrow", scheduled_start=NOW + timedelta(days=1), now=NOW
    )
    assert "Be reminded" in frame(plan)
    assert 'datetime="2026-03-15T19:00' in frame(plan)
    lifecycle.cancel_room(actor=cast.host, room_id=plan.pk, now=later(1))
    assert "Cancelled" in frame(plan)
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(2))
    assert "Ended" in frame(cast.room)
    assert "/open/stream.mp4" not in frame(cast.room)


def test_a_room_that_is_not_there_says_so_in_the_frame(cast: Cast) -> None:
    nowhere = Client().get(f"/embed/rooms/{NOWHERE}/")
    assert nowhere.status_code == 404
    assert "frame-ancestors *" in nowhere.headers["Content-Security-Policy"]
    type(cast.host).objects.filter(pk=cast.host.pk).update(is_active=False)
    gone = Client().get(f"/embed/rooms/{cast.room.pk}/")
    assert (gone.status_code, gone.content) == (404, nowhere.content), "somebody suspended hosts nothing"


def test_oembed_names_the_frame_the_host_and_the_size(cast: Cast) -> None:
    answer = oembed(address(cast.room))
    told = answer.json()
    assert (told["version"], told["type"], told["provider_name"]) == ("1.0", "rich", "Spaces")
    assert (told["title"], told["author_name"]) == (cast.room.title, "Host")
    assert told["author_url"] == "http://testserver/@host/"
    assert f'src="http://testserver/embed/rooms/{cast.room.pk}/"' in told["html"]
    assert (told["width"], told["height"]) == (600, 180)
    assert 'width="600" height="180"' in told["html"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"maxwidth": "400"}, (400, 180)),
        ({"maxwidth": "400", "maxheight": "90"}, (400, 90)),
        ({"maxwidth": "4000", "maxheight": "4000"}, (600, 180)),
        ({"maxwidth": "0"}, (600, 180)),
        ({"maxwidth": "-1"}, (600, 180)),
        ({"maxwidth": "many", "maxheight": "٣"}, (600, 180)),
        ({"maxwidth": "9" * 500}, (600, 180)),
    ],
)
def test_oembed_keeps_to_the_size_that_is_asked_for(cast: Cast, asked: dict[str, str], size: tuple[int, int]) -> None:
    told = oembed(address(cast.room), **asked).json()
    assert (told["width"], told["height"]) == size
    assert f'width="{size[0]}" height="{size[1]}"' in told["html"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nothing",
        f"http://testserver/rooms/{NOWHERE}/",
        "http://testserver/rooms/new/",
        "http://testserver/@host/",
        "http://[",
        "//testserver/rooms/",
    ],
)
def test_oembed_knows_nothing_else(cast: Cast, url: str) -> None:
    assert oembed(url).status_code == 404


@pytest.mark.parametrize(
    "site",
    [
        "https://evil.example",
        "javascript://testserver",
        "http://testserver@evil.example",
        "http://evil.example@testserver",
        "http://testserver:81",
        "http://testserver.evil.example",
        "http://testserver\\@evil.example",
        "http://testserver%2f@evil.example",
        "http://evil.example/http://testserver",
        "http://evil.example#http://testserver",
        "//testserver",
        "",
    ],
)
def test_oembed_answers_for_this_site_alone(cast: Cast, site: str) -> None:
    assert oembed(f"{site}/rooms/{cast.room.pk}/").status_code == 404


def test_oembed_takes_the_ways_in_which_an_address_is_written(cast: Cast, settings: Any) -> None:
    settings.PUBLIC_URL = "https://spaces.example.org"
    for url in (
        address(cast.room),
        address(cast.room).rstrip("/"),
        f"{address(cast.room)}?s=abc#top",
        address(cast.room).replace("http://testserver", "HTTP://TestServer"),
        f"https://spaces.example.org/rooms/{cast.room.pk}/",
        f"https://spaces.example.org/embed/rooms/{cast.room.pk}/",
    ):
        told = oembed(url).json()
        assert told["html"].startswith(f'<iframe src="https://spaces.example.org/embed/rooms/{cast.room.pk}/"'), url


def test_oembed_speaks_json_alone(cast: Cast) -> None:
    assert oembed(address(cast.room), format="json").status_code == 200
    assert oembed(address(cast.room), format="xml").status_code == 501


def test_a_title_stays_text_in_the_frame_of_another_page(cast: Cast) -> None:
    change(cast.room, title='"><script>alert(1)</script>')
    told = oembed(address(cast.room)).json()["html"]
    assert "<script>" not in told
    assert "<script>alert" not in frame(cast.room)


def test_the_page_of_sharing_offers_the_frame_where_it_says_something(cast: Cast) -> None:
    path = f"/rooms/{cast.room.pk}/share/"
    assert "&lt;iframe src=" in Client().get(path).content.decode()
    change(cast.room, guests_allowed=False)
    assert "iframe" not in Client().get(path).content.decode()


def test_the_door_names_where_oembed_is(cast: Cast) -> None:
    door = Client().get(f"/rooms/{cast.room.pk}/").content.decode()
    assert 'type="application/json+oembed"' in door
    assert f"/oembed.json?url={quote(address(cast.room), safe='')}" in door
