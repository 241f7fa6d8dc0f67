"""Reports: taken in from everybody, gathered into cases, answered."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from accounts.models import User
from accounts.services import blocks
from moderation.models import SEVERITY_OF, Case, CaseState, Category, Concerns, Notice, Report, Severity
from moderation.services import reports
from moderation.services.reports import BadReport, NothingThere, Sender, Words
from rooms.services import pace, removals
from spaces_site.boundary.origin import Origin
from tests.rooms.cast import NOW, Cast, later, person

pytestmark = pytest.mark.django_db
NOTICE = {"category": "ILLEGAL", "details": "It names its victims.", "good_faith": True, "url": "/rooms/1/"}


def send(who: Any, now: Any = NOW, address: str = "", **words: Any) -> Report:
    return reports.send_report(
        sender=Sender(who, Origin(address=address)), words=Words(**{"category": "HARASSMENT", **words}), now=now
    )


def test_the_categories_are_those_of_the_experience_and_each_has_a_severity() -> None:
    with translation.override("fr"):
        french = [str(category.label) for category in Category]
    assert french == [
        "Haine ou discrimination", "Harcèlement ou insultes", "Menaces ou violences", "Contenu sexuel",
        "Mise en danger d’un enfant", "Automutilation ou suicide", "Informations privées", "Usurpation d’identité",
        "Spam ou escroquerie", "Fausses informations", "Illégal dans mon pays (formulaire DSA)", "Autre chose",
    ]  # fmt: skip
    assert set(SEVERITY_OF) == set(Category)
    assert SEVERITY_OF[Category.CHILD] == Severity.CRITICAL


def test_reports_of_the_same_person_become_one_case_and_reporters_are_counted_once(cast: Cast) -> None:
    told = {"person_id": cast.speaker.pk, "room_id": cast.room.pk}
    first = send(cast.listener, **told)
    assert send(cast.listener, now=later(1), **told).case_id == first.case_id
    send(cast.stranger, now=later(2), category="THREATS", **told)
    send(AnonymousUser(), now=later(3), address="192.0.2.7", person_id=cast.speaker.pk)
    case = Case.objects.get()
    assert (case.reporter_count, case.reports.count(), case.severity) == (3, 4, Severity.HIGH)
    assert (case.person, case.room, case.last_report_at) == (cast.speaker, cast.room, later(3))


def test_another_target_is_another_case_and_a_decided_one_is_not_opened_again(cast: Cast) -> None:
    one = send(cast.listener, person_id=cast.speaker.pk)
    assert send(cast.listener, room_id=cast.room.pk).case_id != one.case_id
    assert send(cast.listener, url="https://spaces.example.org/@x/").case.target.startswith("url:")
    Case.objects.filter(pk=one.case_id).update(state=CaseState.DECIDED)
    assert send(cast.listener, person_id=cast.speaker.pk).case_id != one.case_id


@pytest.mark.parametrize("site", ["", "https://testserver", "HTTPS://TestServer:8443"])
def test_an_address_of_this_site_leads_to_its_room_or_person(cast: Cast, site: str) -> None:
    """So that staff can act on a notice of a visitor, who has nothing but the address."""
    about = send(cast.listener, person_id=cast.speaker.pk), send(cast.listener, room_id=cast.room.pk)
    path = f"/rooms/{cast.room.pk}/"
    led = send(cast.stranger, url=f"{site}/@Speaker/"), send(cast.stranger, url=f" {site}{path}?invitation=x ")
    assert [report.case_id for report in led] == [report.case_id for report in about]
    assert (led[1].room, led[1].evidence is not None, led[1].url) == (cast.room, True, f"{site}{path}?invitation=x")
    with pytest.raises(BadReport):
        send(cast.speaker, url=f"{site}/@speaker/")


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/@speaker/", "/@nobody/", "/help/", "http://[::1", "the room of yesterday"]
)
def test_any_other_address_is_a_case_of_its_own(cast: Cast, settings: Any, url: str) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    report = send(cast.listener, url=url)
    assert (report.case.target[:4], report.person, report.room) == ("url:", None, None)


def test_who_was_removed_or_blocked_or_is_a_guest_may_report(cast: Cast) -> None:
    removals.remove_person(actor=cast.host, room_id=cast.room.pk, participant_id=cast.listener_place.pk, now=NOW)
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)
    for who in (cast.listener, cast.guest, AnonymousUser()):
        assert send(who, address="192.0.2.1", person_id=cast.host.pk, room_id=cast.room.pk)
    # Of the room, which is not there for them, they know nothing to tell.
    assert send(cast.stranger, address="192.0.2.1", person_id=cast.host.pk)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"category": "NICE", "url": "/x"}, "category"),
        ({"concerns": "NOBODY", "url": "/x"}, "concerns"),
        ({"details": "x" * 2001, "url": "/x"}, "details"),
        ({}, "url"),
        ({**NOTICE, "name": "Ada", "email": "ada@example.org", "details": " "}, "details"),
        ({**NOTICE, "name": "Ada", "email": "ada@example.org", "good_faith": False}, "good_faith"),
        ({**NOTICE, "email": "ada@example.org"}, "name"),
        ({**NOTICE, "name": "Ada"}, "email"),
    ],
)
def test_what_is_missing_is_named(db: None, words: dict[str, Any], field: str) -> None:
    with pytest.raises(BadReport) as refused:
        send(AnonymousUser(), **words)
    assert refused.value.field == field
    assert not Report.objects.exists()


def test_for_the_abuse_of_a_child_nobody_need_give_a_name(db: None) -> None:
    report = send(AnonymousUser(), **NOTICE, child_abuse=True)
    assert report.case.severity == Severity.CRITICAL
    assert report.receipt()["answer_within"] == 0


def test_nobody_reports_themselves_or_what_is_not_there(cast: Cast) -> None:
    with pytest.raises(BadReport):
        send(cast.listener, person_id=cast.listener.pk)
    for missing in ({"person_id": cast.room.pk}, {"room_id": cast.listener.pk}):
        with pytest.raises(NothingThere):
            send(cast.listener, **missing)


def test_self_harm_answers_with_numbers_to_call(cast: Cast) -> None:
    assert send(cast.listener, category="SELF_HARM", room_id=cast.room.pk).helplines == {
        "FR": "3114", "EU": "112", "US": "988"
    }  # fmt: skip
    assert send(cast.listener, category="SPAM", room_id=cast.room.pk).helplines == {}


def test_the_reporter_is_told_in_their_language(
    cast: Cast, django_capture_on_commit_callbacks: Callable[..., Any], monkeypatch: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("spaces_site.enqueue._send", lambda name, ids: sent.append(name))
    User.objects.filter(pk=cast.listener.pk).update(language="fr", email="lea@example.org")
    cast.listener.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        send(cast.listener, person_id=cast.speaker.pk)
        send(AnonymousUser(), **NOTICE, name="Ada", email="ada@example.org")
    own, visitor = Notice.objects.order_by("made_at", "email").reverse()
    assert own.subject == "Nous avons reçu votre signalement"
    assert "Réponse sous 24 h" in own.body
    assert (visitor.person, visitor.email, visitor.subject) == (None, "ada@example.org", "We received your report")
    assert sent == ["moderation.tasks.mail_notice"] * 2


def test_nobody_is_sent_confirmations_without_end(db: None) -> None:
    told = {**NOTICE, "name": "Ada", "email": "ada@example.org"}
    for number in range(5):
        send(AnonymousUser(), address=f"192.0.2.{number}", **told)
    with pytest.raises(pace.SlowDown):
        send(AnonymousUser(), address="192.0.2.99", **told)


@pytest.mark.parametrize("which", ["person", "device", "address"])
def test_limit_reports_five_a_minute_for_each_person_device_and_twenty_for_an_address(cast: Cast, which: str) -> None:
    most = 20 if which == "address" else 5

    def once(number: int) -> None:
        who = cast.listener if which == "person" else person(f"someone_{number}")
        came_from = Origin(**{which: "the same"}) if which != "person" else Origin()
        reports.send_report(
            sender=Sender(who, came_from), words=Words(category="SPAM", person_id=cast.speaker.pk), now=NOW
        )

    for number in range(most):
        once(number)
    with pytest.raises(pace.SlowDown) as refused:
        once(most)
    assert refused.value.retry_after


def test_the_room_offers_the_same_categories_as_the_page() -> None:
    script = (settings.BASE_DIR / "rooms" / "static" / "rooms" / "report.js").read_text()
    listed = re.findall(r'\["([a-z_]+)", gettext\("([^"]+)"\)\]', script)
    with translation.override("en"):
        told = {one.value.lower(): str(one.label) for one in Category if one is not Category.ILLEGAL}
    assert {key: words for key, words in listed if key in told} == told
    assert {key for key, _words in listed} - told.keys() == {one.value.lower() for one in Concerns}
