"""Words and settings of a room: who changes them, at which door, and who is told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from rooms import stage_rules
from rooms.models import Room
from rooms.services import hosts, lifecycle, wording
from tests.rooms.cast import NOW, Cast, bring_on_stage, later, person

pytestmark = pytest.mark.django_db
Told = Callable[..., list[dict[str, Any]]]
SAID = {"description": "Bring tea.", "topics": "Tea,  sea ", "language": "fr"}


def page_of(who: User) -> Client:
    browser = Client()
    browser.force_login(who)
    return browser


def sent(cast: Cast, who: User, **fields: str) -> int:
    """What the settings of the live room send."""
    form = {"title": cast.room.title, "who_may_speak": "EVERYONE", "guests_allowed": "on", **fields}
    answer = page_of(who).post(f"/rooms/{cast.room.pk}/settings/", form, headers={"HX-Request": "true"})
    return answer.status_code


def words(cast: Cast) -> tuple[str, list[str], str]:
    room = Room.objects.get(pk=cast.room.pk)
    return room.description, room.topics, room.language


def test_the_host_changes_description_topics_and_language_on_the_page(cast: Cast) -> None:
    assert sent(cast, cast.host, **SAID) == 204
    assert words(cast) == ("Bring tea.", ["tea", "sea"], "fr")
    assert sent(cast, cast.host, description="", topics="", language="fr") == 204
    assert words(cast) == ("", [], "fr")


def test_a_page_that_is_older_than_the_fields_leaves_them_as_they_are(cast: Cast) -> None:
    sent(cast, cast.host, **SAID)
    assert sent(cast, cast.host, title="What the sea forgot") == 204
    assert words(cast) == ("Bring tea.", ["tea", "sea"], "fr")
    assert Room.objects.get(pk=cast.room.pk).title == "What the sea forgot"


@pytest.mark.parametrize(
    "wrong", [{"language": "xx"}, {"topics": "a,b,c,d,e,f"}, {"topics": "x" * 31}, {"description": "x" * 1001}]
)
def test_what_is_wrong_is_said_and_nothing_changes(cast: Cast, wrong: dict[str, str]) -> None:
    before = words(cast)
    assert sent(cast, cast.host, **{**SAID, **wrong}) == 422
    assert words(cast) == before


def test_everybody_in_the_room_is_told(cast: Cast, told: Told) -> None:
    changes = {"description": "Bring tea.", "topics": ["Tea"], "language": "fr"}
    events = told(cast.room, lifecycle.change_room, actor=cast.host, changes=changes, now=NOW)
    assert [event["type"] for event in events] == ["state.changed"]
    room = events[0]["data"]["room"]
    assert (room["description"], room["topics"], room["lang"]) == ("Bring tea.", ["tea"], "fr")


def test_the_api_changes_them_too(cast: Cast) -> None:
    app = APIClient()
    app.force_login(cast.host)
    told = {"description": "Bring tea.", "topics": ["Tea", "sea"], "lang": "fr"}
    changed = app.patch(f"/api/v1/rooms/{cast.room.pk}/", told, format="json", headers={"If-Match": "*"})
    assert changed.status_code == 200, changed.content
    assert words(cast) == ("Bring tea.", ["tea", "sea"], "fr")
    assert changed.json()["data"]["lang"] == "fr"


def test_hosts_of_a_live_room_change_it_and_nobody_else_in_it_does(cast: Cast) -> None:
    second = person("second")
    place = bring_on_stage(second, cast.host, cast.room)
    hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    assert sent(cast, second, **SAID) == 204
    assert words(cast)[0] == "Bring tea."
    for who in (cast.speaker, cast.listener, cast.stranger):
        assert sent(cast, who, description="Mine now.") == 403
    hosts.hand_over(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)
    assert sent(cast, cast.speaker, description="From the new host.") == 204
    assert sent(cast, cast.host, description="From whoever opened it.") == 204
    assert words(cast)[0] == "From whoever opened it."


def test_a_room_to_come_is_its_creators_alone(cast: Cast) -> None:
    room = lifecycle.schedule_room(creator=cast.host, title="Next week", scheduled_start=later(3600), now=NOW)
    change = {"room_id": room.pk, "changes": {"description": "Soon."}, "now": NOW}
    with pytest.raises(stage_rules.NotAHost):
        lifecycle.change_room(actor=cast.speaker, **change)
    assert lifecycle.change_room(actor=cast.host, **change).description == "Soon."


def test_a_host_who_left_changes_nothing_more(cast: Cast) -> None:
    second = person("second")
    place = bring_on_stage(second, cast.host, cast.room)
    hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    page_of(second).post(f"/rooms/{cast.room.pk}/leave/")
    with pytest.raises(stage_rules.NotAHost):
        lifecycle.change_room(actor=second, room_id=cast.room.pk, changes={"description": "Still."}, now=timezone.now())
    with pytest.raises(wording.BadField):
        lifecycle.change_room(actor=cast.host, room_id=cast.room.pk, changes={"language": "xx"}, now=NOW)
