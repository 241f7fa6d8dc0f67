"""Starts what the tests need before Django reads its settings, and stops it again.

Loaded by `-p tests.services` (pyproject.toml). Every test process gets a folder and a broker of its
own. `TEST_DATABASE=postgres` makes one PostgreSQL cluster for the whole run.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

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


def _postgres_folder() -> Path:
    """The folder of PostgreSQL's programs: newest of Debian's, else that of PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if folders:
        return folders[-1]
    if found := shutil.which("initdb"):
        return Path(found).parent
    raise pytest.UsageError("TEST_DATABASE=postgres needs PostgreSQL: apt-get install postgresql")


def _as_other_than_root(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: use its own account there, or nobody."""
    if os.geteuid() != 0:
        return command
    names = {entry.pw_name for entry in pwd.getpwall()}
    return ["setpriv", "--reuid", "postgres" if "postgres" in names else "nobody", "--clear-groups", *command]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostgresCluster:
    """A throw-away cluster on a free port of the loopback address."""

    def __init__(self) -> None:
        self.programs = _postgres_folder()
        self.folder = Path(tempfile.mkdtemp(prefix="spaces-postgres-"))
        self.folder.chmod(0o777)
        self.port = _free_port()
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "spaces", "-A", "trust", "-E", "UTF8", "--no-sync")
        # Every thread of every process under test may hold a connection of its own.
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        options += " -c max_connections=400"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "-o", options, "start")
        os.environ["DATABASE_URL"] = f"postgres://spaces@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *arguments: str) -> None:
        command = _as_other_than_root([str(self.programs / program), *arguments])
        result = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
        if result.returncode:
            raise pytest.UsageError(f"{program} failed: {result.stdout}{result.stderr}")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


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


_cluster = PostgresCluster() if os.environ.get("TEST_DATABASE") == "postgres" and not _IS_WORKER else None
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
