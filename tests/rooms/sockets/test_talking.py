"""Commands and their answers: what is malformed, too large, too much, or not allowed."""

import json

import pytest

from rooms.consumers.allowance import Allowance
from rooms.protocol import MAX_FRAME_BYTES
from tests.rooms.sockets.clients import InProcess

pytestmark = pytest.mark.usefixtures("hub_ends")


async def listening(cast) -> InProcess:
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    await client.event("snapshot")
    return client


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "7",
        '"ping"',
        "{}",
        '{"type":7}',
        '{"type":"ping","id":7}',
        '{"type":"ping","data":[]}',
        '{"type":"ping","data":{"a":NaN}}',
        '{"type":"ping","id":"' + "x" * 65 + '"}',
        '{"type":"ping","id":"\\ud800"}',
        '{"type":"\\udfff","id":"\\ud83d\\ud83d"}',
        "[" * 5000,
    ],
    ids=lambda text: text[:24],
)
async def test_asvs_17_3_2_a_malformed_frame_closes_with_1002(cast, text) -> None:
    client = await listening(cast)
    await client._send(text)
    assert await client.closed() == 1002


async def test_a_binary_frame_closes_with_1002(cast) -> None:
    client = await listening(cast)
    await client.socket.send_to(bytes_data=b"\x00ping")
    assert await client.closed() == 1002


async def test_limit_ws_message_the_largest_is_read_and_one_byte_more_is_not(cast) -> None:
    client = await listening(cast)
    frame = {"type": "ping", "id": "c1", "data": {"pad": ""}}
    frame["data"]["pad"] = "x" * (MAX_FRAME_BYTES - len(json.dumps(frame)))
    await client._send(json.dumps(frame))
    assert (await client.take(lambda told: told.get("id") == "c1"))["type"] == "ack"
    frame["data"]["pad"] += "x"
    await client._send(json.dumps(frame))
    assert await client.closed() == 1009


async def test_an_unknown_command_is_an_error_and_no_more(cast) -> None:
    client = await listening(cast)
    answer = await client.command("room.explode")
    assert (answer["type"], answer["code"]) == ("error", "unknown_command")
    assert answer["message"]
    assert (await client.command("ping"))["type"] == "ack"
    await client.leave()


@pytest.mark.parametrize(
    ("type_", "data", "field"),
    [
        ("hand.accept", {}, "hand"),
        ("hand.accept", {"hand": "no uuid"}, "hand"),
        ("stage.mute", {"participant": 7}, "participant"),
        ("hands.open", {"open": "yes"}, "open"),
        ("hello", {"last_seq": -1}, "last_seq"),
        ("hello", {"last_seq": True}, "last_seq"),
        ("reaction.send", {"emoji": "\ud83d"}, "emoji"),
        ("roster.search", {"query": "a\x00b"}, "query"),
    ],
)
async def test_a_wrong_field_is_named(cast, type_, data, field) -> None:
    client = await listening(cast)
    answer = await client.command(type_, **data)
    assert (answer["code"], answer["field"]) == ("bad_field", field)
    await client.leave()


async def test_what_a_rule_refuses_is_told_and_the_socket_stays(cast) -> None:
    client = await listening(cast)
    answer = await client.command("room.end")
    assert (answer["type"], answer["code"]) == ("error", "not_a_host")
    nobody = await client.command("stage.mute", participant="00000000-0000-4000-8000-000000000000")
    assert nobody["type"] == "error"
    assert (await client.command("ping"))["type"] == "ack"
    await client.leave()


async def test_threat_10_a_flood_is_told_to_slow_down_and_then_closed(cast) -> None:
    client = await listening(cast)
    for number in range(300):
        await client._send(json.dumps({"type": "ping", "id": f"p{number}"}))
    told = await client.take(lambda frame: frame["type"] == "error")
    assert told["code"] == "slow_down"
    assert told["data"]["retry_after"]
    assert await client.closed() == 4429


def test_limit_ws_frames_the_allowance_at_its_bounds() -> None:
    allowance = Allowance(0.0)
    assert all(allowance.take("ping", 0.0) for _ in range(40))
    assert not allowance.take("ping", 0.0)
    assert allowance.take("ping", 0.05)
    assert not allowance.take("ping", 0.05)
    assert sum(allowance.take("ping", 10.0) for _ in range(100)) == 40


def test_who_goes_on_too_fast_for_long_is_out_of_patience() -> None:
    allowance = Allowance(0.0)
    taken = 0
    for number in range(1, 251):
        taken += allowance.take("ping", number / 50)
        if allowance.exhausted:
            break
    assert 60 <= taken <= 110
    assert number < 200


async def test_roster_search_answers_in_the_ack(cast) -> None:
    client = await listening(cast)
    answer = await client.command("roster.search", query="host")
    assert [one["person"]["handle"] for one in answer["data"]["stage"]] == ["host"]
    await client.leave()


async def test_an_offer_without_a_place_on_stage(cast) -> None:
    client = await listening(cast)
    answer = await client.command("media.offer", sdp="v=0")
    assert answer["code"] == "not_on_stage"
    await client.leave()


async def test_an_offer_that_nobody_answers_holds_up_no_other_command(cast, monkeypatch) -> None:
    monkeypatch.setattr("rooms.media_gateway.TAKE_SECONDS", 0.5)
    host = await InProcess(cast.room.pk, session=cast.sessions["host"], device="desk").connect()
    await host.event("snapshot")
    offer = await host.send("media.offer", sdp="v=0")
    second = await host.command("media.offer", sdp="v=0")
    assert second["code"] == "offer_in_flight"
    assert (await host.command("mic.unmute"))["type"] == "ack"
    answer = await host.take(lambda frame: frame.get("id") == offer)
    assert (answer["type"], answer["code"]) == ("error", "no_media_node")
    await host.leave()


async def test_an_invitation_is_asked_for_in_the_words_of_the_protocol(cast) -> None:
    host = await InProcess(cast.room.pk, session=cast.sessions["host"], device="desk").connect()
    await host.event("snapshot")
    asked = await host.command("invite.send", person=str(cast.stranger.pk), kind="speak")
    assert asked["type"] == "ack", asked
    wrong = await host.command("invite.send", person=str(cast.stranger.pk), kind="sing")
    assert (wrong["code"], wrong["field"]) == ("unknown_invitation", "kind")
    assert (await host.command("ping"))["type"] == "ack"
    await host.leave()
