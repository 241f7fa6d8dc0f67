"""Real browsers as WebRTC clients: a page that signals by fetch to the test, and the browsers' command lines.

The page asks the test what to do next (`/next`, answered when there is something), does it, and says
how it went (`/said`). So Chromium and Firefox are driven alike, without a driver of their own.
"""

import asyncio
import json
import shutil
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np

from media_worker.engine.frames import SAMPLE_RATE
from tests.media_worker.transport.clients import tone

PAGE = (Path(__file__).parent / "page.html").read_bytes()
CHROMIUM, FIREFOX = shutil.which("chromium"), shutil.which("firefox-esr") or shutil.which("firefox")
_CHROMIUM_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-extensions --mute-audio "
    "--autoplay-policy=no-user-gesture-required --use-fake-ui-for-media-stream "
    "--use-fake-device-for-media-stream --allow-loopback-in-peer-connection "
    "--disable-features=WebRtcHideLocalIpsWithMdns"
)
_FIREFOX_PREFS = {
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.navigator.audio.fake_frequency": 440,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.autoplay.block-webaudio": False,
    "media.getusermedia.insecure.enabled": True,
    "media.devices.insecure.enabled": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "services.settings.server": "data:,",
}


class Page:
    """A tiny HTTP server that serves the page and carries words between it and the test."""

    def __init__(self) -> None:
        self._commands: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._server: asyncio.Server | None = None
        self.url = ""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        # Only a secure context has getUserMedia, and localhost counts as one.
        self.url = f"http://localhost:{self._server.sockets[0].getsockname()[1]}/"

    async def do(self, action: str, **values: Any) -> dict[str, Any]:
        """Let the page do something; what it says about it. AssertionError when it failed there."""
        await self._commands.put({"action": action, **values})
        answer = await asyncio.wait_for(self._answers.get(), 40)
        assert "error" not in answer, answer["error"]
        return answer

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ")[1]
            length = next((int(line[15:]) for line in head.split("\r\n") if line.lower()[:15] == "content-length:"), 0)
            body = await reader.readexactly(length)
            kind, content = await self._reply(path, body)
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n".encode())
            writer.write(b"Connection: close\r\n\r\n" + content)
            await writer.drain()
        except (OSError, EOFError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _reply(self, path: str, body: bytes) -> tuple[str, bytes]:
        if path == "/next":
            return "application/json", json.dumps(await self._commands.get()).encode()
        if path == "/said":
            await self._answers.put(json.loads(body))
            return "application/json", b"{}"
        return "text/html", PAGE if path == "/" else b""


class Browser:
    """A browser process with the page open."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._page = Page()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        await self._page.start()
        command = self._chromium() if self.name == "chromium" else self._firefox()
        self._process = await asyncio.create_subprocess_exec(
            *command, self._page.url, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            env={"HOME": str(self._folder), "PATH": "/usr/bin:/bin", "MOZ_DISABLE_AUTO_SAFE_MODE": "1"},
        )  # fmt: skip
        await self._page.do("hello")

    def _chromium(self) -> list[str]:
        sound = self._folder / "microphone.wav"
        with wave.open(str(sound), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes(tone(440.0, 0, SAMPLE_RATE * 10).astype(np.int16).tobytes())
        profile = f"--user-data-dir={self._folder / 'chromium'}"
        return [str(CHROMIUM), *_CHROMIUM_FLAGS.split(), f"--use-file-for-fake-audio-capture={sound}", profile]

    def _firefox(self) -> list[str]:
        profile = self._folder / "firefox"
        profile.mkdir()
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _FIREFOX_PREFS.items()]
        (profile / "user.js").write_text("\n".join(lines))
        return [str(FIREFOX), "--headless", "--no-remote", "--profile", str(profile)]

    @property
    def do(self) -> Callable[..., Awaitable[dict[str, Any]]]:
        return self._page.do

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 10)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await self._page.close()
