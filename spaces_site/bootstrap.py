"""Set up `.venv` with the locked packages, then run Python there. Standard library only.

`python3 spaces_site/bootstrap.py base -- -m spaces_site.run` installs `requirements/base.txt`
(`test` adds what tests need) and becomes that command. Nothing is fetched when nothing changed.
"""

# Read by an older Python too, so that it can say that it is too old.
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)


class SetupError(Exception):
    """The machine lacks something; the text says what to do."""


def _step(name: str, action: Callable[[], object]) -> None:
    """Run one step and print its name with the seconds it took."""
    started = time.monotonic()
    if sys.stdout.isatty():
        print(f"  … {name}", end="\r", flush=True)  # noqa: T201
    action()
    print(f"  ✓ {name} ({time.monotonic() - started:.1f} s)", flush=True)  # noqa: T201


def _run(*command: str | Path) -> None:
    """Run a program quietly. Raises `SetupError` with its output when it fails."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise SetupError(f"{' '.join(str(part) for part in command)}\n{result.stdout}{result.stderr}".strip())


def _make_venv() -> None:
    if shutil.which("uv"):
        _run("uv", "venv", "--quiet", "--clear", "--python", sys.executable, VENV)
    else:
        # Without a pip of its own, which would take longer than everything else here.
        _run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)


def _install(lock: Path) -> None:
    _run(_uv(), "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "-r", lock)


def _uv() -> str | Path:
    """The installer: that of the machine, else the pinned one, fetched into `.venv`."""
    if found := shutil.which("uv"):
        return found
    inside = PYTHON.with_name("uv")
    if not inside.exists():
        _run(*_pip(), "install", "--quiet", "--require-hashes", "-r", ROOT / "requirements" / "uv.txt")
    return inside


def _pip() -> list[str | Path]:
    """A pip that installs into `.venv`. Raises `SetupError` where Python came without one."""
    if find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", PYTHON]
    if not find_spec("ensurepip"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(f"Python has neither pip nor ensurepip here: apt-get install python{version}-venv")
    _run(PYTHON, "-m", "ensurepip")
    return [PYTHON, "-m", "pip"]


def prepare(which: str) -> None:
    """Bring `.venv` to the state of `requirements/<which>.txt`. Raises `SetupError`."""
    if sys.version_info < OLDEST:
        raise SetupError(f"Spaces needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.")
    lock = ROOT / "requirements" / f"{which}.txt"
    digest = sha256(lock.read_bytes()).hexdigest()
    stamp = VENV / f".installed-{which}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == digest:
        return
    if not PYTHON.exists():
        _step("Python environment", _make_venv)
    _step("packages", lambda: _install(lock))
    stamp.write_text(digest)


def main() -> None:
    """Prepare, then become `.venv/bin/python` with the arguments after `--`."""
    which, _, *rest = sys.argv[1:]
    os.environ["SPACES_STARTED"] = os.environ.get("SPACES_STARTED", str(time.time()))
    try:
        prepare(which)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    # Images of Python often set it. Then each of our processes would compile a thousand modules anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), *rest])  # noqa: S606


if __name__ == "__main__":
    main()
