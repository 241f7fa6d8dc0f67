"""A mail server that keeps what it takes, and can keep people waiting."""

import asyncio
import threading
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail that the server said yes to, and when (by the machine's clock)."""

    to: str
    raw: bytes
    at: float

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)


class MailServer:
    """SMTP on a free port of the loopback address: `with MailServer() as server`.

    While `holding` is set, nothing gets its last yes: whoever goes away meanwhile has sent nothing.
    """

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.holding = threading.Event()
        #: How many wait for their yes now.
        self.waiting = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._talk, "127.0.0.1", 0), self._loop)
        self._server = started.result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(self, *_: object) -> None:
        self.holding.clear()
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = ""
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                to = line.decode().split("<")[1].split(">")[0]
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                raw = await self._text(reader)
                if raw is None or not await self._patiently(reader):
                    break
                self.taken.append(Taken(to, raw, time.time()))
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 yes\r\n")
            if verb == b"QUIT":
                break
        writer.close()

    async def _text(self, reader: asyncio.StreamReader) -> bytes | None:
        lines = []
        while line := await reader.readline():
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return None

    async def _patiently(self, reader: asyncio.StreamReader) -> bool:
        """Wait while we are told to; False when the other end went away meanwhile."""
        self.waiting += 1
        try:
            while self.holding.is_set():
                if reader.at_eof():
                    return False
                await asyncio.sleep(0.02)
            return not reader.at_eof()
        finally:
            self.waiting -= 1
