"""`make run`: every process, the database and the demo filled meanwhile, and the addresses to open.

Two cores decide the order. The web server loads while the database is filled; what makes sound begins
when the first page has answered, and worker, media and beat, three processes of the Procfile, are one.
"""

import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer
from rich.control import Control
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from spaces_site.broker import socket_path

ROOT = Path(__file__).resolve().parent.parent
#: Seconds after which the start is called failed.
PATIENCE = 120
#: The Procfile's worker, media and beat in one process.
SOUND = "celery --quiet -A spaces_site worker -B -Q default,media -P threads -c 4 --without-gossip --without-mingle"
MEDIA_PORT = 40400


class StartFailed(Exception):
    """The site can't start; the text says what to do."""


class _Printer(Printer):  # type: ignore[misc]
    """The processes' lines, without honcho's word on each that starts."""

    def write(self, message: Message) -> None:
        """Print one line of a process."""
        if " started (pid=" not in str(message.data):
            super().write(message)


class _Manager(Manager):  # type: ignore[misc]
    """honcho's, which may be told to end before the last process has begun; its own would lose those."""

    is_wanted = True

    def terminate(self) -> None:
        """End all processes, those that are just beginning as soon as they have begun."""
        self.is_wanted = False
        if super()._all_started():
            super().terminate()

    def _all_started(self) -> bool:
        all_started = bool(super()._all_started())
        if all_started and not self.is_wanted:
            super().terminate()
        return all_started


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


@contextmanager
def _step(name: str) -> Iterator[None]:
    """Print the step with the seconds it took; on a terminal they run meanwhile."""
    started = time.monotonic()
    with _running(name) if sys.stdout.isatty() else nullcontext():
        yield
    _say(f"  ✓ {name} ({time.monotonic() - started:.1f} s)")


@contextmanager
def _running(name: str) -> Iterator[None]:
    columns = TextColumn(""), SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, transient=True, redirect_stdout=False, redirect_stderr=False) as progress:
        progress.add_task(name, total=None)
        yield


def _check_nobody_is_here(environment: dict[str, str]) -> None:
    """Raise `StartFailed` when another site has our port or our folder."""
    bind, port, var_dir = environment["BIND"], int(environment["PORT"]), environment["VAR_DIR"]
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            raise StartFailed(f"Port {port} is taken. Choose another: PORT={port + 1} make run") from None
    if environment.get("REDIS_URL"):
        return
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(str(socket_path(Path(var_dir)))) == 0:
            raise StartFailed(f"Another site runs in {var_dir}. Stop it, or choose another folder by VAR_DIR.")


@contextmanager
def _media_port() -> Iterator[int]:
    """The usual UDP port, or 0 (any) when another site on this machine has it, or is about to.

    The sound begins last: until then the same number of TCP, held as long as we run, says that it is taken.
    """
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as claim,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
    ):
        port = MEDIA_PORT
        try:
            claim.bind(("127.0.0.1", port))
            probe.bind(("", port))
        except OSError:
            port = 0
        probe.close()
        yield port


def _free_payments_port() -> int:
    """A port that nothing has: two sites that start together must not both count on the usual one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(media_port: int) -> dict[str, str]:
    """Ours, with what a newcomer need not set."""
    usual = {
        "BIND": "127.0.0.1",
        "PORT": "8000",
        "VAR_DIR": str(ROOT / "var"),
        "LOG_LEVEL": "WARNING",
        # Containers run as root; a newcomer's first screen need not discuss it.
        "PYTHONWARNINGS": "ignore:You're running the worker",
        "MEDIA_PORT": str(media_port),
        "STRIPE_DOUBLE_PORT": str(_free_payments_port()),
        "SPACES_STARTED": str(time.time()),
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**usual, **os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}


@contextmanager
def _broker(command: str, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """The broker begins before all others and ends after them: those that stop still have something to tell."""
    # In a session of its own, out of reach of the terminal's Ctrl+C.
    broker = subprocess.Popen(shlex.split(command), cwd=ROOT, env=environment, start_new_session=True)  # noqa: S603
    try:
        yield broker
    finally:
        broker.terminate()
        broker.wait()


def _end_with(broker: "subprocess.Popen[bytes]", manager: _Manager) -> None:
    broker.wait()
    if manager.is_wanted:
        _say("The broker ended. Its last words are in broker.log of the folder VAR_DIR.")
        manager.terminate()


def _processes(web: str, site: str, page_answers: Path) -> dict[str, str]:
    """Names and shell commands; what makes sound waits for the file `page_answers`."""
    bots = f"python manage.py run_bots --site {site}"
    wait = f"until [ -e {shlex.quote(str(page_answers))} ]; do sleep 0.1; done; exec "
    # At which nothing is paid; it refuses to stand in anywhere but in the demo.
    payments = "python manage.py stripe_double"
    return {"web": web, "sound": wait + SOUND, "bots": wait + bots, "payments": wait + payments}


@contextmanager
def _filling(environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Tables and demo people, by one process that says on a line of its own when the tables are there."""
    command = [sys.executable, "manage.py", "seed_demo", "--migrate"]
    filling = subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield filling
    finally:
        filling.terminate()


def _await_database(filling: "subprocess.Popen[str]") -> None:
    assert filling.stdout is not None
    said = []
    with _step("database"):
        for line in filling.stdout:
            if line.startswith("Tables"):
                break
            said.append(line)
        else:
            raise StartFailed("".join(said).strip())
    with _step("people and rooms"):
        said += filling.stdout
        if filling.wait():
            raise StartFailed("".join(said).strip())


def _await_page(site: str) -> None:
    deadline = time.monotonic() + PATIENCE
    with _step("first page"):
        while not _answers(f"{site}/"):
            if time.monotonic() > deadline:
                raise StartFailed("The web server does not answer; its lines above say why.")
            time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _open(manager: Manager, filling: "subprocess.Popen[str]", environment: dict[str, str], page_answers: Path) -> None:
    """Wait for the database and a page, say where to go; ends everything when one of them fails."""
    try:
        _await_database(filling)
        _await_page(_site(environment))
    except StartFailed as failure:
        _say(str(failure))
        manager.terminate()
        return
    page_answers.touch()
    address = f"http://localhost:{environment['PORT']}"
    since = time.time() - float(environment["SPACES_STARTED"])
    _say(f"ready {address}")
    _say(
        f"""
  Open         {address}/          ({since:.0f} s)
  Listen       press a room, then Listen: two people are talking
  Speak        in a second window sign in as sam, raise your hand; sign in as maya to accept it
  Moderate     {address}/admin/    sign in as robin
  Everybody's password here is spaces-demo. Mail is written to {environment["VAR_DIR"]}/mail.
  Stop with Ctrl+C.
"""
    )


def _site(environment: dict[str, str]) -> str:
    """Where this machine reaches the web server."""
    bind = environment["BIND"]
    host = "127.0.0.1" if bind in {"0.0.0.0", "::"} else f"[{bind}]" if ":" in bind else bind  # noqa: S104
    return f"http://{host}:{environment['PORT']}"


def main() -> None:
    """Set up, serve, and stop everything on Ctrl+C."""
    with _media_port() as media_port:
        environment = _environment(media_port)
        Path(environment["VAR_DIR"]).mkdir(parents=True, exist_ok=True)
        try:
            _check_nobody_is_here(environment)
        except StartFailed as failure:
            raise SystemExit(str(failure)) from None
        # Until honcho listens: what has begun by then is ended, too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        raise SystemExit(_serve(environment))


def _serve(environment: dict[str, str]) -> int:
    """All processes until one ends or we are told to; the exit status."""
    procfile = parse_procfile((ROOT / "Procfile").read_text()).processes
    manager = _Manager(_Printer(sys.stdout))
    with (
        tempfile.TemporaryDirectory(prefix="spaces-run-") as folder,
        _broker(procfile["broker"], environment) as broker,
        # Before anything forks or runs in a thread: a copy of its pipe elsewhere would never end.
        _filling(environment) as filling,
    ):
        page_answers = Path(folder) / "page-answers"
        for name, command in _processes(procfile["web"], _site(environment), page_answers).items():
            manager.add_process(name, command, env=environment, cwd=str(ROOT))
        threading.Thread(target=_open, args=(manager, filling, environment, page_answers), daemon=True).start()
        threading.Thread(target=_end_with, args=(broker, manager), daemon=True).start()
        manager.loop()
    if sys.stdout.isatty():
        # Interrupted in the middle of a step, its thread ends without giving the cursor back.
        _say(str(Control.show_cursor(True)))
    return int(manager.returncode)


if __name__ == "__main__":
    main()
