"""A live site whose media nodes are processes of their own, so that one of them can die."""

import signal
import sys
from pathlib import Path

from tests.browser.live_site import LiveSite, wait_for


class Cluster(LiveSite):
    """Broker, web, worker, beat, and media nodes named media1, media2, …"""

    def __init__(self, nodes: int = 2, folder: Path | None = None, **environment: str) -> None:
        super().__init__(folder, **environment)
        self._nodes = [f"media{number}" for number in range(1, nodes + 1)]

    def start(self) -> "Cluster":
        super().start()
        for name in self._nodes[1:]:
            self.launch(name)
        wait_for(lambda: self.call("nodes") >= len(self._nodes), "all media nodes")
        return self

    def launch(self, name: str) -> None:
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "spaces_site", "worker", "-P", "threads"]
        quiet = ["--without-gossip", "--without-mingle"]
        if name == "worker":
            # The site waits for its first media node, so that one starts with the worker.
            self._launch(name, [*celery, "-Q", "default", "-c", "4", *quiet, "-n", f"worker{self.port}@%h"])
            self.launch(self._nodes[0])
        elif name.startswith("media"):
            self._launch(name, [*celery, "-Q", "media", "-c", "2", *quiet, "-n", f"{name}{self.port}@%h"])
        else:
            super().launch(name)

    def stop(self) -> None:
        for name in [name for name in self.processes if name.startswith("media")]:
            self.processes[name].send_signal(signal.SIGCONT)
            self.processes[name].terminate()
        super().stop()

    def owner(self, room: str) -> str:
        """Which of our processes carries the room's sound."""
        pid = wait_for(lambda: self.call("owner_pid", room_id=room), "a node that carries the room")
        return next(name for name, process in self.processes.items() if process.pid == pid)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to one of our processes."""
        self.processes[name].send_signal(number)
