"""A live web server on the database and broker of the tests."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests.patience import busy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_url() -> str:
    """The address of the test database, as another process must be told it."""
    used = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{used['NAME']}"
    user = quote(used["USER"]) + (f":{quote(used['PASSWORD'])}" if used["PASSWORD"] else "")
    return f"postgres://{user}@{used['HOST']}:{used['PORT']}/{used['NAME']}"


class WebServer:
    """`python -m spaces_site.serve` in a process of its own, with the site or another application."""

    def __init__(
        self,
        server: str = "daphne",
        port: int | None = None,
        *,
        application: str = "",
        log: Path | None = None,
        **env: str,
    ) -> None:
        self.server = server
        self.application = application
        self.port = port or free_port()
        self.env = env
        #: Where its lines go; to those of the tests when there is none.
        self.log = log
        self.process: subprocess.Popen[bytes]
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        env = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "SERVER": self.server,
            "PORT": str(self.port),
            "LOG_LEVEL": "WARNING",
            "SOCKETS_PER_ADDRESS": "100000",
            "PEOPLE_PER_ADDRESS": "100000",
            **self.env,
        }
        command = [sys.executable, "-m", "spaces_site.serve", *self.application.split()]
        if self.log is None:
            self.process = subprocess.Popen(command, env=env)
        else:
            with self.log.open("ab") as lines:
                self.process = subprocess.Popen(command, env=env, stdout=lines, stderr=lines)
        try:
            self._answers(time.monotonic() + busy(10))
        except AssertionError:
            self.kill()
            raise

    def _answers(self, deadline: float) -> None:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert time.monotonic() < deadline, "the web server did not start"
            assert self.process.poll() is None, "the web server ended"
            time.sleep(0.02)

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it by its own id."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.stop(signal.SIGKILL)


@contextmanager
def running(
    server: str = "daphne", *, application: str = "", log: Path | None = None, **env: str
) -> Iterator[WebServer]:
    web = WebServer(server, application=application, log=log, **env)
    try:
        yield web
    finally:
        web.stop()
