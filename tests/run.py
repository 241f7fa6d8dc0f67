"""`make test`: every test on SQLite, then everything that touches the database on PostgreSQL.

Arguments are handed to pytest, on SQLite alone: `make test ONLY=tests/rooms`.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests import machine

#: Tests that never touch the database need no second run.
_NO_DATABASE = (
    "tests/safety/test_headers.py",
    "tests/safety/test_production.py",
    "tests/safety/test_supply_chain.py",
    "tests/safety/test_threat_12_off_path.py",
    "tests/media_worker/transport",
    "tests/media_worker/sound",
    "tests/house",
)


def _pytest(title: str, *arguments: str, **environment: str) -> bool:
    """Run pytest; whether all of it passed."""
    started = time.monotonic()
    print(f"\n=== {title} ===", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "--durations=10", *arguments]
    status = subprocess.run(command, env={**os.environ, **environment}, check=False).returncode
    print(f"=== {title}: {time.monotonic() - started:.0f} s, {'failed' if status else 'passed'} ===", flush=True)
    return status == 0


def main() -> None:
    """Run everything, also after a failure: one run tells all that is wrong."""
    machine.prepare()
    if sys.argv[1:]:
        passed = [_pytest("chosen tests, SQLite", *sys.argv[1:])]
    else:
        passed = [_pytest(title, *arguments, **environment) for title, arguments, environment in _runs()]
    if not all(passed):
        raise SystemExit(1)


def _runs() -> Iterator[tuple[str, tuple[str, ...], dict[str, str]]]:
    """Title, arguments and environment of each run of pytest."""
    apart, postgres = "browser or fault", {"TEST_DATABASE": "postgres"}
    # Playwright's loop stays in its thread, so its tests have a process of their own.
    pages = "tests/browser"
    alone = ("-n", "2", f"--ignore={pages}")
    ignored = tuple(f"--ignore={path}" for path in _NO_DATABASE)
    yield "units and services, SQLite", (*alone, "-m", f"not ({apart})"), {}
    yield "units and services, PostgreSQL", (*alone, "-m", f"not ({apart} or fuzz)", *ignored), postgres
    sound = tuple(_with_a_site(Path(pages)))
    yield "pages in Chromium, SQLite", ("-n", "2", pages, *(f"--ignore={path}" for path in sound)), {}
    yield "sound in Chromium, SQLite", sound, {}
    yield "faults and other browsers, SQLite", ("-m", apart, f"--ignore={pages}"), {}
    yield "forms and refusals in Chromium, PostgreSQL", (f"{pages}/test_shell_acts.py",), postgres
    yield "faults, PostgreSQL", ("-m", apart, f"--ignore={pages}", *ignored), postgres


def _with_a_site(folder: Path) -> Iterator[str]:
    """Tests in Chromium that start the product as processes: sound and time matter, so they want the machine alone."""
    for path in sorted(folder.glob("test_*.py")):
        if re.search(r"\blive_site: |\bdef live_site\(", path.read_text()):
            yield str(path)


if __name__ == "__main__":
    main()
