"""Numbers and codes that client and server agree on."""

SUBPROTOCOL = "spaces.v1"
#: A client without a browser brings its single-use ticket as a second subprotocol.
TICKET_PREFIX = "ticket."
HEARTBEAT_SECONDS = 15
#: A peer that said nothing for this long is gone.
SILENT_SECONDS = 3 * HEARTBEAT_SECONDS
BATCH_SECONDS = 0.25
MAX_FRAME_BYTES = 16_384
#: Bytes that may wait for a slow reader before the socket is closed with TOO_SLOW.
MAX_QUEUED_BYTES = 262_144
#: Commands a second that one socket may send for long, and in one go.
COMMANDS_PER_SECOND = 20
COMMAND_BURST = 40
ROSTER_FIRST = 60
EMOJI = ("👏", "❤️", "😂", "💯", "🤔", "🎉")


class CloseCode:
    """Websocket close codes (RFC 6455 section 7.4): four of its own, the others ours.

    Ours are always sent after accepting: a close before that arrives as a bare 1006.
    """

    MALFORMED = 1002
    TOO_BIG = 1009
    INTERNAL = 1011
    TRY_LATER = 1013
    RENEW = 4401
    TICKET_NEEDED = 4402
    FORBIDDEN = 4403
    NOT_FOUND = 4404
    TOO_SLOW = 4408
    ELSEWHERE = 4409
    ENDED = 4410
    REMOVED = 4423
    SLOW_DOWN = 4429


#: Close code → what it means and what a client does, for PROTOCOL.md and AsyncAPI.
CLOSE_CODES: dict[int, str] = {
    CloseCode.MALFORMED: "The frame was not JSON of the agreed form. A fault of the client: do not repeat it.",
    CloseCode.TOO_BIG: f"The message was larger than {MAX_FRAME_BYTES} bytes; the line may also just be cut (1006).",
    CloseCode.INTERNAL: "Something broke here. Reconnect with backoff.",
    CloseCode.TRY_LATER: "A part of the service is away. Reconnect with backoff.",
    CloseCode.RENEW: "Not signed in, or the session ended. Sign in or get a new ticket, then reconnect.",
    CloseCode.TICKET_NEEDED: "This room needs a paid ticket.",
    CloseCode.FORBIDDEN: "You may not enter; the error frame before it says why. Do not reconnect.",
    CloseCode.NOT_FOUND: "There is no such room.",
    CloseCode.TOO_SLOW: "You read too slowly or fell silent. Reconnect with backoff and `last_seq`.",
    CloseCode.ELSEWHERE: "Another device or tab of yours took the place. Do not reconnect by yourself.",
    CloseCode.ENDED: "The room is over.",
    CloseCode.REMOVED: "You were removed from the room. Do not reconnect.",
    CloseCode.SLOW_DOWN: "Too many sockets or commands. Wait for `retry_after`, then reconnect.",
}
