"""French is complete: every string of the code is in the catalogue, translated, typeset and compiled."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import call_command

CATALOGUES = settings.BASE_DIR / "spaces_site" / "locale" / "fr" / "LC_MESSAGES"
DOMAINS = ["django", "djangojs"]
IGNORED = [
    ".venv",
    "node_modules",
    "var",
    "tests/*",
    "spaces_site/frontend/*",
    "spaces_site/static/vendor/*",
    "spaces_site/locale",
]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
#: A space that may break before a double mark, a straight apostrophe, English quotes.
BAD_TYPOGRAPHY = re.compile(r" [:;?!»]|« |\w'\w|[“”]")


def key(entry: polib.POEntry) -> tuple[str, str]:
    """What makes a string one string."""
    return entry.msgctxt or "", entry.msgid


def written(entry: polib.POEntry) -> list[str]:
    """The French of an entry: one text, or its plural forms."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_french_is_missing_or_unsure(domain):
    catalogue = polib.pofile(str(CATALOGUES / f"{domain}.po"))
    assert [entry.msgid for entry in catalogue.untranslated_entries() + catalogue.fuzzy_entries()] == []
    forms = int(re.search(r"nplurals=(\d)", catalogue.metadata["Plural-Forms"])[1])
    assert [entry.msgid for entry in catalogue if entry.msgid_plural and len(entry.msgstr_plural) != forms] == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_compiled_catalogue_is_of_this_source(domain):
    source = polib.pofile(str(CATALOGUES / f"{domain}.po"))
    compiled = polib.mofile(str(CATALOGUES / f"{domain}.mo"))
    assert {key(entry): written(entry) for entry in compiled} == {key(entry): written(entry) for entry in source}


@pytest.mark.parametrize("domain", DOMAINS)
def test_placeholders_and_typography_are_right(domain):
    for entry in polib.pofile(str(CATALOGUES / f"{domain}.po")):
        known = set(PLACEHOLDER.findall(entry.msgid + (entry.msgid_plural or "")))
        for text in written(entry):
            assert set(PLACEHOLDER.findall(text)) <= known, entry.msgid
            assert entry.msgid_plural or set(PLACEHOLDER.findall(text)) == known, entry.msgid
            assert not BAD_TYPOGRAPHY.search(re.sub(r"<[^>]*>", "", text)), text


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_string_of_the_code_is_in_the_catalogue(domain, settings, tmp_path, monkeypatch):
    monkeypatch.chdir(settings.BASE_DIR)
    settings.LOCALE_PATHS = [tmp_path]
    call_command("makemessages", locale=["fr"], domain=domain, ignore_patterns=IGNORED, no_location=True, verbosity=0)
    found = {key(entry) for entry in polib.pofile(str(Path(tmp_path) / "fr" / "LC_MESSAGES" / f"{domain}.po"))}
    known = {key(entry) for entry in polib.pofile(str(CATALOGUES / f"{domain}.po"))}
    assert sorted(found - known) == []
    assert sorted(known - found) == []
