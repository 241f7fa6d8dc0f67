"""`make lint`: each check on its own line, all of them run, the first failure named at the end."""

import subprocess
import sys
from pathlib import Path

_PYTHON = sys.executable
_BIN = Path(_PYTHON).parent

CHECKS: dict[str, list[str]] = {
    "format": [str(_BIN / "ruff"), "format", "--check", "."],
    "lint": [str(_BIN / "ruff"), "check", "."],
    "types": [str(_BIN / "mypy"), "."],
    "imports": [str(_BIN / "lint-imports")],
    "templates": [
        str(_BIN / "djlint"),
        "--quiet",
        "--lint",
        "spaces_site",
        "accounts",
        "rooms",
        "moderation",
        "ticketing",
    ],
    "migrations": [_PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "settings": [_PYTHON, "manage.py", "check", "--fail-level", "WARNING"],
    "vendored files": [_PYTHON, "manage.py", "vendor_assets", "--check"],
}


def main() -> None:
    failed = []
    for name, command in CHECKS.items():
        print(f"--- {name}", flush=True)
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        raise SystemExit("failed: " + ", ".join(failed))


if __name__ == "__main__":
    main()
