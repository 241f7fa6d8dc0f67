"""The media node dies while three people talk: another takes the room over, and the pages find it by themselves."""

import signal
import time
from collections.abc import Iterator

import pytest

from tests.browser.live_site import wait_for
from tests.browser.visitors import Invite, Visitor, bring_on_stage
from tests.browser.watch import Watch
from tests.faults.cluster import Cluster
from tests.patience import busy

pytestmark = [pytest.mark.browser, pytest.mark.fault, pytest.mark.timeout(400)]

TONES = {"ana": 440, "bo": 880, "eva": 1320}


@pytest.fixture(scope="module")
def live_site() -> Iterator[Cluster]:
    """A site with two media nodes."""
    site = Cluster(nodes=2)
    try:
        yield site.start()
    finally:
        site.stop()


def three_who_talk(live_site: Cluster, invite: Invite) -> tuple[str, dict[str, Visitor], Visitor]:
    """Ana, Bo and Eva on stage with open microphones, and a guest who listens."""
    room = live_site.room("ana")
    people = {handle: invite(handle, tone).enter(room) for handle, tone in TONES.items()}
    people["ana"].unmute()
    for handle in ("bo", "eva"):
        bring_on_stage(people["ana"], people[handle])
    guest = invite(None, 660).enter(room, "Listen as a guest")
    everybody_hears_everybody(people, guest)
    return room, people, guest


def everybody_hears_everybody(people: dict[str, Visitor], guest: Visitor) -> None:
    for handle, person in people.items():
        person.hears(*[tone for other, tone in TONES.items() if other != handle], but_not=(TONES[handle],))
    guest.hears(*TONES.values())


def connected_anew(person: Visitor) -> bool:
    # Playwright tells of frames only while it is spoken to.
    person.page.wait_for_timeout(20)
    return len(person.connections) > 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_everybody_hears_everybody_again(live_site: Cluster, invite: Invite, how: signal.Signals) -> None:
    room, people, guest = three_who_talk(live_site, invite)
    owner = live_site.owner(room)
    watches = {
        handle: Watch(person.page, TONES["bo" if handle == "ana" else "ana"]) for handle, person in people.items()
    }
    ended = time.time()
    live_site.kill(owner, how)
    wait_for(lambda: all(connected_anew(person) for person in people.values()), "new connections", busy(8))
    for person in people.values():
        person.until("window.spacesRoom.connection === 'live' && window.spacesRoom.source === 'peer'", "the new node")
    took = time.time() - ended
    closed = [handle for handle, watch in watches.items() if watch.changes("mic", ended)]
    print(f"back_after_{how.name.lower()}_s {took:.1f}, microphones closed meanwhile: {closed}")
    assert took < busy(6)
    assert live_site.owner(room) != owner
    for handle, watch in watches.items():
        # A page closes a microphone that was not heard for five seconds, and never opens one.
        assert [value for _, value in watch.changes("mic", ended)] == [False] * (handle in closed)
        if handle in closed:
            people[handle].unmute()
    everybody_hears_everybody(people, guest)
    assert [person.sockets for person in (*people.values(), guest)] == [1, 1, 1, 1]
    known = live_site.call("nodes")
    live_site.launch(owner)
    wait_for(lambda: live_site.call("nodes") > known, "the second node again")
