"""Names that are only strings: tasks, error codes, settings."""

import ast
import re
from pathlib import Path

from django.conf import settings

from spaces_site.boundary.kinds import TABLE
from spaces_site.celery import app
from spaces_site.errors import DomainError, Kind

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("accounts", "rooms", "ticketing", "moderation", "media_worker", "spaces_site")


def modules() -> list[Path]:
    return [path for name in APPS for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts]


def test_every_task_that_is_sent_by_name_is_registered():
    app.loader.import_default_modules()
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    for path in modules():
        named |= set(re.findall(r"""enqueue_on_commit\(\s*["']([\w.]+)["']""", path.read_text()))
    assert named - set(app.tasks) == set()


def test_every_kind_of_error_has_a_row_in_the_table():
    assert set(TABLE) == set(Kind)


def test_a_code_always_means_the_same_kind_and_has_a_text():
    for path in modules():
        if path.name != "manage.py" and "DomainError" in path.read_text():
            __import__(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found: dict[str, Kind] = {}
    pending = DomainError.__subclasses__()
    while pending:
        error = pending.pop()
        pending += error.__subclasses__()
        if error.__module__.startswith("tests."):
            continue
        if "code" in error.__dict__:
            assert found.setdefault(error.code, error.kind) is error.kind, error.code
        assert str(error.text) or "__init__" in error.__dict__, error
    assert len(found) > 10


def test_every_environment_variable_is_read_once_and_documented():
    text = "\n".join(
        (ROOT / "spaces_site" / name).read_text()
        for name in ("settings.py", "limits.py", "phone_apps.py", "ticket_sales.py")
    )
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    names = [
        str(node.args[0].value)
        for node in calls
        if re.fullmatch(r"env\.\w+", ast.unparse(node.func)) and node.args and isinstance(node.args[0], ast.Constant)
    ]
    urls = ["DATABASE_URL", "EMAIL_URL"]
    documented = (ROOT / "docs" / "configuration.md").read_text()
    assert len(names) == len(set(names))
    assert [name for name in {*names, *urls} if f"`{name}`" not in documented] == []


def test_a_face_has_its_ring_wherever_it_stands():
    """`{% avatar %}` draws faces, save one's own, those on other sites, strangers', and rings that lists draw."""
    bare = {
        "rooms/home.html", "rooms/_embed.html", "rooms/_pins.html", "rooms/create.html", "_header.html",
        "allauth/layouts/entrance.html", "accounts/settings_blocked.html", "accounts/settings.html",
    }  # fmt: skip
    found = set()
    for path in settings.BASE_DIR.glob("*/templates/**/*.html"):
        if re.search(r'class="av\b', path.read_text()):
            found.add(path.as_posix().partition("/templates/")[2])
    assert found <= bare, found - bare
