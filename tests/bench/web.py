"""A broker and a web server of a bench's own: the server as the product starts it, with the bench's application."""

import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from spaces_site.broker import server_command as broker_command
from spaces_site.broker import socket_path
from tests.bench.catalogue import CannotMeasure


@dataclass(frozen=True)
class Web:
    """Where the two answer, and what the server's process has used."""

    broker: str
    port: int
    process: psutil.Process

    @property
    def cpu(self) -> float:
        """Seconds of CPU of the server's process alone, kernel and user, since it began."""
        used = self.process.cpu_times()
        return float(used.user + used.system)


@contextmanager
def web_server(server: str, application: str, *, open_files: int, database: bool = False) -> Iterator[Web]:
    """Both, ended afterwards, with an empty database on demand.

    Raises `CannotMeasure` when fewer files may be open, or nothing starts.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < open_files:
        raise CannotMeasure(f"only {most} open files are allowed; raise the limit (ulimit -n)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="spaces-bench-") as folder:
        var, port = Path(folder), _free_port()
        url = f"unix://{socket_path(var)}"
        env = {**os.environ, "VAR_DIR": folder, "REDIS_URL": url, "SPACES_ENV": "test", "LOG_LEVEL": "WARNING"}
        env |= {"PYTHONPATH": os.getcwd(), "SERVER": server, "BIND": "127.0.0.1", "PORT": str(port)}
        if database:
            subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env=env, check=True)
        broker = subprocess.Popen(broker_command(var), stdout=subprocess.DEVNULL)
        web = subprocess.Popen([sys.executable, "-m", "spaces_site.serve", application], env=env)
        try:
            _wait_for_port(port, web)
            yield Web(url, port, psutil.Process(web.pid))
        finally:
            for job in (web, broker):
                job.kill()
                job.wait()


def _wait_for_port(port: int, web: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if web.poll() is not None:
            raise CannotMeasure("the web server ended at once")
        time.sleep(0.05)
    raise CannotMeasure("the web server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
