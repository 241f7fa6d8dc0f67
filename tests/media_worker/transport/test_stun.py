"""STUN against the test vectors of RFC 5769 and against damage."""

import pytest

from media_worker.engine.transport import stun

#: RFC 5769 section 2.1: a request of a client that says it is "STUN test client".
REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff"
    "80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249"
    "c1b571a280280004e57a3bcf"
)
PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"


def test_the_rfcs_request_is_read_and_its_signature_right() -> None:
    message = stun.parse(REQUEST)
    assert message.kind is stun.Kind.REQUEST
    assert message.username == ("evtj", "h6vY")
    assert message.is_signed_with(PASSWORD)
    assert not message.is_signed_with(PASSWORD + "x")


def test_the_rfcs_address_is_written() -> None:
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    assert stun.xor_address("192.0.2.1", 32853, transaction).hex() == "0001a147e112a643"
    assert stun.xor_address("::ffff:192.0.2.1", 32853, transaction).hex() == "0001a147e112a643"
    six = stun.xor_address("2001:db8:1234:5678:11:2233:4455:6677", 32853, transaction)
    assert six.hex() == "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"


def test_what_we_build_we_read() -> None:
    request = stun.build(stun.Kind.REQUEST, bytes(12), [(6, b"a:b"), (0x25, b"")], "secret")
    message = stun.parse(request)
    assert message.is_signed_with("secret")
    assert message.attributes == {6: b"a:b", 0x25: b""}
    answer = stun.parse(stun.success(message, "192.0.2.7", 5, "secret"))
    assert answer.kind is stun.Kind.SUCCESS
    assert answer.is_signed_with("secret")


def test_attributes_behind_the_signature_do_not_count() -> None:
    signed = stun.build(stun.Kind.REQUEST, bytes(12), [(6, b"a:b")], "secret")[:-8]
    late = signed[:2] + (len(signed) - 20 + 12).to_bytes(2) + signed[4:] + b"\0\x25\0\0"
    data = late + b"\x80\x28\0\4" + stun._fingerprint(late)
    assert stun.Attribute.USE_CANDIDATE not in stun.parse(data).attributes


def test_an_unknown_attribute_that_must_be_understood_is_named() -> None:
    message = stun.parse(stun.build(stun.Kind.REQUEST, bytes(12), [(6, b"a:b"), (0x7777, b"")], "x"))
    refusal = stun.parse(stun.failure(message, 420, "Unknown Attribute", "x"))
    assert refusal.attributes[stun.Attribute.UNKNOWN_ATTRIBUTES] == b"\x77\x77"


@pytest.mark.parametrize("at", range(len(REQUEST)))
def test_every_changed_byte_is_noticed(at: int) -> None:
    damaged = REQUEST[:at] + bytes([REQUEST[at] ^ 0x40]) + REQUEST[at + 1 :]
    with pytest.raises(stun.StunError):
        stun.parse(damaged)


@pytest.mark.parametrize("length", [0, 1, 19, 20, 21, 60, len(REQUEST) - 1, len(REQUEST) - 8])
def test_a_cut_message_is_refused(length: int) -> None:
    with pytest.raises(stun.StunError):
        stun.parse(REQUEST[:length])
