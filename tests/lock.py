"""`make lock`: compile requirements/*.in to files locked by hash, without any address."""

import subprocess
import sys
from pathlib import Path

_UV = Path(sys.executable).parent / "uv"
_OPTIONS = "--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet"


def main() -> None:
    for source in sorted(Path("requirements").glob("*.in"), key=lambda path: path.stem != "base"):
        target = source.with_suffix(".txt")
        subprocess.run([_UV, "pip", "compile", *_OPTIONS.split(), str(source), "-o", str(target)], check=True)


if __name__ == "__main__":
    main()
