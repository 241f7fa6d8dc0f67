"""Copies the browser libraries and the fonts that we use out of node_modules, or checks the copies.

1. `npm ci --ignore-scripts` in spaces_site/frontend (once, by a developer).
2. `manage.py vendor_assets` copies the listed files and writes vendor.lock.json.
3. `manage.py vendor_assets --check` needs no Node: it recomputes the hashes, as CI does.
"""

import base64
import hashlib
import json
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

MODULES = Path("spaces_site/frontend/node_modules")
SITE = Path("spaces_site/static/vendor")
TESTS = Path("tests/browser/vendor")
#: What pictures are drawn with on the server; no page serves them.
FONTS = Path("rooms/fonts")

#: package → (where its files go, {file in the package: name of the copy})
FILES: dict[str, tuple[Path, dict[str, str]]] = {
    "htmx.org": (SITE, {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"}),
    "lit-html": (
        SITE,
        {
            "lit-html.js": "lit-html.js",
            "directive.js": "directive.js",
            "directive-helpers.js": "directive-helpers.js",
            "directives/repeat.js": "directives/repeat.js",
            "directives/class-map.js": "directives/class-map.js",
            "LICENSE": "LICENSE",
        },
    ),
    "hls.js": (SITE, {"dist/hls.light.min.mjs": "hls.light.min.js", "LICENSE": "LICENSE"}),
    "axe-core": (
        TESTS,
        {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE", "LICENSE-3RD-PARTY.txt": "LICENSE-3RD-PARTY.txt"},
    ),
    **{
        f"@expo-google-fonts/{font}": (FONTS, {f"600SemiBold/{name}": name, "LICENSE_FONT": "LICENSE"})
        for font, name in (
            ("noto-sans", "NotoSans_600SemiBold.ttf"),
            ("noto-sans-arabic", "NotoSansArabic_600SemiBold.ttf"),
            ("noto-sans-bengali", "NotoSansBengali_600SemiBold.ttf"),
            ("noto-sans-hebrew", "NotoSansHebrew_600SemiBold.ttf"),
            ("noto-sans-tamil", "NotoSansTamil_600SemiBold.ttf"),
            ("noto-sans-thai", "NotoSansThai_600SemiBold.ttf"),
        )
    },
}
#: Maps are not vendored, and the manifest storage fails on a reference to a missing file.
SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")


def digest(data: bytes) -> str:
    """Subresource-integrity form: sha384-<base64>."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


class Command(BaseCommand):
    """`manage.py vendor_assets [--check]`."""

    help = "Copy the vendored browser files from node_modules, or check them against vendor.lock.json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One switch: --check."""
        parser.add_argument("--check", action="store_true", help="only recompute the hashes")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Run for each folder: the site's, the tests', the fonts'."""
        for target in (SITE, TESTS, FONTS):
            self._check(settings.BASE_DIR / target) if check else self._copy(target)

    def _copy(self, target: Path) -> None:
        lock: list[dict[str, object]] = []
        for package, (folder, files) in FILES.items():
            if folder == target:
                lock.append(self._copy_package(package, settings.BASE_DIR / folder, files))
        lock_file = settings.BASE_DIR / target / "vendor.lock.json"
        lock_file.write_text(json.dumps(lock, indent=2) + "\n")
        self.stdout.write(f"{target}: {len(lock)} packages")

    def _copy_package(self, package: str, folder: Path, files: dict[str, str]) -> dict[str, object]:
        source = settings.BASE_DIR / MODULES / package
        if not source.is_dir():
            raise CommandError(f"{package} is not installed: run npm ci --ignore-scripts in spaces_site/frontend.")
        about = json.loads((source / "package.json").read_text())
        hashes = {}
        for origin, name in files.items():
            data = SOURCE_MAP.sub(b"\n", (source / origin).read_bytes())
            copy = folder / package / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
            hashes[name] = digest(data)
        return {"package": package, "version": about["version"], "licence": about["license"], "files": hashes}

    def _check(self, folder: Path) -> None:
        lock = json.loads((folder / "vendor.lock.json").read_text())
        listed = {folder / "vendor.lock.json"}
        for entry in lock:
            for name, expected in entry["files"].items():
                copy = folder / entry["package"] / name
                listed.add(copy)
                if not copy.is_file() or digest(copy.read_bytes()) != expected:
                    raise CommandError(f"{copy} is not what vendor.lock.json says: run manage.py vendor_assets.")
        if strangers := {path for path in folder.rglob("*") if path.is_file()} - listed:
            raise CommandError(f"Not in vendor.lock.json: {', '.join(sorted(map(str, strangers)))}")
        self.stdout.write(f"{folder.relative_to(settings.BASE_DIR)}: {len(lock)} packages as locked")
