"""The whole product as processes on a free port, for tests that need real sound.

Broker, web server, one Celery worker (tasks and media) and beat, each with a folder of their own, and
a crew process that makes people and rooms in their database. Used by the fixture `live_site`, by
benches, and by hand: `python -m tests.browser.live_site` serves until Ctrl+C.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from spaces_site.broker import server_command, socket_path

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 120


def free_port() -> int:
    """A TCP port that nobody uses now, nor the system gives to whoever connects somewhere in the meantime."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    """Poll until `condition` gives something; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s for {what}")


class LiveSite:
    """Start with `start()`, stop with `stop()`; `person`, `room` and `call` act in the site's own database."""

    def __init__(self, folder: Path | None = None, **environment: str) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="spaces-live-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[Any]] = {}
        self._crew: subprocess.Popen[str] | None = None
        kept = {
            key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL"}
        }
        self.environment = {
            **kept,
            "VAR_DIR": str(self.folder),
            "SPACES_ENV": "demo",
            "PORT": str(self.port),
            "BIND": "127.0.0.1",
            "MEDIA_PORT": "0",
            "MEDIA_PUBLIC_ADDRESSES": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "spaces_site.settings",
            **environment,
        }

    def start(self) -> "LiveSite":
        """Bring everything up; returns when a page answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._launch("broker", server_command(self.folder))
        wait_for(socket_path(self.folder).exists, "the broker")
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=self.environment, check=True
        )
        self.launch("web")
        self.launch("worker")
        self.launch("beat")
        self._crew = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.live_crew"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            wait_for(self._answers, "the first page")
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.log('web')[-2000:]}") from late
        self.call("node")
        return self

    def launch(self, name: str) -> None:
        """Start the process `name` (web, worker or beat), also after it was killed."""
        celery = [sys.executable, "-m", "celery", "-A", "spaces_site"]
        name_and_quiet = ["-n", f"live{self.port}@%h", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        commands = {
            "web": [sys.executable, "-m", "spaces_site.serve"],
            "worker": [*celery, "worker", "-Q", "default,media", "-P", "threads", "-c", "4", *name_and_quiet],
            "beat": [*celery, "beat"],
        }
        self._launch(name, commands[name])

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End one of the processes that this site started."""
        process = self.processes.pop(name)
        process.send_signal(how)
        process.wait(20)

    def stop(self) -> None:
        """End everything and forget the folder."""
        if self._crew is not None:
            self._crew.kill()
            self._crew.wait()
        for name in ("beat", "worker", "web", "broker"):
            if name in self.processes:
                self.processes[name].terminate()
        for process in self.processes.values():
            try:
                process.wait(12)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- in the site's own database -----------------------------------------------------------------

    def call(self, what: str, **arguments: Any) -> Any:
        """Let the crew do `what` (see live_crew.py); returns its JSON answer."""
        assert self._crew is not None
        assert self._crew.stdin is not None
        assert self._crew.stdout is not None
        self._crew.stdin.write(json.dumps({"what": what, **arguments}) + "\n")
        self._crew.stdin.flush()
        answer = json.loads(self._crew.stdout.readline() or '{"fault": "the crew is gone"}')
        assert "fault" not in answer, answer["fault"]
        return answer["result"]

    def person(self, handle: str, name: str = "", **fields: Any) -> str:
        """Make a person who may host; returns the value of their session cookie."""
        return str(self.call("person", handle=handle, name=name or handle.capitalize(), fields=fields))

    def room(self, host: str, title: str = "A room with tones", **fields: Any) -> str:
        """Open a room of `host`, who is made if need be; returns its id."""
        self.person(host)
        return str(self.call("room", host=host, title=title, fields=fields))

    # --- inside -------------------------------------------------------------------------------------

    def _launch(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/help/", timeout=30) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def log(self, name: str) -> str:
        """What a process has written so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")


def main() -> None:
    """Serve until Ctrl+C, with a host, two people and a room."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    site = LiveSite().start()
    try:
        cookies = {handle: site.person(handle) for handle in ("ana", "bo", "eva")}
        room = site.room("ana")
        print(
            json.dumps({"url": f"{site.url}/rooms/{room}/", "folder": str(site.folder), "cookies": cookies}), flush=True
        )
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        site.stop()


if __name__ == "__main__":
    main()
