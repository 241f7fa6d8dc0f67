"""`make test`: every test on SQLite, then everything that touches the database on PostgreSQL.

Arguments are handed to pytest, on SQLite alone: `make test ONLY=tests/rooms`.
"""

import os
import subprocess
import sys
import time

from tests import machine

#: Tests that never touch the database need no second run.
_NO_DATABASE = ("tests/media_worker/transport", "tests/media_worker/sound", "tests/house")


def _pytest(title: str, *arguments: str, **environment: str) -> None:
    """Run pytest; end with its exit status when it fails."""
    started = time.monotonic()
    print(f"\n=== {title} ===", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "--durations=10", *arguments]
    status = subprocess.run(command, env={**os.environ, **environment}, check=False).returncode
    print(f"=== {title}: {time.monotonic() - started:.0f} s ===", flush=True)
    if status:
        raise SystemExit(status)


def main() -> None:
    machine.prepare()
    if sys.argv[1:]:
        _pytest("chosen tests, SQLite", *sys.argv[1:])
        return
    apart = "browser or fault"
    # Playwright's loop stays in its thread, so its tests have a process of their own.
    pages = "tests/browser"
    alone = ("-n", "2", f"--ignore={pages}")
    ignored = [f"--ignore={path}" for path in _NO_DATABASE]
    _pytest("units and services, SQLite", *alone, "-m", f"not ({apart})")
    postgres = f"not ({apart} or fuzz)"
    _pytest("units and services, PostgreSQL", *alone, "-m", postgres, *ignored, TEST_DATABASE="postgres")
    # Sound in real browsers wants the machine for itself.
    _pytest("pages and sound in Chromium, SQLite", pages)
    _pytest("faults and other browsers, SQLite", "-m", apart, f"--ignore={pages}")
    _pytest("forms and refusals in Chromium, PostgreSQL", f"{pages}/test_shell_acts.py", TEST_DATABASE="postgres")
    _pytest("faults, PostgreSQL", "-m", apart, f"--ignore={pages}", *ignored, TEST_DATABASE="postgres")


if __name__ == "__main__":
    main()
