"""Vendored files are what they say, the style sheet stays small, modules find one another by hash."""

import gzip
import re

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.management import call_command

from spaces_site.boundary.static import ModuleManifestStorage, slim_css

CSS_BUDGET = 12_000
STATIC = settings.BASE_DIR / "spaces_site" / "static"


def test_vendored_files_are_as_locked():
    call_command("vendor_assets", check=True, verbosity=0)


def test_lock_file_names_no_host():
    assert "resolved" not in (settings.BASE_DIR / "spaces_site" / "frontend" / "package-lock.json").read_text()


def test_style_sheet_fits_its_budget():
    slim = slim_css((STATIC / "css" / "base.css").read_text())
    assert len(gzip.compress(slim.encode(), 9, mtime=0)) <= CSS_BUDGET


def test_slimming_keeps_what_means_something():
    text = '/* a */ .a :focus , .b { margin : 0 ;  width: calc(1px + 2px); content: " ;  x "; }\n'
    assert slim_css(text) == '.a :focus,.b{margin :0;width:calc(1px + 2px);content:" ;  x "}'


@pytest.fixture
def collected(tmp_path, settings):
    """The site's own static files, collected and hashed as in production."""
    settings.STATIC_ROOT = tmp_path
    storage = ModuleManifestStorage(location=tmp_path)
    found = {}
    for name, source in FileSystemFinder().list([]):
        with source.open(name) as file:
            storage.save(name, file)
        found[name] = (source, name)
    for name, _hashed, processed in storage.post_process(found):
        assert not isinstance(processed, Exception), f"{name}: {processed}"
    return storage


def test_modules_import_one_another_by_hashed_names(collected):
    script = collected.open(collected.stored_name("js/base.js")).read().decode()
    assert re.search(r'from "\./browse\.[0-9a-f]{12}\.js"', script)


def test_collected_style_sheet_is_slim(collected):
    sheet = collected.open(collected.stored_name("css/base.css")).read().decode()
    assert "/*" not in sheet
    assert len(gzip.compress(sheet.encode(), 9, mtime=0)) <= CSS_BUDGET
