"""`python -m spaces_site.serve`: become the web server that `SERVER` names, with our limits."""

import os
import sys

from django.conf import settings

from rooms.protocol import MAX_FRAME_BYTES

APPLICATION = "spaces_site.asgi:application"


def server_command(python: str, application: str = APPLICATION) -> list[str]:
    """Command line of Daphne (default) or uvicorn on `BIND`:`PORT`.

    Both cap websocket messages, since a frame is buffered whole before anybody can refuse it, and
    neither compresses sockets, since compression would let small frames pass that cap.
    """
    bind, port = settings.BIND, str(settings.PORT)
    proxied = settings.TRUSTED_PROXIES > 0
    if settings.SERVER == "uvicorn":
        command = [python, "-m", "uvicorn", application, "--host", bind, "--port", port]
        command += ["--ws-max-size", str(MAX_FRAME_BYTES), "--ws-per-message-deflate", "false", "--no-server-header"]
        command += [
            "--no-access-log",
            "--log-level",
            "warning",
            "--timeout-graceful-shutdown",
            "5",
            "--lifespan",
            "off",
        ]
        return command + (
            ["--proxy-headers", "--forwarded-allow-ips", "127.0.0.1"] if proxied else ["--no-proxy-headers"]
        )
    command = [python, "-m", "daphne", "-b", bind, "-p", port, "-v", "0", "--no-server-name"]
    command += [
        "--websocket-max-message-size",
        str(MAX_FRAME_BYTES),
        "--websocket-max-frame-size",
        str(MAX_FRAME_BYTES),
    ]
    command += ["--ping-interval", "20", "--ping-timeout", "20", "--application-close-timeout", "5"]
    return [*command, *(["--proxy-headers"] if proxied else []), application]


def main() -> None:
    """Exec the server, so that a supervisor's signals reach it. Tests and benches name an application of their own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")
    command = server_command(sys.executable, *sys.argv[1:2])
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
