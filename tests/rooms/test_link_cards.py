"""The picture of a room for link previews: what it says, when it is another one, and what it may cost."""

import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from PIL import Image, ImageChops
from structlog.testing import capture_logs

from accounts.models import User
from accounts.services import blocks, profile
from accounts.services.avatar_drawing import draw_avatar
from accounts.services.avatar_pixels import face_picture
from rooms.models import Room
from rooms.queries.link_cards import LinkCard, link_card
from rooms.services import lifecycle
from rooms.services import link_card as drawing
from rooms.services import link_card_text as letters
from spaces_site.boundary.origin import Origin, acting_from
from spaces_site.boundary.pace import SlowDown
from tests.patience import busy
from tests.rooms.cast import NOW, Cast, bring_on_stage, later, person
from tests.rooms.conftest import DeafBroker

pytestmark = pytest.mark.django_db
NOWHERE = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


@pytest.fixture(autouse=True)
def _nothing_drawn_yet() -> None:
    for name in ("default", "pictures"):
        caches[name].clear()


def card(room: Room) -> LinkCard:
    told = link_card(room_id=room.pk, now=NOW)
    assert told is not None
    return told


def address(room: Room) -> str:
    return f"/cards/rooms/{room.pk}/{card(room).version}.png"


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def differ(one: bytes, other: bytes) -> bool:
    return ImageChops.difference(picture(one), picture(other)).getbbox() is not None


def test_the_picture_is_a_png_of_the_size_that_previews_want_and_may_be_kept(cast: Cast) -> None:
    answer = Client().get(address(cast.room))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["Cache-Control"] == "public, max-age=86400, immutable"
    assert not answer.cookies
    drawn = Image.open(io.BytesIO(answer.content))
    assert (drawn.format, drawn.size) == ("PNG", (1200, 630))
    assert len(answer.content) < 300_000


def test_it_says_title_state_and_people_of_the_stage(cast: Cast) -> None:
    told = card(cast.room)
    assert (told.title, told.state, told.names) == (cast.room.title, "Live", ("Host", "Speaker"))
    bring_on_stage(person("third"), cast.host, cast.room)
    assert card(cast.room).more == "and 1 more"
    assert len(card(cast.room).faces) == 3
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(1))
    assert (card(cast.room).state, card(cast.room).names) == ("Ended", ("Host",))


def test_a_room_to_come_is_told_by_its_hosts_clock_in_its_language(cast: Cast) -> None:
    User.objects.filter(pk=cast.host.pk).update(time_zone="Europe/Paris")
    host = User.objects.get(pk=cast.host.pk)
    start = NOW + timedelta(days=2)
    plan = lifecycle.schedule_room(creator=host, title="Demain", language="fr", scheduled_start=start, now=NOW)
    assert card(plan).state == "lun 16 mars 2026, 20:00 CET"
    lifecycle.cancel_room(actor=host, room_id=plan.pk, now=later(1))
    assert card(plan).state == "Annulé"


def test_whatever_else_is_drawn_has_another_address_and_the_old_one_leads_there(cast: Cast) -> None:
    seen = {address(cast.room)}
    lifecycle.change_room(actor=cast.host, room_id=cast.room.pk, changes={"title": "Other words"}, now=later(1))
    seen.add(address(cast.room))
    bring_on_stage(cast.stranger, cast.host, cast.room)
    seen.add(address(cast.room))
    profile.set_avatar(actor=cast.host, data=_red())
    seen.add(address(cast.room))
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(2))
    newest = address(cast.room)
    seen.add(newest)
    assert len(seen) == 5
    for old in seen - {newest}:
        answer = Client().get(old)
        assert (answer.status_code, answer["Location"]) == (302, newest)


def test_who_listens_and_how_many_changes_nothing(cast: Cast) -> None:
    before = address(cast.room)
    Client().post(f"/rooms/{cast.room.pk}/listen/")
    assert address(cast.room) == before


def test_the_door_names_the_picture_of_now(cast: Cast) -> None:
    door = Client().get(f"/rooms/{cast.room.pk}/").content.decode()
    named = re.search(r'property="og:image" content="http://testserver([^"]+)"', door)
    assert named
    assert named[1] == address(cast.room)
    assert f'property="og:title" content="{cast.room.title}"' in door
    assert 'name="twitter:card" content="summary_large_image"' in door
    assert f'<link rel="canonical" href="http://testserver/rooms/{cast.room.pk}/">' in door


def test_of_a_room_that_is_not_open_to_everybody_all_previews_are_the_same(cast: Cast) -> None:
    other = lifecycle.open_room(creator=person("other", follower_count=600), title="Another secret", now=NOW)
    Room.objects.filter(pk=cast.room.pk).update(guests_allowed=False)
    Room.objects.filter(pk=other.pk).update(needs_pass=True)
    assert card(cast.room) == card(other)
    assert Client().get(address(cast.room)).content == Client().get(address(other)).content
    door = Client().get(f"/rooms/{cast.room.pk}/").content.decode()
    head = door[: door.index("</head>")]
    assert 'property="og:title" content="A room on Spaces"' in head
    assert "og:image" in head
    for piece in re.findall(r'<(?:meta (?:property|name)="(?:og|twitter):|link rel="alternate")[^>]*>', head):
        assert cast.room.title not in piece


@pytest.mark.parametrize(
    "closed", [{"needs_pass": True}, {"guests_allowed": False}, {"closed_note": {"en": "against the rules"}}]
)
def test_an_address_that_was_of_an_open_room_leads_to_the_picture_that_says_nothing(
    cast: Cast, closed: dict[str, Any]
) -> None:
    open_then = address(cast.room)
    Client().get(open_then)
    Room.objects.filter(pk=cast.room.pk).update(**closed)
    answer = Client().get(open_then, follow=True)
    neutral = card(cast.room)
    assert cast.room.title not in repr(neutral)
    assert (neutral.names, neutral.faces, neutral.state) == ((), (), "")
    assert answer.redirect_chain == [(address(cast.room), 302)]
    assert not differ(answer.content, drawing.png(card=neutral))


def test_the_picture_is_the_same_for_whoever_asks(cast: Cast) -> None:
    """So that it tells nobody whom a host blocked, and may be kept for all."""
    blocked = Client()
    blocked.force_login(cast.stranger)
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)
    told, known = blocked.get(address(cast.room)), Client().get(address(cast.room))
    assert (told.status_code, told.content) == (200, known.content)
    door = blocked.get(f"/rooms/{cast.room.pk}/")
    assert door.status_code == 404
    assert "og:" not in door.content.decode()


def test_there_is_no_picture_of_nothing(cast: Cast) -> None:
    assert Client().get(f"/cards/rooms/{NOWHERE}/abc.png").status_code == 404
    User.objects.filter(pk=cast.host.pk).update(is_active=False)
    assert Client().get(f"/cards/rooms/{cast.room.pk}/abc.png").status_code == 404


def test_it_is_drawn_once_and_not_for_every_address_that_one_can_think_of(cast: Cast, monkeypatch: Any) -> None:
    drawn = []
    monkeypatch.setattr(drawing, "_drawn", lambda told: drawn.append(told) or b"png")
    for _again in range(3):
        assert Client().get(address(cast.room)).content == b"png"
    for version in ("abc", "0" * 16, card(cast.room).version.upper()):
        Client().get(f"/cards/rooms/{cast.room.pk}/{version}.png")
    assert len(drawn) == 1


def test_one_address_has_only_so_many_drawn_and_others_go_on(monkeypatch: Any) -> None:
    monkeypatch.setattr(drawing, "_drawn", lambda told: b"png")
    with acting_from(Origin(address="192.0.2.7")):
        for number in range(30):
            drawing.png(card=LinkCard(f"{number}", "plain"))
        with pytest.raises(SlowDown):
            drawing.png(card=LinkCard("one more", "plain"))
        assert drawing.png(card=LinkCard("3", "plain")) == b"png", "what is drawn already costs nothing"
    with acting_from(Origin(address="192.0.2.8")):
        assert drawing.png(card=LinkCard("one more", "plain")) == b"png"


@pytest.fixture
def drawings(monkeypatch: Any) -> list[LinkCard]:
    """What is drawn."""
    drawn: list[LinkCard] = []

    def draw(told: LinkCard) -> bytes:
        drawn.append(told)
        return b"png"

    monkeypatch.setattr(drawing, "_drawn", draw)
    return drawn


def silent_broker(settings: Any, path: Path) -> None:
    """Nothing listens there."""
    settings.REDIS_URL = f"unix://{path / 'nobody'}"
    settings.CACHES = {**settings.CACHES, "default": {**settings.CACHES["default"], "LOCATION": settings.REDIS_URL}}


def test_f5_without_a_broker_each_process_draws_a_picture_once_and_says_so(
    settings: Any, tmp_path: Path, drawings: list[LinkCard]
) -> None:
    silent_broker(settings, tmp_path)
    unanswered = drawing.UNANSWERED._value.get()
    with capture_logs() as logs:
        for _again in range(5):
            assert drawing.png(card=LinkCard("Sea", "plain")) == b"png"
    assert len(drawings) == 1
    assert [one["event"] for one in logs].count("link_card_cache_silent") == 1
    assert drawing.UNANSWERED._value.get() == unanswered + 1


def test_f5_many_who_ask_at_once_without_a_broker_have_one_drawn(
    settings: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """One draws, two wait for it, and whoever comes beyond is told to come again: no thread piles up."""
    silent_broker(settings, tmp_path)
    drawn, may_draw = [], threading.Event()

    def draw(told: LinkCard) -> bytes:
        drawn.append(told)
        assert may_draw.wait(busy(2))
        return b"png"

    monkeypatch.setattr(drawing, "_drawn", draw)

    def ask(_number: int) -> bytes | None:
        try:
            return drawing.png(card=LinkCard("Sea", "plain"))
        except SlowDown:
            return None

    with ThreadPoolExecutor(20) as crowd:
        asking = [crowd.submit(ask, number) for number in range(20)]
        refused = [one.result() for one in islice(as_completed(asking), 17)]
        may_draw.set()
        answers = [one.result() for one in asking]
    assert refused == [None] * 17
    assert answers.count(b"png") == 3
    assert len(drawn) == 1


def test_f6_a_broker_that_hangs_is_asked_once_by_all_who_want_a_picture(
    deaf_broker: DeafBroker, drawings: list[LinkCard]
) -> None:
    for number in range(20):
        drawing.png(card=LinkCard(f"{number}", "plain"))
    # One for what is kept, and one for the pace; each waits for a second.
    assert deaf_broker.callers() == 2
    waits = caches["default"]._cache.get_client().connection_pool.connection_kwargs  # type: ignore[attr-defined]
    assert (waits["socket_timeout"], waits["socket_connect_timeout"]) == (1.0, 1.0)
    assert len(drawings) == 20


@pytest.mark.parametrize(
    "title",
    [
        "أصوات الليل: حكايات من آخر حافلة",
        "רדיו בלילה",
        "রাতের গল্প",
        "रात की कहानियाँ",
        "இரவு வானொலி",
        "วิทยุกลางคืน",
        "Ночное радио",
        "Νυχτερινό ραδιόφωνο",
        "Đêm nghe đài ở Huế",
    ],
)
def test_our_fonts_have_the_letters_of_most_languages_of_rooms(title: str) -> None:
    assert letters.drawable(title) == title


def test_what_no_font_has_is_left_out_never_drawn_as_a_box() -> None:
    assert letters.drawable("Night radio 🎉 now") == "Night radio now"
    assert letters.drawable("深夜电台") == ""
    plain, chinese = (
        drawing.png(card=LinkCard(title, "A room on Spaces")) for title in ("A room on Spaces", "深夜电台")
    )
    assert not differ(plain, chinese)


def test_without_its_library_text_that_must_be_laid_out_is_not_drawn_wrong(monkeypatch: Any) -> None:
    monkeypatch.setattr(letters, "_lays_out", lambda: False)
    assert (letters.drawable("نور"), letters.drawable("रात"), letters.drawable("Ночь")) == ("", "", "Ночь")


def test_arabic_is_joined_and_written_from_the_right() -> None:
    joined, apart = (letters.font_for("نور", 60).getlength(text) for text in ("نور", "ن ور"))
    assert joined < apart
    drawn = picture(drawing.png(card=LinkCard("نور", "plain")))
    ground = drawing._ground()
    box = ImageChops.difference(drawn, ground).getbbox()
    assert box
    assert box[0] > 900
    assert box[2] <= 1200 - 60


@pytest.mark.parametrize("title", ["W" * 80, "word " * 16, "é" * 80, "a", "ن" * 80])
def test_any_title_stays_inside(title: str) -> None:
    drawn = picture(
        drawing.png(card=LinkCard(title, "plain", state="Live", names=("N" * 50, "B" * 50), more="and 9 more"))
    )
    left, top, right, bottom = ImageChops.difference(drawn, drawing._ground()).getbbox() or (0, 0, 0, 0)
    assert left >= 60
    assert right <= 1200 - 60
    assert (top, bottom) >= (56, 0)
    assert bottom < 630 - 30


def test_a_face_is_the_uploaded_one_else_the_one_that_is_drawn(db: None) -> None:
    someone, other = person("someone"), person("other")
    first = face_picture(person=someone, side=104)
    assert first.size == (104, 104)
    assert first.getpixel((0, 0))[3] == 0, "round"
    assert ImageChops.difference(first.convert("RGB"), face_picture(person=other, side=104).convert("RGB")).getbbox()
    assert len(first.getcolors(104 * 104) or []) > 100
    assert draw_avatar(person_id=someone.pk).startswith("<svg")
    with_picture = profile.set_avatar(actor=someone, data=_red())
    red = face_picture(person=with_picture, side=104).getpixel((52, 52))
    assert red[0] > 200
    assert max(red[1], red[2]) < 60


def test_an_uploaded_face_whose_file_is_lost_is_drawn_and_said_in_the_log() -> None:
    someone = person("someone")
    drawn = face_picture(person=someone, side=104)
    with_picture = profile.set_avatar(actor=someone, data=_red())
    with_picture.avatar.storage.delete(with_picture.avatar.name)
    with capture_logs() as logs:
        assert not ImageChops.difference(face_picture(person=with_picture, side=104), drawn).getbbox()
    assert [(one["event"], one["person"]) for one in logs] == [("avatar_lost", str(someone.pk))]


def _red() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (255, 0, 0)).save(out, "PNG")
    return out.getvalue()
