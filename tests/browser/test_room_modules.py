"""The room's pure modules, tested by Node's own runner: state, connection, steering of the stream."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_pure_modules_of_the_room_hold(tmp_path):
    for part in ("rooms/static", "spaces_site/static/js", "tests/browser/node"):
        shutil.copytree(ROOT / part, tmp_path / part)
    # Browsers are told by the page that these are modules; Node asks a package file.
    (tmp_path / "package.json").write_text('{"type": "module"}')
    tests = sorted(str(path) for path in (tmp_path / "tests/browser/node").glob("*.test.mjs"))
    assert len(tests) >= 2
    run = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
