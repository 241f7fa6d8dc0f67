"""The first command of a newcomer: locked packages, an environment made once, an embedded broker."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spaces_site.broker import server_binary, socket_path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_lock_files_hold_hashes_and_no_address():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text
        pins = re.findall(r"^[a-zA-Z0-9._-]+==", text, flags=re.MULTILINE)
        assert pins
        assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-zA-Z])", text) if "==" in block)


def test_the_embedded_broker_is_exec_ed_from_the_pinned_wheel(monkeypatch):
    monkeypatch.setattr("spaces_site.broker.shutil.which", lambda name: None)
    assert server_binary().name == "valkey-server"
    assert server_binary().exists()


def test_a_long_folder_name_still_gives_a_usable_socket_path():
    assert len(bytes(socket_path(Path("/" + "x" * 200)))) <= 100


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of a fresh clone as the bootstrap needs, with a lock file of no packages."""
    (tmp_path / "spaces_site").mkdir()
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "spaces_site" / "bootstrap.py", tmp_path / "spaces_site")
    (tmp_path / "requirements" / "base.txt").touch()
    return tmp_path


def bootstrapped(clone: Path, code: str, **environment: str) -> str:
    """What `make` prints when it sets up and then runs this code."""
    python = getattr(sys, "_base_executable", sys.executable)
    command = [python, "spaces_site/bootstrap.py", "base", "--", "-c", code]
    result = subprocess.run(
        command, cwd=clone, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_an_environment_is_made_with_steps_and_seconds_and_only_once(clone: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    seconds = r"\(\d+\.\d s\)\n"
    steps = f"  ✓ Python environment {seconds}  ✓ packages {seconds}"
    where = "import sys; print(sys.prefix)"
    assert re.fullmatch(f"{steps}{clone}/.venv\n", bootstrapped(clone, where, PATH=path))
    # Offline, and without any installer.
    assert bootstrapped(clone, where, PATH="/nowhere") == f"{clone}/.venv\n"
    (clone / "requirements" / "base.txt").write_text("# Another set of packages.\n")
    assert re.fullmatch(f"  ✓ packages {seconds}{clone}/.venv\n", bootstrapped(clone, where, PATH=path))


def test_what_is_compiled_is_kept_where_python_was_told_otherwise(clone: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    told = {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    assert bootstrapped(clone, "import sys; print(sys.dont_write_bytecode)", **told).endswith("False\n")


def test_a_python_that_is_too_old_says_so(clone: Path) -> None:
    script = clone / "spaces_site" / "bootstrap.py"
    # It can be read by what is too old, and annotations, which an old one could not evaluate, stay text.
    tree = ast.parse(script.read_text(), feature_version=(3, 8))
    assert any(isinstance(one, ast.ImportFrom) and one.module == "__future__" for one in tree.body)
    pretend = (
        "import runpy, sys\n"
        "sys.version_info, sys.version = (3, 9, 18), '3.9.18 (main)'\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    result = subprocess.run(
        [sys.executable, "-c", pretend, str(script), "base", "--"],
        cwd=clone, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr == "\nSpaces needs Python 3.11 or newer; this is 3.9.18.\n"
