"""What every websocket of ours does: accept, read, keep order, refuse, close. No word about rooms."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

import structlog
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from rooms import protocol
from rooms.consumers.allowance import Allowance
from rooms.consumers.door import SlowDown
from rooms.protocol import COMMAND_BURST, MAX_FRAME_BYTES, MAX_QUEUED_BYTES, BadCommand, CloseCode, Command
from spaces_site.boundary.origin import Origin, acting_from
from spaces_site.boundary.outbox import Frame, Outbox, outbox_for
from spaces_site.boundary.sockets import INSIDE, Outcome, Refusal, refusal_of, run_service

log = structlog.get_logger(__name__)

Message = MutableMapping[str, Any]


class CommandConsumer(AsyncConsumer):  # type: ignore[misc]
    """Reads at once and does one thing after another: a flood is refused while a query runs.

    Subclasses give `begin`, `do` and `end`. No channel layer: what others say comes by the hub.
    """

    outbox: Outbox
    language = settings.LANGUAGE_CODE
    origin = Origin()
    #: Whose threads do what this socket asks for.
    workers = INSIDE

    def __init__(self) -> None:
        self._jobs: deque[Coroutine[Any, Any, None]] = deque()
        self._working: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._allowance: Allowance

    async def begin(self) -> None:
        """The handshake was read; accept, and do what is to be done first."""
        raise NotImplementedError

    async def do(self, command: Command) -> None:
        """One command, after those before it."""
        raise NotImplementedError

    def heard(self) -> None:
        """The peer said something."""

    def end(self) -> None:
        """The peer is gone."""

    # --- the loop ---------------------------------------------------------------------------------

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """The ASGI application of one socket."""
        self.scope, self.base_send = scope, send
        self._allowance = Allowance(asyncio.get_running_loop().time())
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            return
        finally:
            await self._stop()

    async def dispatch(self, message: Message) -> None:
        """Channels' own would hop to a thread for each message, to look at database connections."""
        if message["type"] == "websocket.receive":
            self._receive(message)
        elif message["type"] == "websocket.connect":
            self._enqueue(self.begin())
        elif message["type"] == "websocket.disconnect":
            raise StopConsumer

    async def accept(self, subprotocol: str | None) -> None:
        """Complete the handshake; from here on frames and close codes can be sent."""
        await self.base_send({"type": "websocket.accept", "subprotocol": subprotocol})
        self.outbox = outbox_for(self.base_send, limit=MAX_QUEUED_BYTES)

    def _receive(self, message: Message) -> None:
        if not hasattr(self, "outbox") or self.outbox.closed:
            return
        self.heard()
        text = message.get("text")
        if text is None:
            self.outbox.close(CloseCode.MALFORMED)
        elif len(text) > MAX_FRAME_BYTES or len(text.encode(errors="surrogatepass")) > MAX_FRAME_BYTES:
            self.outbox.close(CloseCode.TOO_BIG)
        else:
            self._read(text)

    def _read(self, text: str) -> None:
        now = asyncio.get_running_loop().time()
        try:
            command = protocol.parse_command(text)
        except protocol.MalformedFrame:
            self.outbox.close(CloseCode.MALFORMED)
        except BadCommand as bad:
            if self._may(bad.id, "", now):
                self.say(_bad_command(bad, self.language))
        else:
            if self._may(command.id, command.type, now):
                self._enqueue(self.do(command))

    def _may(self, id_: str | None, type_: str, now: float) -> bool:
        if self._allowance.take(type_, now) and len(self._jobs) < COMMAND_BURST:
            return True
        self.refuse(id_, refusal_of(SlowDown(retry_after=1), self.language))
        if self._allowance.exhausted:
            self.outbox.close(CloseCode.SLOW_DOWN)
        return False

    # --- work -------------------------------------------------------------------------------------

    def _enqueue(self, job: Coroutine[Any, Any, None]) -> None:
        self._jobs.append(job)
        if self._working is None:
            self._working = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._jobs:
                await self._guarded(self._jobs.popleft())
        finally:
            self._working = None

    def beside(self, job: Coroutine[Any, Any, None]) -> None:
        """Do something slow beside the commands that follow."""
        task = asyncio.get_running_loop().create_task(self._guarded(job))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _guarded(self, job: Coroutine[Any, Any, None]) -> None:
        try:
            await job
        except Exception:
            log.exception("socket_failed")
            self.close(CloseCode.INTERNAL)

    async def _stop(self) -> None:
        tasks = [*self._beside, *([self._working] if self._working else [])]
        for task in tasks:
            task.cancel()
        for job in self._jobs:
            job.close()
        self._jobs.clear()
        if hasattr(self, "outbox"):
            self.outbox.forget()
        self.end()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- saying -----------------------------------------------------------------------------------

    async def call(self, service: Callable[..., Any], /, **arguments: Any) -> Outcome:
        """One service or query, in the reader's language."""
        with acting_from(self.origin):
            return await run_service(service, language=self.language, workers=self.workers, **arguments)

    def say(self, text: str) -> None:
        """Send one frame."""
        self.outbox.push(Frame(text))

    def refuse(self, id_: str | None, refusal: Refusal) -> None:
        """Send an error frame."""
        self.say(
            protocol.error(id_, code=refusal.code, message=refusal.message, field=refusal.field, data=refusal.data)
        )

    def answer(self, command: Command, outcome: Outcome, data: dict[str, Any] | None = None) -> None:
        """Say that a command was done, or why not."""
        if outcome.refusal is None:
            self.say(protocol.ack(command.id, data))
            return
        self.refuse(command.id, outcome.refusal)
        if outcome.refusal.close is not None:
            self.close(outcome.refusal.close)

    def turn_away(self, refusal: Refusal) -> None:
        """Say why somebody may not be here, and close."""
        self.refuse(None, refusal)
        self.close(refusal.close_at_door)

    def close(self, code: int) -> None:
        """Close after what was said."""
        if hasattr(self, "outbox"):
            self.outbox.close(code)


def _bad_command(bad: BadCommand, language: str) -> str:
    with translation.override(language):
        if bad.code == "unknown_command":
            message = gettext("This server does not know that command. Reload the page to get its newest version.")
        else:
            message = gettext("The field “%(field)s” is missing or has a wrong form.") % {"field": bad.field}
    return protocol.error(bad.id, code=bad.code, message=message, field=bad.field)
