"""The first command of a newcomer."""

import re
from pathlib import Path

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
