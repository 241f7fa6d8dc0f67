"""What the product is made of: no package below its floor, nothing unhashed, no address, no secret in a file."""

import re
import subprocess
import tomllib
from importlib.metadata import version
from typing import Any

import pytest
from django.conf import settings
from packaging.markers import Marker
from packaging.version import Version

ROOT = settings.BASE_DIR
LOCKS = ("base.txt", "test.txt", "uv.txt")
FLOORS: list[dict[str, str]] = tomllib.loads((ROOT / "requirements" / "floors.toml").read_text())["floor"]
#: What a secret looks like: keys of the usual services, private keys, a long value beside a telling name.
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|[sr]k_live_\w{10}|whsec_\w{20}|gh[pousr]_\w{30}|xox[bap]-\w{10}"
    r"|(?i:password|passwd|secret|token|api_key)\w*[\"']?\s*[=:]\s*[\"'][A-Za-z0-9+/_=-]{24,}[\"']"
)


def locked(name: str) -> list[tuple[str, Version, str]]:
    """Package, version and marker of every line of a lock file."""
    text = (ROOT / "requirements" / name).read_text()
    found = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?$", text, re.MULTILINE
    )
    assert found, name
    return [(package.lower(), Version(number), marker) for package, number, marker in found]


def pythons(floor: dict[str, str]) -> list[str]:
    """The Pythons that a floor is for, of those that we run on."""
    return [each for each in ("3.11", "3.12", "3.13") if marker_of(floor).evaluate(environment(each))]


def marker_of(floor: dict[str, str]) -> Marker:
    sign, number = floor.get("python", ">= 3.11").split()
    return Marker(f'python_version {sign} "{number}"')


def environment(python: str) -> dict[str, str]:
    return {"python_version": python, "python_full_version": f"{python}.9"}


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: f"{floor['package']} {floor['version']}")
@pytest.mark.parametrize("lock", ["base.txt", "test.txt"])
def test_no_lock_goes_below_a_floor(floor: dict[str, str], lock: str) -> None:
    for python in pythons(floor):
        numbers = [
            number
            for package, number, marker in locked(lock)
            if package == floor["package"] and (not marker or Marker(marker).evaluate(environment(python)))
        ]
        assert len(numbers) == 1, (floor, python, numbers)
        assert numbers[0] >= Version(floor["version"]), floor["because"]


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: f"{floor['package']} {floor['version']}")
def test_nothing_installed_is_below_a_floor(floor: dict[str, str]) -> None:
    if not marker_of(floor).evaluate():
        # Of another Python: then this one has a floor of its own.
        (floor,) = [one for one in FLOORS if one["package"] == floor["package"] and marker_of(one).evaluate()]
    assert Version(version(floor["package"])) >= Version(floor["version"]), floor["because"]


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_are_hashed_and_name_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--trusted-host" not in text
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    unhashed = [block.split("==")[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]
    assert unhashed == []


def test_front_end_locks_name_no_address() -> None:
    for name in tracked("*lock*.json"):
        text = (ROOT / name).read_text()
        assert "resolved" not in text
        assert "registry" not in text
        if name.endswith("package-lock.json"):
            assert text.count('"integrity"') >= text.count('"node_modules/')


def tracked(pattern: str = "") -> list[str]:
    """Files under version control."""
    command = ["git", "ls-files", *([pattern] if pattern else [])]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def test_no_secret_is_in_a_file() -> None:
    found: dict[str, Any] = {}
    for name in tracked():
        if name.endswith((".po", ".js", ".lock", "-lock.json")) or "/vendor/" in name:
            continue
        try:
            text = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue
        for match in SECRETS.finditer(text):
            found[f"{name}: {match[0][:40]}"] = None
    assert list(found) == []


def test_dangerous_calls_are_linted_and_each_exception_is_named() -> None:
    """ruff's S rules (bandit's) are on for the product, and no exception is a blanket one."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "S" in rules["select"]
    assert [rule for rule in rules["ignore"] if rule.startswith("S") and rule != "S101"] == []
    assert [path for path in rules["per-file-ignores"] if "S" in rules["per-file-ignores"][path]] == ["tests/*"]
    for name in tracked("*.py"):
        if not name.startswith("tests/"):
            assert not re.search(r"#\s*noqa\s*(?:$|[^:])", (ROOT / name).read_text(), re.MULTILINE), name
