"""Less of this: a kind of notifications is no longer pushed or mailed, by one press in the list, and undone by one."""

import html
import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Channel, NotificationKind, User
from accounts.queries.notifications import matrix
from accounts.services.notifications import Telling, set_wishes, tell

pytestmark = pytest.mark.django_db
KIND = NotificationKind.HOST_LIVE
REFUSAL = "Choose what you want to be told, and by which way."


@pytest.fixture
def eva(client: Client) -> User:
    """Somebody signed in who was told that a host is live, and wants mail of that as well."""
    eva = User.objects.create(handle="eva", display_name="Eva")
    set_wishes(actor=eva, choices=[(KIND, Channel.EMAIL, True), (KIND, Channel.NATIVE, False)])
    tell(tellings=[Telling(eva, KIND, "room_live", "/rooms/x/", {"title": "Sea", "host": "Ana"})], now=timezone.now())
    client.force_login(eva)
    return eva


def ways(eva: User) -> dict[str, bool]:
    return matrix(person=eva)[KIND]


def test_one_press_quiets_a_kind_and_one_press_undoes_it(eva: User, client: Client) -> None:
    before, others = ways(eva), matrix(person=eva)[NotificationKind.REPLY]
    assert before == {Channel.IN_APP: True, Channel.EMAIL: True, Channel.WEB_PUSH: True, Channel.NATIVE: False}
    action = f"/notifications/{KIND}/less/"
    assert f'action="{action}"' in client.get("/notifications/").content.decode()
    page = client.post(action, follow=True).content.decode()
    assert ways(eva) == {channel: channel == Channel.IN_APP for channel in Channel.values}
    assert matrix(person=eva)[NotificationKind.REPLY] == others
    assert "Somebody I follow opens a room” stays in this list" in html.unescape(page)
    assert f'action="{action}"' not in page, "there is nothing less to be had"
    sent = {"way": re.findall(r'name="way" value="(\w+)"', page)}
    page = client.post(f"/notifications/{KIND}/more/", sent, follow=True).content.decode()
    assert "You are told as before." in page
    assert ways(eva) == before


def test_what_there_is_not_is_refused_and_nothing_is_said_of_it(eva: User, client: Client) -> None:
    before = matrix(person=eva)
    for path, sent in (("NONSENSE/less/", {}), ("NONSENSE/more/", {"way": "EMAIL"}), (f"{KIND}/more/", {"way": "x"})):
        answer = client.post(f"/notifications/{path}", sent, follow=True)
        assert REFUSAL in html.unescape(answer.content.decode()), path
    assert matrix(person=eva) == before
    assert "neither pushed" not in client.get(f"/notifications/?less={KIND}&was=EMAIL").content.decode()
    assert "neither pushed" not in client.get("/notifications/?less=NONSENSE").content.decode()
    assert Client().post(f"/notifications/{KIND}/less/").url.startswith("/accounts/login/")
