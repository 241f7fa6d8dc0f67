"""Starts what the tests need before Django reads its settings, and stops it again.

Loaded by `-p tests.services` (pyproject.toml). Every test process gets a folder and a broker of its
own. `TEST_DATABASE=postgres` makes one PostgreSQL cluster for the whole run.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.postgres import NoPostgres, PostgresCluster

# A terminated run still stops its broker and cluster.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
_IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
_FOLDER = Path(tempfile.mkdtemp(prefix="spaces-test-"))
os.environ["VAR_DIR"] = str(_FOLDER)
os.environ.setdefault("SPACES_ENV", "test")
# Playwright's sync API runs a loop in this thread; Django would refuse the ORM there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

#: Before a command: a test run that is killed takes it along, where the kernel can see to it.
WITH_PARENT = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


class Broker:
    """A Valkey of this test process, on a Unix socket; `restart` and `kill` serve the fault tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        from spaces_site.broker import server_command, socket_path

        command = [*WITH_PARENT, *server_command(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        path = str(socket_path(self.folder))
        while True:
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(path) == 0:
                    return
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise pytest.UsageError("the embedded broker did not start")
            time.sleep(0.005)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _make_cluster() -> PostgresCluster | None:
    if os.environ.get("TEST_DATABASE") != "postgres" or _IS_WORKER:
        return None
    try:
        made = PostgresCluster()
    except NoPostgres as reason:
        raise pytest.UsageError(f"TEST_DATABASE=postgres: {reason}") from reason
    os.environ["DATABASE_URL"] = made.url
    return made


_cluster = _make_cluster()
_broker = Broker(_FOLDER)


@pytest.fixture(scope="session")
def broker() -> Broker:
    """The broker of this test process."""
    return _broker


def pytest_report_header() -> list[str]:
    database = os.environ.get("DATABASE_URL", "SQLite file")
    return [f"database: {database.split('@')[-1]}"]


def pytest_unconfigure() -> None:
    _broker.kill()
    if _cluster is not None:
        _cluster.stop()
    shutil.rmtree(_FOLDER, ignore_errors=True)
