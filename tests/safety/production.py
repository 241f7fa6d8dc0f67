"""The product as production would start it: settings are read once, so each look is a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

#: What `docs/deploy.md` asks for; the rest has a default.
GOOD = {
    "SPACES_ENV": "production",
    "SECRET_KEY": "0123456789" * 6,
    "PUBLIC_URL": "https://spaces.example.org",
    "EVIDENCE_KEYS": "A" * 43 + "=",
    "DATABASE_URL": "sqlite:///:memory:",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}


def run(*arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """`python …` with production's environment; a change to None leaves the variable out."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    with tempfile.TemporaryDirectory(prefix="spaces-production-") as folder:
        wanted = {**inherited, **GOOD, "VAR_DIR": folder, **changes}
        environment = {name: value for name, value in wanted.items() if value is not None}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=Path(settings.BASE_DIR),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


_TELL = """
import json
from django.conf import settings
names = [name for name in dir(settings) if name.isupper()]
print(json.dumps({name: getattr(settings, name) for name in names}, default=lambda value: type(value).__name__))
"""


@cache
def settings_of(environment: str, **changes: str | None) -> dict[str, Any]:
    """Every setting, as JSON can tell it."""
    result = run(
        "-c", _TELL, **{"SPACES_ENV": environment, "DJANGO_SETTINGS_MODULE": "spaces_site.settings", **changes}
    )
    assert result.returncode == 0, result.stderr
    told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told
