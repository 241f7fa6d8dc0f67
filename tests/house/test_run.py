"""`make run`: what a newcomer sees, twice, and what stands in the way of a start."""

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
import redis

from spaces_site.broker import socket_path
from tests.browser.live_site import ROOT, free_port, wait_for
from tests.services import WITH_PARENT

pytestmark = pytest.mark.timeout(600)
#: Seconds that a machine busy with other tests may need for a start.
_PATIENCE = 240
_STEPS = re.compile(r"  ✓ database \(\d+\.\d s\)\n  ✓ people and rooms \(\d+\.\d s\)\n  ✓ first page \(\d+\.\d s\)\n")


class Start:
    """`python -m spaces_site.run` in a folder of its own, and what it says."""

    def __init__(self, var_dir: Path, port: int, output: int | None = None, **environment: str) -> None:
        ours = {"DATABASE_URL", "REDIS_URL", "SPACES_ENV", "LOG_LEVEL"}
        kept = {key: value for key, value in os.environ.items() if key not in ours}
        self.port, self.var_dir = port, var_dir
        self._log = var_dir.parent / f"run-{time.monotonic_ns()}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*WITH_PARENT, sys.executable, "-m", "spaces_site.run"],
                cwd=ROOT,
                env={**kept, "VAR_DIR": str(var_dir), "PORT": str(port), "TERM": "xterm", **environment},
                stdout=output or log,
                stderr=output or log,
            )

    def __enter__(self) -> "Start":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.interrupt()

    @property
    def said(self) -> str:
        return self._log.read_text()

    def until(self, text: str, times: int = 1) -> "Start":
        """Wait until it has said something; fails with all its words when it ends before."""
        wait_for(lambda: self.said.count(text) >= times or self.process.poll() is not None, text, _PATIENCE)
        assert self.said.count(text) >= times, self.said
        return self

    def ends(self) -> int:
        """Exit status, once it has ended by itself."""
        return self.process.wait(60)

    def interrupt(self) -> int:
        """Ctrl+C."""
        self.process.send_signal(signal.SIGINT)
        return self.ends()

    def get(self, path: str) -> bytes:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return answer.read()

    def live_rooms(self) -> list[str]:
        return sorted(room["title"] for room in json.loads(self.get("/api/v1/rooms/live/"))["data"])


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Start]]:
    """A first start that was stopped again, and a second on its port and in its folder, which runs."""
    var_dir, port = tmp_path_factory.mktemp("newcomer") / "var", free_port()
    with Start(var_dir, port) as first:
        first.until("two people are talking", times=2)
        rooms = first.live_rooms()
        assert first.interrupt() != 0
    with Start(var_dir, port) as second:
        second.until("ready ")
        assert second.live_rooms() == rooms
        yield [first, second]


def test_it_tells_its_steps_then_one_line_with_the_address_then_the_sign_ins(starts: list[Start]) -> None:
    for start in starts:
        assert _STEPS.match(start.said), start.said
        steps, _, rest = start.said.partition(f"ready http://localhost:{start.port}\n")
        assert rest
        assert "ready " not in rest
        assert "sign in as maya" in rest
        assert "started (pid" not in steps


def test_a_first_page_shows_the_rooms_in_which_people_talk(starts: list[Start]) -> None:
    page = starts[1].get("/").decode()
    assert "How this room sounds" in page
    assert "Reading aloud" in page


def test_nothing_goes_wrong_from_the_start_to_ctrl_c(starts: list[Start]) -> None:
    for start in starts:
        assert not re.search(r"\[(error|critical)|Traceback|broker.sock", start.said), start.said


def test_beside_a_site_on_the_same_port_it_names_another(starts: list[Start], tmp_path: Path) -> None:
    port = starts[1].port
    with Start(tmp_path / "var", port) as clash:
        assert clash.ends() != 0
    assert clash.said == f"Port {port} is taken. Choose another: PORT={port + 1} make run\n"


def test_beside_another_site_both_go_on_with_a_test_checkout_each(starts: list[Start], tmp_path: Path) -> None:
    said = "Test checkout without real money at "
    with Start(tmp_path / "var", free_port()) as beside:
        for site in (starts[1], beside):
            site.until(said)
        first, second = (site.said.partition(said)[2].split()[0] for site in (starts[1], beside))
        assert first != second
        assert len(beside.live_rooms()) == len(starts[1].live_rooms())
        assert beside.process.poll() is None
    assert "Traceback" not in beside.said


def test_beside_a_site_in_the_same_folder_it_leaves_its_broker_alone(starts: list[Start]) -> None:
    with Start(starts[1].var_dir, free_port()) as clash:
        assert clash.ends() != 0
    assert clash.said.startswith("Another site runs in ")
    assert json.loads(starts[1].get("/readyz")) == {"database": "ok", "broker": "ok"}


def test_a_production_database_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    facts = {
        "SPACES_ENV": "production",
        "SECRET_KEY": "k" * 60,
        "PUBLIC_URL": "https://spaces.example.org",
        "EVIDENCE_KEYS": "A" * 43 + "=",
    }
    with Start(tmp_path / "var", free_port(), **facts) as start:
        assert start.ends() != 0
    assert "never seeded in production" in start.said
    assert "ready" not in start.said
    with sqlite3.connect(tmp_path / "var" / "spaces.sqlite3") as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_without_its_broker_a_site_ends_and_says_so(tmp_path: Path) -> None:
    with Start(tmp_path / "var", free_port()) as start:
        path = socket_path(start.var_dir)
        wait_for(path.exists, "the broker")
        with redis.Redis(unix_socket_path=str(path)) as broker:
            os.kill(broker.info("server")["process_id"], signal.SIGKILL)
        assert start.ends() != 0
    assert "The broker ended." in start.said


def test_on_a_terminal_seconds_run_and_the_cursor_comes_back_even_after_ctrl_c(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    shown = b""
    with Start(tmp_path / "var", free_port(), output=theirs) as start:
        os.close(theirs)
        with suppress(OSError):  # EIO: the last process has let go of the terminal
            while piece := os.read(ours, 4096):
                shown += piece
                if b"database" in piece and b"received" not in shown:
                    start.process.send_signal(signal.SIGINT)
        os.close(ours)
        assert start.ends() != 0
    assert re.search(rb"database .*0:00:0\d", shown)
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")
