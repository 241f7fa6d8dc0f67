"""THE error table: what each kind of refusal becomes at each door."""

from dataclasses import dataclass

from spaces_site.errors import Kind


@dataclass(frozen=True, slots=True)
class Row:
    """One kind's answer: HTTP status, and the websocket close code when joining fails.

    `close` is None where the socket stays open and only an error frame is sent.
    `log` names the logger method to call, or None.
    """

    status: int
    close: int | None
    log: str | None = None


TABLE: dict[Kind, Row] = {
    Kind.INVALID: Row(400, None),
    Kind.UNAUTHENTICATED: Row(401, 4401),
    Kind.PAYMENT_REQUIRED: Row(402, 4402),
    Kind.FORBIDDEN: Row(403, 4403),
    Kind.NOT_FOUND: Row(404, 4404),
    Kind.CONFLICT: Row(409, None),
    Kind.GONE: Row(410, 4410),
    Kind.RATE_LIMITED: Row(429, None, log="info"),
    Kind.UNAVAILABLE: Row(503, None, log="warning"),
}
