"""Threat 3: to somebody whom its creator blocked, a room is at every door what no room is."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.services import blocks
from rooms.models import InvitedTo, Room
from rooms.services import invitations, lifecycle
from tests.rooms.cast import Cast, full_cast, person
from tests.safety.test_threat_06_other_peoples import Others, call, operations

pytestmark = pytest.mark.django_db(transaction=True)

#: A ticket is for whoever asks: what it opens is asked at the door. A report is too, also of a room that one was put
#: out of: by anybody, signed in or not, so that no block keeps anybody from reporting.
SAME_FOR_ALL = {"issueSocketTicket", "reportFromRoom"}
PAGES = ("listen", "leave", "end", "start", "cancel", "settings")


def told(response: Any) -> tuple[int, Any, Any]:
    """What an answer says, without what every answer has of its own."""
    problem = response.json() if response.content and response["Content-Type"].endswith("json") else {}
    return response.status_code, problem.get("code"), problem.get("detail")


def in_state(room: Room, state: str) -> None:
    """The room as it is, over, or to come."""
    if state == "ended":
        lifecycle.end_room(actor=room.creator, room_id=room.pk, now=timezone.now())
    elif state == "scheduled":
        Room.objects.filter(pk=room.pk).update(state="SCHEDULED")


@pytest.mark.parametrize("state", ["live", "ended", "scheduled"])
def test_threat_03_no_operation_tells_a_blocked_person_that_there_is_a_room(client: Client, state: str) -> None:
    others = Others()
    thief = person("thief")
    link = invitations.make_link(
        actor=others.cast.host, room_id=others.cast.room.pk, kind=InvitedTo.LISTEN, now=timezone.now()
    )
    others.bodies["key"] = link.key
    blocks.block_person(actor=others.cast.host, person_id=thief.pk, now=timezone.now())
    in_state(others.cast.room, state)
    app = APIClient()
    app.force_login(thief)
    checked = []
    for operation, method, path in operations(client):
        if "{room_id}" not in path or operation in SAME_FOR_ALL:
            continue
        there = told(call(app, method, path.format(**others.ids), others))
        nowhere = told(call(app, method, path.format(**{**others.ids, "room_id": uuid.uuid4()}), others))
        assert there == nowhere, operation
        assert there[0] == 404, operation
        checked.append(operation)
    assert {"endRoom", "raiseHand", "leaveRoom", "useInvitationLink", "publishSound"} <= set(checked)


@pytest.mark.parametrize("state", ["live", "ended", "scheduled"])
def test_threat_03_no_page_tells_a_blocked_person_that_there_is_a_room(state: str) -> None:
    cast: Cast = full_cast()
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=timezone.now())
    in_state(cast.room, state)
    browser = Client()
    browser.force_login(cast.stranger)
    form = {"title": "Taken over", "who_may_speak": "EVERYONE"}
    for page in PAGES:
        answers = [browser.post(f"/rooms/{room_id}/{page}/", form) for room_id in (cast.room.pk, uuid.uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404], page
        # Every page has a token of its own, and this one names its own address.
        there, nowhere = (re.sub(r"[A-Za-z0-9]{64}|[0-9a-f-]{36}", "", one.content.decode()) for one in answers)
        assert there == nowhere, page
