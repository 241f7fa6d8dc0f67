"""What only tests need from the machine: found, installed where that is allowed, or named."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Need:
    """A program or file and the Debian package that has it."""

    package: str
    paths: tuple[str, ...]

    def met(self) -> bool:
        return any(Path(path).exists() if "/" in path else shutil.which(path) for path in self.paths)


NEEDS = (
    Need("chromium", ("/usr/bin/chromium",)),
    Need("firefox-esr", ("firefox-esr",)),
    Need("ffmpeg", ("ffmpeg",)),
    Need("fonts-noto-color-emoji", ("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",)),
    Need("fonts-dejavu-core", ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",)),
    Need("gettext", ("xgettext",)),
    Need("nodejs", ("node",)),
    Need("postgresql", ("/usr/lib/postgresql",)),
)


def missing() -> list[str]:
    """Packages that are not there."""
    return [need.package for need in NEEDS if not need.met()]


def _installer() -> list[str] | None:
    """The command that may install packages here without a question, or None."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    allowed = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n", "apt-get"] if allowed and allowed.returncode == 0 else None


def prepare() -> None:
    """Install what is missing. Raises `SystemExit` that names it where that is not allowed."""
    packages = missing()
    if not packages:
        return
    installer = _installer()
    if installer is None:
        raise SystemExit("The tests need these packages: apt-get install " + " ".join(packages))
    print("Installing what the tests need:", " ".join(packages), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*installer, "update", "-qq"], env=environment, check=False)
    command = [*installer, "install", "-y", "-qq", "--no-install-recommends", *packages]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode or missing():
        raise SystemExit(f"Could not install {' '.join(missing())}:\n{result.stdout}{result.stderr}")
