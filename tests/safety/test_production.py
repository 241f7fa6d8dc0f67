"""Production starts only as production, and then its own checks are silent."""

import pytest

from tests.safety.production import GOOD, run, settings_of

SHORT = "0123456789" * 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"EVIDENCE_KEYS": None}, "EVIDENCE_KEYS"),
        ({"SECRET_KEY": SHORT[:-1]}, "SECRET_KEY"),
        ({"SECRET_KEY": "demo-only-" + "x" * 50}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"PUBLIC_URL": None}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "http://spaces.example.org"}, "PUBLIC_URL"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"SPACES_ENV": "prod"}, "SPACES_ENV"),
        ({"SERVER": "gunicorn"}, "SERVER"),
    ],
    ids=lambda value: next(iter(f"{k}={v}" for k, v in value.items())) if isinstance(value, dict) else "",
)
def test_production_refuses_to_start(changes: dict[str, str | None], words: str) -> None:
    result = run("-c", "import spaces_site.settings", **changes)
    assert result.returncode != 0
    assert "ImproperlyConfigured" in result.stderr
    assert words in result.stderr.splitlines()[-1]


def test_production_starts_with_what_the_guide_asks_for() -> None:
    told = settings_of("production", SECRET_KEY=SHORT)
    assert told["DEBUG"] is False
    assert told["ALLOWED_HOSTS"] == ["spaces.example.org"]
    assert told["STAFF_NEED_TOTP"] is True
    assert told["PASSWORD_HASHERS"][0].endswith("PBKDF2PasswordHasher")


def test_djangos_own_checks_find_nothing_in_production() -> None:
    result = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "no issues" in result.stdout


def test_the_demo_is_not_seeded_in_production() -> None:
    result = run("manage.py", "seed_demo", **{**GOOD, "DATABASE_URL": "sqlite:///:memory:"})
    assert result.returncode != 0
    assert "never seeded in production" in result.stderr
