"""What a host answers to a hand is told elsewhere to whoever does not look at the room."""

from datetime import timedelta

import pytest

from accounts.models import Channel, Delivery, Notification, NotificationKind, PushDevice, PushPlatform, User
from accounts.queries import notifications as queries
from accounts.services import blocks, deliveries, notifications
from rooms.services import hands, pace, stage
from rooms.stage_rules import OFFER_SECONDS
from tests.rooms.cast import NOW, Cast, drop_off, later

pytestmark = pytest.mark.django_db


def heard(who: User) -> list[str]:
    return list(Notification.objects.filter(person=who).order_by("made_at").values_list("wording", flat=True))


def goes_away(cast: Cast) -> None:
    """The listener closes the page."""
    drop_off(cast.listener_place, now=NOW)


def raised(cast: Cast, seconds: float = 0) -> dict[str, object]:
    hand = hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=later(seconds))
    return {"actor": cast.host, "room_id": cast.room.pk, "hand_id": hand, "now": later(seconds)}


def test_who_looks_at_the_room_sees_it_there_and_is_told_nothing(cast: Cast) -> None:
    hands.refuse(**raised(cast))
    hands.offer(**raised(cast, 20))
    assert heard(cast.listener) == []


def test_who_is_away_is_told_yes_and_no_each_once(cast: Cast) -> None:
    goes_away(cast)
    hands.refuse(**raised(cast))
    accepted = raised(cast, 20)
    for _time in range(2):
        hands.offer(**accepted)
    assert heard(cast.listener) == ["hand_not_now", "hand_accepted"]
    told = Notification.objects.select_related("by").filter(person=cast.listener).latest("made_at")
    assert queries.words_of(told) == (
        "You can speak now: What the sea remembers",
        "Host accepted your hand. Come back within a minute; your microphone opens muted.",
    )
    assert (told.kind, told.path, told.by) == (NotificationKind.HAND, f"/rooms/{cast.room.pk}/", cast.host)
    # Calling the offer back is no answer to a hand.
    hands.refuse(**{**accepted, "now": later(30)})
    assert len(heard(cast.listener)) == 2


def test_a_microphone_that_is_offered_is_told_as_well(cast: Cast) -> None:
    goes_away(cast)
    place = cast.listener_place
    stage.invite_to_speak(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    assert heard(cast.listener) == ["hand_offered"]


def test_it_is_pushed_while_the_offer_stands_and_not_after(cast: Cast) -> None:
    User.objects.filter(pk=cast.listener.pk).update(quiet_from=None, quiet_until=None)
    PushDevice.objects.create(
        person=cast.listener, installation="phone", platform="FCM", token="t", session_key="s", registered_at=NOW
    )
    goes_away(cast)
    hands.offer(**raised(cast))
    deliveries.work(clock=lambda: NOW + timedelta(seconds=2))
    hands.refuse(**raised(cast, OFFER_SECONDS + 20))
    deliveries.work(clock=lambda: later(3 * OFFER_SECONDS))
    rows = Delivery.objects.filter(channel=Channel.NATIVE).order_by("pk").values_list("sent_at", "given_up")
    assert list(rows) == [(NOW + timedelta(seconds=2), "")] + [(None, "too_late")] * (len(rows) - 1)


def test_a_block_takes_the_answer_out_of_the_list(cast: Cast) -> None:
    goes_away(cast)
    hands.offer(**raised(cast))
    assert queries.unread_count(person_id=cast.listener.pk, now=NOW) == 1
    blocks.block_person(actor=cast.listener, person_id=cast.host.pk, now=NOW)
    assert queries.page(person=cast.listener, now=NOW).lines == []


def every_way(who: User) -> None:
    """Somebody who wants to hear of hands by each way out."""
    User.objects.filter(pk=who.pk).update(email="listener@example.org")
    notifications.set_wishes(actor=who, choices=[("HAND", "EMAIL", True)])
    for platform in PushPlatform.values:
        PushDevice.objects.create(
            person=who, installation=platform, platform=platform, token="t", session_key="s", registered_at=NOW
        )


def offer_and_take_back(cast: Cast, seconds: float) -> None:
    told = {"actor": cast.host, "room_id": cast.room.pk, "now": later(seconds)}
    offer = stage.invite_to_speak(participant_id=cast.listener_place.pk, **told)
    hands.refuse(hand_id=offer, **told)


def test_a_host_who_offers_and_takes_back_again_and_again_tells_it_once(cast: Cast) -> None:
    every_way(cast.listener)
    goes_away(cast)
    for second in range(50):
        offer_and_take_back(cast, second)
    assert heard(cast.listener) == ["hand_offered"]
    ways = Delivery.objects.values_list("channel", flat=True)
    assert sorted(ways) == sorted({Channel.EMAIL, Channel.WEB_PUSH, Channel.NATIVE})


def test_what_was_read_or_is_old_is_told_anew(cast: Cast) -> None:
    goes_away(cast)
    offer_and_take_back(cast, 0)
    notifications.mark_all_read(actor=cast.listener, now=later(1))
    offer_and_take_back(cast, 2)
    offer_and_take_back(cast, OFFER_SECONDS + 2)
    assert heard(cast.listener) == ["hand_offered"] * 3


def test_limit_pace_a_host_offers_sixty_microphones_a_minute(cast: Cast) -> None:
    for second in range(60):
        offer_and_take_back(cast, second)
    with pytest.raises(pace.SlowDown):
        offer_and_take_back(cast, 60)
