"""`make run`: database, demo, then every process of the Procfile, with progress and the addresses to open."""

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager

from spaces_site.broker import server_command, socket_path

ROOT = Path(__file__).resolve().parent.parent
#: Seconds after which the start is called failed.
PATIENCE = 60


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


@contextmanager
def _step(name: str) -> Iterator[None]:
    """Print the step with the seconds it took."""
    started = time.monotonic()
    if sys.stdout.isatty():
        print(f"  … {name}", end="\r", flush=True)  # noqa: T201
    yield
    _say(f"  ✓ {name} ({time.monotonic() - started:.1f} s)")


def _manage(*arguments: str) -> None:
    """Run a management command quietly; ends with its output when it fails."""
    command = [sys.executable, "manage.py", *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        _say(result.stdout + result.stderr)
        raise SystemExit(f"{' '.join(arguments)} failed; the text above says why.")


@contextmanager
def _broker_during_setup(var_dir: Path) -> Iterator[None]:
    """Seeding announces rooms, so the embedded broker must answer while the database is filled."""
    if os.environ.get("REDIS_URL"):
        yield
        return
    process = subprocess.Popen(server_command(var_dir), stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        while not socket_path(var_dir).exists():
            time.sleep(0.005)
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _announce(address: str, manager: Manager) -> None:
    """Wait until a page answers, then say where to go; ends everything when it never does."""
    deadline = time.monotonic() + PATIENCE
    while not _answers(f"{address}/"):
        if time.monotonic() > deadline:
            _say("The web server does not answer; its lines above say why.")
            manager.terminate()
            return
        time.sleep(0.1)
    since = time.time() - float(os.environ.get("SPACES_STARTED", time.time()))
    _say(f"ready {address}")
    _say(
        f"""
  Open         {address}/          ({since:.0f} s)
  Listen       press a room, then Listen: two people are talking
  Speak        in a second window sign in as sam, raise your hand; sign in as maya to accept it
  Moderate     {address}/admin/    sign in as robin
  Everybody's password here is spaces-demo. Mail is written to {os.environ["VAR_DIR"]}/mail.
  Stop with Ctrl+C.
"""
    )


def main() -> None:
    """Set up, serve, and stop everything on Ctrl+C."""
    port = os.environ.setdefault("PORT", "8000")
    var_dir = Path(os.environ.setdefault("VAR_DIR", str(ROOT / "var")))
    var_dir.mkdir(parents=True, exist_ok=True)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    # Containers run as root; a newcomer's first screen need not discuss it.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:You're running the worker")
    with _broker_during_setup(var_dir):
        with _step("database"):
            _manage("migrate", "--verbosity", "0")
        with _step("people and rooms"):
            _manage("seed_demo")
    manager = Manager()
    for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
        manager.add_process(name, command, env=dict(os.environ), cwd=str(ROOT))
    address = f"http://localhost:{port}"
    manager.add_process(
        "bots", f"python manage.py run_bots --site http://127.0.0.1:{port}", env=dict(os.environ), cwd=str(ROOT)
    )
    threading.Thread(target=_announce, args=(address, manager), daemon=True).start()
    manager.loop()
    raise SystemExit(manager.returncode)


if __name__ == "__main__":
    main()
