"""What people are told: by which way, when not, and how they end it."""

from datetime import UTC, datetime, time, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import Channel, Delivery, Notification, NotificationKind, PushDevice, User
from accounts.queries import notifications as queries
from accounts.services import deliveries, notifications, quiet
from accounts.services.notifications import Telling

pytestmark = pytest.mark.django_db

#: 20:00 in Paris.
NOW = datetime(2026, 3, 14, 19, 0, tzinfo=UTC)


@pytest.fixture
def eva() -> User:
    return User.objects.create(handle="eva", display_name="Eva", email="eva@example.org", time_zone="Europe/Paris")


def tell(who: User, now: datetime = NOW, **fields: Any) -> Notification:
    given: dict[str, Any] = {
        "kind": NotificationKind.REMINDER,
        "wording": "room_soon",
        "path": "/rooms/x/",
        "facts": {
            "title": "What the sea remembers",
            "host": "Ana",
            "starts_at": (now + timedelta(minutes=10)).isoformat(),
        },
    }
    before = list(Notification.objects.values_list("pk", flat=True))
    notifications.tell(tellings=[Telling(person=who, **{**given, **fields})], now=now)
    return Notification.objects.exclude(pk__in=before).get()


def phone(who: User) -> PushDevice:
    """A device whose pushes land in a file."""
    return PushDevice.objects.create(
        person=who, installation=f"phone-of-{who.handle}", platform="FCM", token=uuid4().hex, session_key="s",
        registered_at=NOW,
    )  # fmt: skip


def outcome(told: Notification, channel: str = Channel.NATIVE) -> str:
    """What became of a delivery: sent, why not, or waiting."""
    row = Delivery.objects.get(notification=told, channel=channel)
    return row.given_up or ("sent" if row.sent_at else "waiting")


def wishes(who: User, kind: str = "REMINDER") -> list[str]:
    """By which ways somebody wants to be told."""
    return [channel for channel, wanted in queries.matrix(person=who)[kind].items() if wanted]


def work(now: datetime) -> None:
    deliveries.work(clock=lambda: now)


def test_the_mail_speaks_the_readers_language_and_clock_and_says_how_to_end_it(eva: User) -> None:
    User.objects.filter(pk=eva.pk).update(language="fr", time_zone="Asia/Tokyo")
    eva.refresh_from_db()
    told = tell(
        eva, facts={"title": "La mer", "host": "Ana", "starts_at": "2026-03-28T18:00:00+00:00"}, wording="room_day"
    )
    with override_settings(PUBLIC_URL="https://spaces.example.org"):
        work(NOW)
    (sent,) = mail.outbox
    assert sent.to == ["eva@example.org"]
    assert sent.subject == "Demain\u00a0: La mer"
    assert "dimanche 29 mars, 03:00 (Tokyo)" in sent.body
    assert "https://spaces.example.org/rooms/x/" in sent.body
    headers = sent.message()
    assert headers["Message-ID"] == f"<{told.pk}@localhost>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith("<https://spaces.example.org/notifications/stop/")
    assert headers["List-Unsubscribe"].strip("<>") in sent.body


def test_everything_goes_out_once_however_often_workers_look(eva: User) -> None:
    phone(eva)
    told = tell(eva)
    for moment in (NOW, NOW, NOW - timedelta(hours=2), NOW + timedelta(days=1)):
        work(moment)
    assert len(mail.outbox) == 1
    assert (outcome(told, Channel.EMAIL), outcome(told)) == ("sent", "sent")


def test_nobody_takes_what_is_in_somebodys_hands(eva: User) -> None:
    tell(eva)
    held = deliveries.claim(channel=Channel.EMAIL, now=NOW)
    assert len(held.deliveries) == 1
    assert deliveries.claim(channel=Channel.EMAIL, now=NOW + timedelta(hours=5)).deliveries == []


def test_what_a_dead_worker_held_is_free_after_some_looks_not_after_some_time(eva: User) -> None:
    told = tell(eva)
    deliveries.claim(channel=Channel.EMAIL, now=NOW)
    # The clock leaps a day ahead: the claim still holds.
    work(NOW + timedelta(days=1))
    assert mail.outbox == []
    for _look in range(deliveries.OVERLOOKED):
        deliveries.free_stale()
    work(NOW)
    assert (len(mail.outbox), outcome(told, Channel.EMAIL)) == (1, "sent")


def test_a_worker_that_comes_back_from_the_dead_sends_and_marks_nothing(eva: User, monkeypatch: Any) -> None:
    told = tell(eva)
    late = deliveries.claim(channel=Channel.EMAIL, now=NOW)
    Delivery.objects.update(claimed_by="")
    work(NOW)
    monkeypatch.setattr(deliveries, "OWN_SECONDS", 0.0)
    deliveries.send_mails(batch=late, clock=lambda: NOW + timedelta(minutes=2))
    assert len(mail.outbox) == 1
    assert Delivery.objects.get(notification=told).sent_at == NOW


def test_a_mail_server_that_is_away_is_asked_again_later_and_not_for_ever(eva: User, monkeypatch: Any) -> None:
    told = tell(eva)

    def away(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError("no mail today")

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
        work(NOW)
        assert outcome(told, Channel.EMAIL) == "waiting"
        moment = NOW
        for _try in range(deliveries.ATTEMPTS):
            moment += timedelta(minutes=5)
            work(moment)
    assert outcome(told, Channel.EMAIL) == "failed"


def test_one_refused_address_does_not_hold_up_the_others(eva: User, monkeypatch: Any) -> None:
    bo = User.objects.create(handle="bo", display_name="Bo", email="bo@example.org")
    first, second = tell(eva), tell(bo, now=NOW + timedelta(seconds=1))
    once = mail.EmailMessage.send

    def refusing(message: mail.EmailMessage, *arguments: Any) -> int:
        if message.to == ["eva@example.org"]:
            raise SMTPRecipientsRefused({})
        return once(message, *arguments)

    monkeypatch.setattr(mail.EmailMessage, "send", refusing)
    work(NOW + timedelta(seconds=1))
    assert (outcome(first, Channel.EMAIL), outcome(second, Channel.EMAIL)) == ("waiting", "sent")


# --- ways and wishes --------------------------------------------------------------------------------


def test_without_an_address_no_mail_without_a_device_no_push(eva: User) -> None:
    User.objects.filter(pk=eva.pk).update(email="")
    eva.refresh_from_db()
    told = tell(eva)
    assert not told.deliveries.exists()


def test_the_matrix_decides_and_the_list_has_everything(eva: User) -> None:
    phone(eva)
    notifications.set_wishes(actor=eva, choices=[("REMINDER", "EMAIL", False), ("INVITATION", "EMAIL", True)])
    assert [row.channel for row in tell(eva).deliveries.all()] == ["NATIVE"]
    told = tell(eva, kind=NotificationKind.INVITATION)
    assert {row.channel for row in told.deliveries.all()} == {"EMAIL", "NATIVE"}
    assert wishes(eva) == ["IN_APP", "WEB_PUSH", "NATIVE"]
    assert queries.unread_count(person_id=eva.pk, now=NOW) == 2


def test_a_choice_that_there_is_not_is_refused(eva: User) -> None:
    with pytest.raises(notifications.NoSuchChoice):
        notifications.set_wishes(actor=eva, choices=[("REMINDER", "PIGEON", True)])


def test_half_of_quiet_hours_is_refused(eva: User) -> None:
    for hours in ({"quiet_from": None}, {"quiet_until": time(23, 0)}):
        with pytest.raises(notifications.HalfOfQuietHours):
            notifications.set_wishes(actor=eva, **hours)


# --- one click, and no more of them -----------------------------------------------------------------


@pytest.fixture
def stop(eva: User) -> str:
    """The address at the foot of a mail."""
    return reverse("unsubscribe", args=[notifications.unsubscribe_token(person_id=eva.pk, kind="REMINDER")])


def test_a_mail_program_unsubscribes_with_one_post_and_without_a_cookie(eva: User, stop: str) -> None:
    phone(eva)
    waiting = tell(eva)
    answer = Client(enforce_csrf_checks=True).post(stop, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert wishes(eva) == ["IN_APP", "WEB_PUSH", "NATIVE"]
    # What was on its way stays here as well, and nothing else is ended.
    work(NOW)
    assert mail.outbox == []
    assert (outcome(waiting, Channel.EMAIL), outcome(waiting)) == ("unwanted", "sent")


def test_looking_at_the_link_ends_nothing(eva: User, stop: str, client: Client) -> None:
    page = client.get(stop)
    assert page.status_code == 200
    assert "no-cache" in page.headers["Cache-Control"]
    assert "EMAIL" in wishes(eva)


def test_a_forged_link_is_no_link(eva: User, stop: str, client: Client) -> None:
    other = notifications.unsubscribe_token(person_id=uuid4(), kind="REMINDER")
    for token in (stop.split("/")[-2][::-1], other, "x"):
        assert client.post(reverse("unsubscribe", args=[token])).status_code == 404


# --- pushes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "is_quiet"),
    [("22:59", False), ("23:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_quiet_hours_go_over_midnight_on_the_persons_own_clock(eva: User, clock: str, is_quiet: bool) -> None:
    for zone, offset in (("Europe/Paris", "+01:00"), ("Asia/Tokyo", "+09:00")):
        eva.time_zone = zone
        moment = datetime.fromisoformat(f"2026-03-14T{clock}:00{offset}").astimezone(UTC)
        assert (quiet.quiet_until(person=eva, now=moment) is not None) is is_quiet


def test_the_end_of_a_quiet_night_is_right_when_clocks_change(eva: User) -> None:
    """The night to 29 March 2026 in Paris lacks an hour: 07:00 is 05:00 UTC by then."""
    before = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert quiet.quiet_until(person=eva, now=before) == datetime(2026, 3, 29, 5, tzinfo=UTC)


def test_in_quiet_hours_nothing_is_pushed_and_what_is_of_use_later_comes_at_their_end(eva: User) -> None:
    phone(eva)
    night = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)
    soon = tell(eva, now=night, expires_at=night + timedelta(minutes=40))
    moved = tell(eva, now=night, kind=NotificationKind.ROOM_CHANGED, wording="room_moved")
    work(night)
    assert (outcome(soon), outcome(moved)) == ("quiet", "waiting")
    # The mails do not wait.
    assert len(mail.outbox) == 2
    morning = datetime(2026, 3, 15, 6, tzinfo=UTC)
    work(morning - timedelta(seconds=1))
    assert outcome(moved) == "waiting"
    work(morning)
    assert outcome(moved) == "sent"


def test_three_pushes_a_day_and_own_reminders_beside_them(eva: User) -> None:
    phone(eva)
    told = []
    for number in range(5):
        moment = NOW + timedelta(seconds=number)
        told.append(tell(eva, now=moment, kind=NotificationKind.HOST_LIVE, wording="room_live"))
        work(moment)
    assert [outcome(one) for one in told] == ["sent"] * 3 + ["too_many"] * 2
    later = NOW + timedelta(minutes=1)
    mine = tell(eva, now=later)
    work(later)
    assert outcome(mine) == "sent"
    # A new day on her own clock, which begins at 23:00 UTC.
    tomorrow = datetime(2026, 3, 15, 8, tzinfo=UTC)
    fresh = tell(eva, now=tomorrow, kind=NotificationKind.HOST_LIVE, wording="room_live")
    work(tomorrow)
    assert outcome(fresh) == "sent"


def test_a_room_that_moves_on_and_on_is_pushed_once_a_day_beside_the_three(eva: User) -> None:
    """Its first move stands for the reminder of the old time; what follows takes from the day's three."""
    phone(eva)
    sea, hill = uuid4(), uuid4()
    changed: dict[str, Any] = {"kind": NotificationKind.ROOM_CHANGED, "wording": "room_moved"}

    def pushed(number: int, **fields: Any) -> str:
        moment = NOW + timedelta(seconds=number)
        told = tell(eva, now=moment, **{**changed, **fields})
        work(moment)
        return outcome(told)

    assert [pushed(number, about=sea) for number in range(6)] == ["sent"] * 4 + ["too_many"] * 2
    # Another room's, and that this one is cancelled, are news of their own.
    assert pushed(6, about=hill) == "sent"
    assert pushed(7, about=sea, wording="room_cancelled") == "sent"
    assert pushed(8, kind=NotificationKind.OWN_ROOM, wording="own_room_soon", about=sea) == "sent"
    assert pushed(9, kind=NotificationKind.HOST_LIVE, wording="room_live") == "too_many"
    # A new day on her own clock, which begins at 23:00 UTC.
    tomorrow = int((datetime(2026, 3, 15, 8, tzinfo=UTC) - NOW).total_seconds())
    assert [pushed(tomorrow + number, about=sea) for number in range(5)] == ["sent"] * 4 + ["too_many"]


# --- the list ---------------------------------------------------------------------------------------


def test_what_is_about_one_room_stands_as_one_line_and_is_read_together(eva: User) -> None:
    room = uuid4()
    for number, wording in enumerate(("room_day", "room_soon", "room_live")):
        tell(eva, now=NOW + timedelta(minutes=number), about=room, wording=wording)
    tell(eva, now=NOW + timedelta(hours=1), about=uuid4())
    page = queries.page(person=eva, now=NOW)
    assert [(line.title, line.earlier) for line in page.lines] == [
        ("In a few minutes: What the sea remembers", 0),
        ("Live now: What the sea remembers", 2),
    ]
    assert page.unread == 4
    notifications.mark_read(actor=eva, notification_id=page.lines[1].id, now=NOW + timedelta(hours=2))
    assert queries.unread_count(person_id=eva.pk, now=NOW) == 1


def test_pages_follow_one_another_without_a_gap(eva: User) -> None:
    for number in range(7):
        tell(eva, now=NOW + timedelta(seconds=number // 2))
    seen: list[Any] = []
    token: str | None = ""
    while token is not None:
        page = queries.page(person=eva, token=token, size=2, now=NOW)
        seen += [line.id for line in page.lines]
        token = page.next_token
    assert len(seen) == len(set(seen)) == 7


def test_nobody_reads_or_marks_what_others_were_told(eva: User) -> None:
    told = tell(eva)
    bo = User.objects.create(handle="bo", display_name="Bo")
    with pytest.raises(notifications.NoSuchNotification):
        notifications.mark_read(actor=bo, notification_id=told.pk, now=NOW)
    assert queries.page(person=bo, now=NOW).lines == []
