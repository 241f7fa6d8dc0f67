"""Hashed static files, ES modules included; our own without comments, style sheets without idle spaces."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r"(\"[^\"]*\"|'[^']*'|url\([^)]*\))")
_SPACES = re.compile(r"\s+")
_LINE_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_BLOCK_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{2,}")
_AROUND = re.compile(r"\s*([{};,])\s*|(?<=:)\s+")


def slim_css(text: str) -> str:
    """The same style sheet without comments and without spaces that mean nothing.

    Strings stay as they are, and so do the spaces that a selector or `calc()` may need; those round
    braces, semicolons and commas go, and those after a colon.
    """
    pieces = _STRING.split(_COMMENT.sub("", text))
    for index in range(0, len(pieces), 2):
        pieces[index] = _AROUND.sub(lambda match: match[1] or "", _SPACES.sub(" ", pieces[index]))
    return "".join(pieces).replace(";}", "}").strip()


def slim_js(text: str) -> str:
    """The same script without comments that have lines of their own.

    Templates inside templates make any cleverer cut a parser's work; none of ours has a line that begins
    like a comment (a house test reads them all).
    """
    return _EMPTY_LINES.sub("\n", _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", text)))


#: Folders of our own files, and what makes each kind slim.
_OWN = ("css/", "js/", "accounts/", "rooms/")
_SLIM = {".css": slim_css, ".js": slim_js}


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's manifest storage that rewrites `import` paths to hashed names and slims our own files."""

    support_js_module_import_aggregation = True
    #: A name is known once the names in its file are: as many passes as modules stand in a row, and one more.
    max_post_process_passes = 10

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Slim our own scripts and style sheets, then hash and compress everything."""
        if not dry_run:
            own = [name for name in paths if name.startswith(_OWN) and PurePosixPath(name).suffix in _SLIM]
            paths = {**paths, **{name: self._slim(name) for name in own}}
        yield from super().post_process(paths, dry_run, **options)

    def _slim(self, name: str) -> tuple["ModuleManifestStorage", str]:
        """Rewrite the collected copy and name it as the source of all that follows."""
        with self.open(name) as file:
            slim = _SLIM[PurePosixPath(name).suffix](file.read().decode())
        self.delete(name)
        self._save(name, ContentFile(slim.encode()))
        return self, name
