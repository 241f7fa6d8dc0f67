"""Vendored files are what they say, pages stay within their budgets, modules find one another by hash."""

import gzip
import posixpath
import re

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from spaces_site.boundary.static import ModuleManifestStorage, slim_css, slim_js

CSS_BUDGET = 12_000
#: The style sheets that every page loads.
STYLES = ("css/base.css", "css/pages.css")
#: Scripts of a page at its first load, before a room sounds; gzip, bytes.
PAGE_BUDGET = 25_000
ROOM_BUDGET = 45_000
STATIC = settings.BASE_DIR / "spaces_site" / "static"


def test_vendored_files_are_as_locked():
    call_command("vendor_assets", check=True, verbosity=0)


def test_lock_file_names_no_host():
    assert "resolved" not in (settings.BASE_DIR / "spaces_site" / "frontend" / "package-lock.json").read_text()


def test_style_sheet_fits_its_budget():
    slim = [slim_css((STATIC / name).read_text()).encode() for name in STYLES]
    assert sum(len(gzip.compress(text, 9, mtime=0)) for text in slim) <= CSS_BUDGET


def test_slimming_keeps_what_means_something():
    text = '/* a */ .a :focus , .b { margin : 0 ;  width: calc(1px + 2px); content: " ;  x "; }\n'
    assert slim_css(text) == '.a :focus,.b{margin :0;width:calc(1px + 2px);content:" ;  x "}'


def test_slimming_a_script_keeps_strings_and_templates():
    kept = 'const a = "// no"; // kept\nconst b = `<p> ${x ? `  ${y} ` : "/* */"} </p>`;\n'
    assert slim_js("/** Says\n * it. */\n// why\n" + kept.replace("\n", "\n\n\n", 1)) == kept


@pytest.fixture(scope="session")
def collected(tmp_path_factory):
    """Our own and the vendored files, collected and hashed as in production."""
    storage = ModuleManifestStorage(location=tmp_path_factory.mktemp("static"))
    found = {}
    for finder in get_finders():
        for name, source in finder.list([]):
            if name.startswith(("css/", "js/", "img/", "vendor/", "rooms/", "accounts/")):
                with source.open(name) as file:
                    storage.save(name, file)
                found[name] = (source, name)
    for name, _hashed, processed in storage.post_process(found):
        assert not isinstance(processed, Exception), f"{name}: {processed}"
    return storage


def weight(storage, *names):
    """Bytes that these files and all that they import need on the line."""
    waiting, seen = list(names), {}
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        with storage.open(storage.stored_name(name)) as file:
            text = file.read()
        seen[name] = len(gzip.compress(text, 9, mtime=0))
        folder = name.rpartition("/")[0]
        for told in re.findall(r'(?:^|[;}\s])(?:import|export)\b(?! *\()[^;"\']*?["\'](\.[^"\']+)["\']', text.decode()):
            path = posixpath.normpath(posixpath.join(folder, told))
            waiting.append(re.sub(r"\.[0-9a-f]{12}\.js$", ".js", path))
    return seen


def test_modules_import_one_another_by_hashed_names(collected):
    script = collected.open(collected.stored_name("js/base.js")).read().decode()
    assert re.search(r'from "\./browse\.[0-9a-f]{12}\.js"', script)


def test_collected_files_are_slim(collected):
    for name in (*STYLES, "rooms/room.css", "rooms/live.js"):
        text = collected.open(collected.stored_name(name)).read().decode()
        assert "/*" not in text, name
        assert not re.search(r"^\s*//", text, re.MULTILINE), name


def test_style_sheets_of_a_page_fit_their_budget(collected):
    assert sum(weight(collected, *STYLES).values()) <= CSS_BUDGET


@pytest.mark.parametrize("module", ["", "rooms/create.js"])
def test_scripts_of_a_page_fit_their_budget(collected, module):
    told = weight(collected, "js/theme.js", "js/base.js", "vendor/htmx.org/htmx.min.js", *([module] if module else []))
    assert {"js/browse.js", "js/times.js"} < told.keys()
    assert sum(told.values()) <= PAGE_BUDGET, told


def test_a_rooms_door_needs_little_more(collected):
    told = weight(collected, "js/theme.js", "js/base.js", "vendor/htmx.org/htmx.min.js", "rooms/room.js")
    assert "rooms/live.js" not in told
    assert sum(told.values()) <= PAGE_BUDGET, told


def test_scripts_of_a_room_fit_their_budget_before_it_sounds(collected):
    told = weight(
        collected, "js/theme.js", "js/base.js", "vendor/htmx.org/htmx.min.js", "rooms/room.js", "rooms/page.js"
    )
    assert {"rooms/bar.js", "rooms/stage.js", "vendor/lit-html/lit-html.js"} < told.keys()
    assert not {"rooms/sound.js", "rooms/peer.js", "rooms/player.js"} & told.keys(), "what sounds comes beside it"
    assert sum(told.values()) <= ROOM_BUDGET, told
