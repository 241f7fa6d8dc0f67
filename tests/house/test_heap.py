import json
import os
import subprocess
import sys

import pytest

TELL = "import gc, json; print(json.dumps([len(gc.get_objects()), gc.get_freeze_count(), gc.get_threshold()[2]]))"


def told_after(code: str) -> list[int]:
    """Objects that a collection looks through, those it does not, and how rare a full one is."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "spaces_site.settings", "SPACES_ENV": "test"}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{TELL}"], env=env, capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("code", "rarely"),
    [
        ("import spaces_site.asgi", 200),
        ("import django; django.setup()\nfrom media_worker.node import go_first\ngo_first()", 10),
    ],
    ids=["web", "media"],
)
def test_no_collection_looks_through_the_program_itself(code: str, rarely: int) -> None:
    watched, settled, every = told_after(code)

    assert watched < 2_000
    assert settled > 50_000
    assert every == rarely
