"""Every page of the admin, in both languages: it opens, it says no secret, its own words are translated."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import PushDevice, User
from accounts.services import devices, follows, posts, signup, suspension, switches, wording
from moderation.services import appeals, decisions, reports
from rooms.models import MediaNode
from rooms.services import lifecycle, media, reminders
from tests.rooms.cast import NOW, Cast, full_cast, person
from tests.ticketing.cast import fill_books

PASSWORD = "a sentence works well"
#: Names that this test gave.
GIVEN = ("helpers", "Phone", "studio:1", "refund-ch_1-1", "balance.available", "evt_1", "It was a joke")
#: Words that are the same in both languages, and names of what is no word.
SAME = {
    "E-mail",
    "Notification",
    "Notifications",
    "Description",
    "Type",
    "Port",
    "Participants",
    "Participant",
    "Permissions",
}


class Office:
    """Staff, and one row at least of everything that they look after."""

    def __init__(self) -> None:
        self.cast: Cast = full_cast()
        self.staff = person("warden", is_staff=True, is_superuser=True)
        self.browser = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"})
        self.browser.force_login(self.staff)
        self.secrets = [*self._people(), self.browser.session.session_key]
        self.browser.get("/settings/")
        now = timezone.now()
        node = MediaNode.objects.create(name="studio:1", port=40400, started_at=now, heartbeat_at=now)
        media.claim_lease(room_id=self.cast.room.pk, node_id=node.pk, now=now)
        Group.objects.create(name="helpers")
        switches.switches_row()
        suspension.sign_out(actor=self.staff, person=self.cast.stranger)
        self._moderate(now)
        self._remind(now)
        fill_books(self.cast, self.staff, now=now)

    def _remind(self, now: datetime) -> None:
        """Somebody waits for a room to come, and a mail is on its way."""
        start, member = now + timedelta(days=3), User.objects.get(handle="member")
        room = lifecycle.schedule_room(creator=self.cast.host, title="It was a joke", scheduled_start=start, now=now)
        reminders.remind(actor=member, room_id=room.pk, now=now)
        reminders.send_due(now=start - timedelta(hours=24))
        phone = PushDevice.objects.create(
            person=member,
            installation="mine",
            platform="FCM",
            token="t0ken-of-it",
            session_key="a-key",
            registered_at=now,
        )
        self.secrets += [phone.token, phone.session_key]

    def _people(self) -> Iterator[str]:
        member = signup.create_person(
            handle="member", display_name="Member", email="member@example.org", password=PASSWORD, now=NOW
        )
        follows.follow(actor=member, person_id=self.cast.host.pk, now=NOW)
        posts.publish(actor=member, draft=wording.Draft("It was a joke"), now=NOW)
        _device, secret = devices.issue_token(person=member, name="Phone", now=NOW)
        totp = generate_totp_secret()
        TOTP.activate(member, totp)
        yield from (member.password, secret, member.device_tokens.get().token_hash, totp)

    def _moderate(self, now: datetime) -> None:
        """A case, a decision and an appeal."""
        words = reports.Words("SPAM", person_id=self.cast.speaker.pk, room_id=self.cast.room.pk)
        reports.send_report(sender=reports.Sender(self.cast.listener), words=words, now=now)
        verdict = decisions.Verdict("NO_REACTIONS", "SPAM", days=1)
        made = decisions.decide_about(actor=self.staff, person=self.cast.speaker, verdict=verdict, now=now)
        appeals.appeal(person_id=self.cast.speaker.pk, decision_id=made.pk, words=GIVEN[-1], now=now)

    def pages(self, model: type[Model]) -> Iterator[tuple[str, Any]]:
        """Name and answer of each page of one model's admin that is there."""
        info = (model._meta.app_label, model._meta.model_name)
        there = model._default_manager.first()
        assert there is not None, model
        for name in ("changelist", "add", "change", "history", "delete"):
            arguments = [there.pk] if name in ("change", "history", "delete") else []
            yield name, self.browser.get(reverse("admin:{}_{}_{}".format(*info, name), args=arguments))


@pytest.fixture
def office(db: None) -> Office:
    return Office()


MODELS = sorted((model._meta.label for model in admin.site._registry), key=str)


def texts(page: str) -> set[str]:
    """Column heads, labels and headings of a page."""
    found = re.findall(r"<(?:th|label|h1|h2|caption)\b[^>]*>(.*?)</(?:th|label|h1|h2|caption)>", page, re.DOTALL)
    words = {" ".join(re.sub(r"<[^>]*>", " ", text).split()).strip(" :") for text in found}
    return {word for word in words if re.search(r"[a-z]{3}", word)}


@pytest.mark.parametrize("label", MODELS)
def test_every_page_opens_in_both_languages_and_tells_no_secret(office: Office, label: str) -> None:
    model = apps.get_model(label)
    said: dict[str, dict[str, set[str]]] = {}
    for language in ("en", "fr"):
        User.objects.filter(pk=office.staff.pk).update(language=language)
        for name, answer in office.pages(model):
            assert answer.status_code in ({200} if name in ("changelist", "change", "history") else {200, 403})
            page = answer.content.decode()
            assert not [secret for secret in office.secrets if secret in page], name
            if answer.status_code == 200:
                assert f'lang="{language}"' in page
                said.setdefault(name, {})[language] = texts(page)
    for name, both in said.items():
        names = {str(each) for each in (*User.objects.values_list("handle", flat=True), office.cast.room, *GIVEN)}
        left = {word for word in both["en"] & both["fr"] - SAME if not any(one in word for one in names)}
        assert left == set(), f"{name}: not in French"


def test_the_front_page_names_all_of_it_in_both_languages(office: Office) -> None:
    for language, words in (("en", ("Spaces staff", "Media nodes")), ("fr", ("Équipe de Spaces", "Nœuds média"))):
        User.objects.filter(pk=office.staff.pk).update(language=language)
        page = office.browser.get("/admin/").content.decode()
        assert [word for word in words if word.lower() not in page.lower()] == []


def test_the_address_of_an_account_is_not_edited_by_staff(office: Office) -> None:
    path = reverse("admin:account_emailaddress_change", args=[EmailAddress.objects.get(user__handle="member").pk])
    assert office.browser.post(path, {"email": "thief@example.org"}).status_code == 403
    assert office.browser.get(reverse("admin:account_emailaddress_add")).status_code == 403


def test_keys_and_factors_have_no_page(office: Office) -> None:
    registered = {model._meta.label for model in admin.site._registry}
    assert registered & {"mfa.Authenticator", "usersessions.UserSession", "sessions.Session"} == set()


def test_staff_sign_somebody_out_everywhere(office: Office) -> None:
    thief, member = Client(), User.objects.get(handle="member")
    thief.force_login(member)
    thief.get("/settings/")
    assert thief.get("/settings/").status_code == 200
    chosen = {"action": "sign_out", "_selected_action": [str(member.pk)]}
    page = office.browser.post(reverse("admin:accounts_user_changelist"), chosen, follow=True)
    assert "@member: Signed out" in page.content.decode()
    assert thief.get("/settings/").status_code == 302
    assert not member.device_tokens.exists()
