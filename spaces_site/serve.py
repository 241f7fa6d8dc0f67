"""`python -m spaces_site.serve`: become the web server that `SERVER` names, with our limits."""

import os
import sys

from django.conf import settings

from rooms.protocol import MAX_FRAME_BYTES

APPLICATION = "spaces_site.asgi:application"


def daphne_command(python: str, application: str) -> list[str]:
    """Command line of Daphne on `BIND`:`PORT`."""
    command = [python, "-m", "daphne", "-b", settings.BIND, "-p", str(settings.PORT), "-v", "0", "--no-server-name"]
    command += [
        "--websocket-max-message-size",
        str(MAX_FRAME_BYTES),
        "--websocket-max-frame-size",
        str(MAX_FRAME_BYTES),
    ]
    command += ["--ping-interval", "20", "--ping-timeout", "20", "--application-close-timeout", "5"]
    return [*command, *(["--proxy-headers"] if settings.TRUSTED_PROXIES > 0 else []), application]


def run_uvicorn(application: str) -> None:
    """uvicorn on `BIND`:`PORT`, in this process: its command has no option for a protocol of our own."""
    import uvicorn

    from spaces_site.boundary.lane import LaneProtocol

    uvicorn.run(
        application,
        host=settings.BIND,
        port=settings.PORT,
        http=LaneProtocol,
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
        lifespan="off",
        proxy_headers=settings.TRUSTED_PROXIES > 0,
        forwarded_allow_ips="127.0.0.1",
    )


def main() -> None:
    """Serve the site, or another application that is named. Both servers get the signals of a supervisor.

    Both cap websocket messages, since a frame is buffered whole before anybody can refuse it, and
    neither compresses sockets, since compression would let small frames pass that cap.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")
    application = sys.argv[1] if len(sys.argv) > 1 else APPLICATION
    if settings.SERVER == "uvicorn":
        run_uvicorn(application)
        return
    command = daphne_command(sys.executable, application)
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
