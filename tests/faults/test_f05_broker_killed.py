"""F5: the broker dies and comes back empty. The sound goes on; control and roster are soon right again."""

import signal
import time
from collections.abc import Iterator

import pytest

from spaces_site.broker import server_command
from tests.faults.cluster import Cluster
from tests.faults.people import LivePerson, two_who_talk, until
from tests.patience import busy

pytestmark = pytest.mark.fault


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    site = Cluster(nodes=1)
    try:
        yield site.start()
    finally:
        site.stop()


def stage_seen(person: LivePerson) -> dict[str, bool]:
    """Who is on stage and muted, as the person's newest snapshot says."""
    members = person.saw("snapshot")[-1]["data"]["stage"]
    return {member["person"]["handle"]: member["muted"] for member in members}


def knows_of_mute(listener: LivePerson, speaker: LivePerson) -> bool:
    """Whether `listener` was told that `speaker` is muted, by an event or by a new snapshot."""
    told = any(frame["data"]["participant"] == speaker.participant for frame in listener.saw("speaker.muted"))
    return told or stage_seen(listener)[speaker.handle]


async def test_sound_goes_on_and_control_is_back_within_seconds(cluster: Cluster) -> None:
    cluster.person("ana")
    cluster.person("eva")
    room = cluster.room("ana")
    ana, bo = await two_who_talk(cluster, room)
    killed = time.monotonic()
    cluster.kill("broker", signal.SIGKILL)
    await until(lambda: time.monotonic() - killed > 2, "two seconds without a broker")
    cluster._launch("broker", server_command(cluster.folder))
    restarted = time.monotonic()
    acked = await _mute_until_taken(ana)
    await until(lambda: not bo.hears(ana.frequency), "ana's silence", 5)
    silent = time.monotonic() - restarted
    await until(lambda: knows_of_mute(bo, ana), "bo to be told", 5)
    told = time.monotonic() - restarted
    eva = LivePerson(cluster, room, "eva", 700.0)
    await eva.enter()
    assert stage_seen(eva) == {handle: facts["muted"] for handle, facts in cluster.call("stage", room_id=room).items()}
    print(f"broker_killed ack {acked - restarted:.2f} s, silent {silent:.2f} s, told {told:.2f} s")
    assert max(silent, told) < busy(3)
    # Bo, who is not muted, was heard all the time, over the same peer connection.
    assert ana.longest_gap(bo.frequency, since=killed) < busy(0.15)
    assert ana.offers == bo.offers == 1
    for person in (ana, bo, eva):
        await person.leave()


async def _mute_until_taken(person: LivePerson) -> float:
    """Press mute until it is acknowledged; when that was."""
    deadline = time.monotonic() + 10
    while True:
        try:
            await person.command("mic.mute")
        except AssertionError:
            assert time.monotonic() < deadline, "a mute was never taken"
            continue
        return time.monotonic()
