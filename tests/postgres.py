"""A throw-away PostgreSQL cluster, for the tests and for benches."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


class NoPostgres(Exception):
    """PostgreSQL is not installed, or does not start; the text says which."""


def _programs() -> Path:
    """The folder of PostgreSQL's programs: newest of Debian's, else that of PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if folders:
        return folders[-1]
    if found := shutil.which("initdb"):
        return Path(found).parent
    raise NoPostgres("there is no PostgreSQL here: apt-get install postgresql")


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
    """A cluster on a free port of the loopback address; `durable` waits for the disk, as in production.

    Raises `NoPostgres`.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.programs = _programs()
        self.folder = Path(tempfile.mkdtemp(prefix="spaces-postgres-"))
        self.folder.chmod(0o777)
        self.port = _free_port()
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "spaces", "-A", "trust", "-E", "UTF8", "--no-sync")
        # Every thread of every process under test may hold a connection of its own.
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        options += f" -c fsync={'on' if durable else 'off'} -c max_connections=400"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "-o", options, "start")
        self.url = f"postgres://spaces@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *arguments: str) -> None:
        command = _as_other_than_root([str(self.programs / program), *arguments])
        result = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
        if result.returncode:
            raise NoPostgres(f"{program} failed: {result.stdout}{result.stderr}")

    def stop(self) -> None:
        """End it at once and forget its folder."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
