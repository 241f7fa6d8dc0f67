"""Real worker and web processes on the test's database and broker; each ended by its own pid."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from django.conf import settings
from django.db import connection

ROOT = Path(settings.BASE_DIR)


def environment() -> dict[str, str]:
    """The environment of a process that shares this test's database and broker."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        database = f"sqlite:///{facts['NAME']}"
    else:
        database = f"postgres://{facts['USER']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"
    return os.environ | {"DATABASE_URL": database, "REDIS_URL": settings.REDIS_URL, "MEDIA_PORT": "0"}


def free_port() -> int:
    """A TCP port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A child process whose output goes to a file."""

    def __init__(self, command: list[str], log: Path, **facts: str) -> None:
        self._log = log
        with log.open("wb") as output:
            self._child = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=environment() | facts, stdout=output, stderr=output
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._child.pid

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._child.send_signal(number)

    def wait(self, seconds: float = 15) -> int:
        """Exit status."""
        return self._child.wait(seconds)

    def said(self, text: str) -> bool:
        """Whether its output has `text`; AssertionError when it has ended meanwhile."""
        if text in self._log.read_text():
            return True
        assert self._child.poll() is None, self._log.read_text()
        return False

    def end(self) -> None:
        """Kill it if it still runs."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGCONT)
            self._child.kill()
        self._child.wait(10)


def media_worker(folder: Path, name: str) -> Process:
    """A media worker as the Procfile starts it; ready when this returns."""
    queue = ["-Q", "media", "-P", "threads", "-c", "2", "-l", "info"]
    worker = Process(["celery", "-A", "spaces_site", "worker", *queue, "-n", f"{name}@test"], folder / f"{name}.log")
    _until(lambda: worker.said("media_node_ready"), worker)
    return worker


def beat(folder: Path) -> tuple[Process, Process]:
    """Beat, and a worker for the default queue: what offers rooms again."""
    schedule = str(folder / "beat-schedule")
    ticking = Process(["celery", "-A", "spaces_site", "beat", "-s", schedule], folder / "beat.log")
    command = ["celery", "-A", "spaces_site", "worker", "-Q", "default", "-P", "threads", "-c", "2", "-n", "short@test"]
    return ticking, Process(command, folder / "short.log")


def web(folder: Path, server: str) -> tuple[Process, str]:
    """A web process, `daphne` or `uvicorn`; its address once it answers."""
    port = str(free_port())
    process = Process(["spaces_site.serve"], folder / f"{server}.log", SERVER=server, BIND="127.0.0.1", PORT=port)
    address = f"http://127.0.0.1:{port}"
    _until(lambda: process.said("") and _answers(address), process)
    return process, address


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/livez", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _until(condition: Callable[[], bool], process: Process) -> None:
    deadline = time.monotonic() + 60
    try:
        while not condition():
            assert time.monotonic() < deadline, "the process did not become ready"
            time.sleep(0.05)
    except AssertionError:
        process.end()
        raise
