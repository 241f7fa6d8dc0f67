"""From a stage to the ring on an open page: when `/ws/me/` tells those who follow."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from rooms.protocol import SUBPROTOCOL
from tests.bench.catalogue import CannotMeasure
from tests.bench.light import light_site
from tests.browser.live_site import LiveSite

FANS, ROUNDS = 50, 6
#: Seconds after which a ring that did not change counts as one that never does.
PATIENCE_S = 15.0


def ring_appears() -> dict[str, float]:
    """Seconds, the worst of all rounds and pages, from the deed to the frame: live, on stage, over, blocked."""
    site = light_site()
    try:
        site.start()
        return asyncio.run(_measured(site))
    finally:
        site.stop()


class Fan:
    """Somebody with an open page who follows Ana and Bo."""

    def __init__(self, site: LiveSite, cookie: str) -> None:
        self._site, self._cookie = site, cookie
        #: Person → when their ring was told to be lit (or to be out).
        self.lit: dict[str, float] = {}
        self.out: dict[str, float] = {}
        self.is_ready = False
        self._socket: ClientConnection
        self._reading: asyncio.Task[None]

    async def open(self) -> None:
        """Open the websocket that a page has."""
        self._socket = await connect(
            f"{self._site.url.replace('http', 'ws')}/ws/me/",
            additional_headers={"Cookie": f"sessionid={self._cookie}", "Origin": self._site.url},
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            proxy=None,
        )
        self._reading = asyncio.ensure_future(self._read())

    async def close(self) -> None:
        """The page is left."""
        await self._socket.close()
        await self._reading

    async def _read(self) -> None:
        try:
            async for text in self._socket:
                self._take(json.loads(text), time.monotonic())
        except ConnectionClosed:
            pass

    def _take(self, frame: dict[str, Any], at: float) -> None:
        if frame["type"] == "rings":
            self.is_ready = True
            self.lit |= {ring["person"]["handle"]: at for ring in frame["data"]["live"]}
            self.out |= dict.fromkeys(frame["data"]["gone"], at)


async def _measured(site: LiveSite) -> dict[str, float]:
    ids = {handle: site.call("fans", whom=handle, prefix="fan", count=FANS) for handle in ("ana", "bo")}
    fans = [Fan(site, cookie) for cookie in site.call("people", prefix="fan", count=FANS)]
    await asyncio.gather(*(fan.open() for fan in fans))
    await _until(lambda: all(fan.is_ready for fan in fans), "the first rings")
    worst = dict.fromkeys(("live", "stage", "over", "blocked"), 0.0)
    for number in range(ROUNDS):
        room, took = await _deed(
            site, fans, lambda fan: fan.lit.get("ana"), "room", host="ana", title="Rings", fields={}
        )
        worst["live"] = max(worst["live"], took)
        _, took = await _deed(site, fans, lambda fan: fan.lit.get("bo"), "host_beside", room_id=room, handle="bo")
        worst["stage"] = max(worst["stage"], took)
        blocked, fans = fans[:1], fans[1:]
        _, took = await _deed(
            site, blocked, lambda fan: fan.out.get(ids["ana"]), "block", who="ana", whom=f"fan_{number}"
        )
        worst["blocked"] = max(worst["blocked"], took)
        _, took = await _deed(site, fans, lambda fan: fan.out.get(ids["bo"]), "end", host="ana", room_id=room)
        worst["over"] = max(worst["over"], took)
        await blocked[0].close()
    await asyncio.gather(*(fan.close() for fan in fans))
    return worst


async def _deed(
    site: LiveSite, fans: list[Fan], told: Callable[[Fan], float | None], what: str, **arguments: Any
) -> tuple[Any, float]:
    """Let the crew do it; its answer, and after how many seconds the last of these fans was told."""
    for fan in fans:
        fan.lit.clear()
        fan.out.clear()
    began = time.monotonic()
    done = await asyncio.to_thread(site.call, what, **arguments)
    await _until(lambda: all(told(fan) is not None for fan in fans), f"the rings after {what}")
    return done, max(at for fan in fans if (at := told(fan)) is not None) - began


async def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise CannotMeasure(f"waited {PATIENCE_S:.0f} s for {what}")
        await asyncio.sleep(0.01)
