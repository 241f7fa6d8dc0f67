"""`make bench`: one JSON object a line, also into var/bench/latest.jsonl.

`make bench ONLY=name[,name]` runs some. Each benchmark is a process of its own, ended when it takes
longer than its row allows.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.catalogue import CATALOGUE, Bench

_OUTPUT = Path("var/bench/latest.jsonl")
#: Seconds that a benchmark which took too long has to clean up.
_GRACE = 40


def _chosen() -> list[Bench]:
    """The rows named on the command line, or all. Raises `SystemExit` for an unknown name."""
    names = [name for argument in sys.argv[1:] for name in argument.split(",") if name]
    known = {bench.name: bench for bench in CATALOGUE}
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"no such benchmark: {', '.join(unknown)}. There are: {', '.join(known)}")
    return [known[name] for name in names] or list(CATALOGUE)


def _measure(bench: Bench) -> dict[str, Any]:
    """Figures by suffix, or {"why": text} when there are none."""
    command = [sys.executable, "-m", "tests.bench.one", bench.name]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as job:
        try:
            out, err = job.communicate(timeout=bench.seconds)
        except subprocess.TimeoutExpired:
            _end(job)
            return {"why": f"took longer than {bench.seconds} s"}
    lines = out.strip().splitlines()
    if job.returncode or not lines:
        return {"why": _reason(err)[:300]}
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def _reason(errors: str) -> str:
    """The line that names the exception: the last that does not belong to a traceback, of ours or of a browser."""
    told = [line for line in errors.strip().splitlines() if line[:1].strip()]
    return (told or ["no output"])[-1]


def _end(job: "subprocess.Popen[str]") -> None:
    """Let it stop the sites and browsers that it started, which are in groups of their own; then make sure."""
    job.terminate()
    try:
        job.communicate(timeout=_GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(job.pid, signal.SIGKILL)
        job.communicate()


def _rows(bench: Bench) -> Iterator[dict[str, Any]]:
    figures = _measure(bench)
    for suffix, asked in bench.asked.items():
        name = f"{bench.name}.{suffix}" if suffix else bench.name
        row = {"bench": name, "value": figures.get(suffix), "unit": bench.unit, "asked": asked, "better": bench.better}
        if row["value"] is None:
            yield {**row, "holds": False, "why": figures.get("why", "no such figure")}
            continue
        value = round(float(row["value"]), 3)
        yield {**row, "value": value, "holds": value <= asked if bench.better == "lower" else value >= asked}


def main() -> None:
    _OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    with _OUTPUT.open("w") as file:
        for bench in _chosen():
            for row in _rows(bench):
                line = json.dumps(row)
                print(line, flush=True)
                file.write(line + "\n")


if __name__ == "__main__":
    main()
