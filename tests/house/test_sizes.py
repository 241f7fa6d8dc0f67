"""Files of at most 400 lines, functions of at most 50: no exceptions list."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("spaces_site", "accounts", "rooms", "ticketing", "moderation", "media_worker", "tests")
LONGEST_FILE = 400
LONGEST_FUNCTION = 50


def sources() -> list[Path]:
    """Everything that people wrote: no migrations, nothing vendored."""
    kinds = ("*.py", "*.js", "*.html", "*.css")
    files = [path for folder in FOLDERS for kind in kinds for path in (ROOT / folder).rglob(kind)]
    return [path for path in files if not {"migrations", "vendor", "node_modules"} & set(path.parts)]


def test_no_file_is_longer_than_the_house_allows():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_function_is_longer_than_the_house_allows(folder):
    long = {}
    for path in (ROOT / folder).rglob("*.py"):
        if {"migrations", "node_modules"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = length
    assert long == {}
