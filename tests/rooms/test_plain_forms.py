"""The plain forms of a room, for readers who are not signed in."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.rooms.cast import open_room, person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("act", ["end", "start", "cancel", "settings"])
def test_whoever_signs_in_first_comes_back_to_the_room_and_not_to_the_form_s_address(act: str) -> None:
    room = f"/rooms/{open_room(person('host', follower_count=600)).pk}/"
    fields = {"title": "Another sea", "who_may_speak": "everyone"}
    answer = Client().post(f"{room}{act}/", fields, headers={"Referer": f"http://testserver{room}"})
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["next"] == [room]
