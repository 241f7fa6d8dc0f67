"""A short way through uvicorn for what thousands ask again and again on kept connections.

A request by the specification is parsed by callbacks in Python, gets a scope and a task, and is answered
in two writes. A player of low-latency HLS asks ten times a second, with the same headers every time. So
a `GET` in a folder that has a shortcut (shortcuts.py) is answered by it when its headers are, byte for
byte, some that uvicorn's own parser has taken before as a whole request, without a body, on a connection
that is kept. All else goes the ordinary way: the strict parser alone decides what a request is and where
it ends.
"""

from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from spaces_site.boundary.shortcuts import EXTENSION, Later, Shortcuts, accepts_gzip

#: Different headers that are remembered, and how long they may be. Cookies make them one for each listener.
HEADS, HEAD_BYTES = 20_000, 2048

_VERSION = b" HTTP/1.1"


class LaneProtocol(HttpToolsProtocol):
    """uvicorn's connection, with the short way beside the ordinary one."""

    shortcuts: ClassVar[Shortcuts] = {}
    #: In the order in which they came, and whether they accept gzip.
    _heads: ClassVar[dict[bytes, bool]] = {}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        #: The parser has taken whole requests so far, nothing more.
        self._is_between = True
        #: Headers to be remembered if the parser takes them for a whole request.
        self._candidate: bytes | None = None
        self._waiting_in: Later | None = None
        self._request = b""
        self._answered_at = 0.0

    # --- the short way ----------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._waiting_in is not None:
            # More came before the answer: let uvicorn put both in order.
            self.go_the_ordinary_way()
        elif self._is_free() and self._answer_quickly(data):
            return
        super().data_received(data)
        self._candidate = None

    def _is_free(self) -> bool:
        """Nothing is half read, asked or written."""
        cycle = self.cycle
        return self._is_between and (cycle is None or cycle.response_complete) and not self.flow.write_paused

    def _answer_quickly(self, data: bytes) -> bool:
        end = data.find(b"\r\n")
        folder = data.rfind(b"/", 0, max(0, end - len(_VERSION))) + 1
        shortcut = self.shortcuts.get(data[:folder])
        if shortcut is None or not data.endswith(_VERSION, folder, end):
            return False
        head = data[end:]
        packed = self._heads.get(head)
        if packed is None:
            is_whole = head.find(b"\r\n\r\n") == len(head) - 4
            self._candidate = head if is_whole and len(head) <= HEAD_BYTES else None
            return False
        answer = shortcut.quick(data[folder : end - len(_VERSION)], packed=packed)
        if answer is None:
            return False
        if isinstance(answer, Later):
            self._waiting_in, self._request = answer, data
            answer.connections.add(self)
        else:
            self._write(answer)
        return True

    def answer(self, response: bytes) -> None:
        """What was waited for."""
        self._waiting_in = None
        if not self.transport.is_closing():
            self._write(response)

    def go_the_ordinary_way(self) -> None:
        """Wait no more: the application answers the request."""
        self._stop_waiting()
        super().data_received(self._request)

    def _write(self, response: bytes) -> None:
        self.transport.write(response)
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._watch(self.timeout_keep_alive)

    def _stop_waiting(self) -> None:
        if self._waiting_in is not None:
            self._waiting_in.connections.discard(self)
            self._waiting_in = None

    # --- around uvicorn's own ---------------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_between = False
        scope: Any = self.scope
        scope["extensions"] = {EXTENSION: self.shortcuts}

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_between = not self.parser.should_upgrade()
        if self._candidate is not None and self._is_between and self.cycle.keep_alive and not self.expect_100_continue:
            if len(self._heads) >= HEADS:
                del self._heads[next(iter(self._heads))]
            self._heads[self._candidate] = accepts_gzip(self.headers)
        self._candidate = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        if self._waiting_in is not None:
            self.go_the_ordinary_way()
        super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """One timer serves many short answers: look how long it really was silent."""
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if self._waiting_in is not None or left > 0:
            self._watch(left if left > 0 else self.timeout_keep_alive)
        else:
            super().timeout_keep_alive_handler()

    def _watch(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)
