"""Threat 11: two hundred accounts come in and ask for the microphone; the host shuts the queue, nobody gets on air."""

import pytest

from accounts.models import User
from rooms.models import Participant, SpeakRequest
from rooms.services import audio, entry, hands, media, playback, stage
from rooms.stage_rules import HandsClosed, NoOffer, NotOnStage
from tests.rooms.cast import NOW, Cast

pytestmark = pytest.mark.django_db(transaction=True)
RAIDERS = 200


def test_threat_11_a_raid_gets_no_microphone(transactional_cast: Cast) -> None:
    cast = transactional_cast
    raiders = User.objects.bulk_create(
        [User(handle=f"raider_{number}", display_name="Raider") for number in range(RAIDERS)]
    )
    for raider in raiders:
        entry.join_room(actor=raider, room_id=cast.room.pk, device="d", now=NOW)
        hands.raise_hand(actor=raider, room_id=cast.room.pk, now=NOW)
    assert SpeakRequest.objects.queue().count() == RAIDERS
    hands.set_open(actor=cast.host, room_id=cast.room.pk, is_open=False, now=NOW)
    hands.lower_all(actor=cast.host, room_id=cast.room.pk, now=NOW)
    audio.mute_everyone(actor=cast.host, room_id=cast.room.pk, now=NOW)
    for raider in raiders[:5]:
        for act, refusal in (
            (hands.raise_hand, HandsClosed),
            (stage.take_offer, NoOffer),
            (audio.unmute_self, NotOnStage),
        ):
            with pytest.raises(refusal):
                act(actor=raider, room_id=cast.room.pk, now=NOW)
        with pytest.raises(playback.NotOnStage):
            playback.speak_grant(person_id=raider.pk, room_id=cast.room.pk, device="d", now=NOW)
    stage_now = media.read_stages(room_ids=[str(cast.room.pk)], now=NOW)[str(cast.room.pk)]
    on_stage = {str(pk) for pk in Participant.objects.on_stage().values_list("pk", flat=True)}
    assert {seat.participant_id for seat in stage_now.seats} == on_stage
    assert len(on_stage) == 2
