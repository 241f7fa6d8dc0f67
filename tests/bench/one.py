"""Runs one benchmark in this process and prints its figures as one JSON object."""

import importlib
import json
import signal
import sys

from tests.bench.catalogue import CATALOGUE, CannotMeasure


def main() -> None:
    # Ended for its length, it still stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = next(row for row in CATALOGUE if row.name == sys.argv[1])
    module, name = bench.function.split(":")
    try:
        function = getattr(importlib.import_module(f"tests.bench.{module}"), name)
        value = function()
    except CannotMeasure as reason:
        print(json.dumps({"why": str(reason)}))
        return
    print(json.dumps(value if isinstance(value, dict) else {"": value}))


if __name__ == "__main__":
    main()
