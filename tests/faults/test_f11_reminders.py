"""F11: workers die and beat runs twice while people are reminded. Everybody is told once, and nobody twice."""

import signal
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.browser.live_site import LiveSite, wait_for
from tests.fakes.mail_server import MailServer

pytestmark = pytest.mark.fault

PEOPLE = 200


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as made:
        yield made


@pytest.fixture
def site(server: MailServer) -> Iterator[LiveSite]:
    made = LiveSite(EMAIL_URL=server.url)
    try:
        yield made.start()
    finally:
        made.stop()


def everybody(count: int = PEOPLE) -> dict[str, int]:
    """Each of those who wait, once."""
    return {f"waits_{number}": 1 for number in range(count)}


def mailed(server: MailServer) -> dict[str, int]:
    """Who got how many mails."""
    return dict(
        Counter(taken.to.removesuffix("@example.org") for taken in server.taken if taken.to.startswith("waits"))
    )


def test_a_worker_that_dies_between_taking_and_sending_costs_nobody_a_mail(site: LiveSite, server: MailServer) -> None:
    site.person("ana")
    server.holding.set()
    site.call("awaiting", host="ana", count=PEOPLE, seconds=0)
    wait_for(lambda: server.waiting, "a mail that waits for its yes")
    site.kill("worker", signal.SIGKILL)
    wait_for(lambda: not server.waiting, "the server to see that nobody is there")
    # Between claim and send: it is in nobody's box, and in somebody's hands who is dead.
    assert mailed(server) == {}
    server.holding.clear()
    site.launch("worker")
    wait_for(lambda: len(mailed(server)) == PEOPLE, "everybody's mail", 180)
    assert mailed(server) == everybody()
    assert site.call("told") == everybody()


def test_two_beats_and_two_workers_tell_everybody_once(site: LiveSite, server: MailServer) -> None:
    celery = [sys.executable, "-m", "celery", "-A", "spaces_site"]
    site._launch("beat2", [*celery, "beat", "--schedule", str(site.folder / "beat2")])
    site._launch("worker2", [*celery, "worker", "-Q", "default", "-P", "threads", "-c", "4", "-n", "second@%h"])
    try:
        site.person("ana")
        site.call("awaiting", host="ana", count=PEOPLE, seconds=1)
        wait_for(lambda: len(mailed(server)) == PEOPLE, "everybody's mail", 180)
        told = site.call("told")
    finally:
        for name in ("beat2", "worker2"):
            site.kill(name, signal.SIGTERM)
    # Whatever was on its way when the last one came has arrived by now: both workers have ended.
    assert mailed(server) == told == everybody()
