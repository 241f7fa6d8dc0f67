"""A bad network for media: a UDP proxy with seeded loss, bursts, delay, jitter, reordering, and a cut.

It stands between clients and a media node by being what the node calls its public address:

    proxy = await UdpProxy.start(seed=7)
    port = MediaUdpPort([proxy.address])          # or MEDIA_PUBLIC_ADDRESSES=<proxy.address> for a process
    port.start()
    proxy.target = ("127.0.0.1", port.port)       # or MEDIA_PORT
    proxy.up.loss = 0.05                          # client → node; `down` is node → client
    proxy.cut = True                              # nothing passes in either direction, until False
    proxy.spared = proxy.clients                  # … but for these, and for nobody who comes later

`address` is `host:port` on this machine's own address (Firefox and aiortc don't use 127.0.0.1).
Every client address gets a socket of its own towards the node, so the node sees different sources, and
`proxy.move_clients()` gives each a new one, as a NAT or a change of network would. `in_thread(seed=7)` runs
a proxy beside a test that has no event loop; what is said about faults above may be said from any thread.
"""

import asyncio
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from media_worker.engine.transport.addresses import own_addresses

#: Datagrams held back at most, in one direction of one client; more are lost, as in a router.
_QUEUE = 500

Where = tuple[str, int]


@dataclass(slots=True)
class Faults:
    """What happens in one direction. Probabilities 0…1, times in seconds."""

    #: Share of datagrams lost, in runs of `burst` datagrams.
    loss: float = 0.0
    burst: int = 1
    delay: float = 0.0
    #: Additional delay, evenly spread from 0 to this; order is kept.
    jitter: float = 0.0
    #: Share of datagrams that are overtaken by those sent in the next `reorder_by` seconds.
    reorder: float = 0.0
    reorder_by: float = 0.03
    #: Bytes of datagrams a second that get through, for each client; 0 for as many as come.
    rate: float = 0.0
    passed: int = 0
    lost: int = 0
    _run: int = field(default=0, repr=False)

    def loses(self, source: random.Random) -> bool:
        """Whether the next datagram is lost."""
        if self._run == 0 and self.loss > 0 and source.random() < 1 / (1 + self.burst * (1 - self.loss) / self.loss):
            self._run = self.burst
        if self._run:
            self._run -= 1
            return True
        return False


class _Way:
    """One direction of one client: holds datagrams back and lets them go."""

    def __init__(self, proxy: "UdpProxy", client: Where, faults: Faults, sock: socket.socket, to: Where) -> None:
        self._proxy, self._client, self._faults, self.socket, self._to = proxy, client, faults, sock, to
        self._last = self._free_at = 0.0
        self._waiting = 0

    def carry(self, data: bytes) -> None:
        faults, source = self._faults, self._proxy.random
        if self._proxy.tap is not None:
            self._proxy.tap.append(data)
        if self._proxy.cuts(self._client) or self._waiting >= _QUEUE or faults.loses(source):
            faults.lost += 1
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + faults.delay + source.random() * faults.jitter
        if faults.rate:
            due = self._free_at = max(due, self._free_at) + len(data) / faults.rate
        if faults.reorder and source.random() < faults.reorder:
            due += faults.reorder_by
        else:
            due = self._last = max(due, self._last)
        if due <= loop.time():
            self._send(data)
        else:
            self._waiting += 1
            loop.call_at(due, self._release, data)

    def _release(self, data: bytes) -> None:
        self._waiting -= 1
        self._send(data)

    def _send(self, data: bytes) -> None:
        try:
            self.socket.sendto(data, self._to)
            self._faults.passed += 1
        except OSError:
            self._faults.lost += 1


class UdpProxy:
    """See the module's text."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.up, self.down = Faults(), Faults()
        self.cut = False
        #: Every datagram of either direction, when somebody wants to listen in on the network.
        self.tap: list[bytes] | None = None
        #: Clients that a cut does not touch.
        self.spared: frozenset[Where] = frozenset()
        self.target: Where | None = None
        self._outside = _udp(own_addresses()[0] if own_addresses() else "127.0.0.1")
        self._ways: dict[Where, tuple[_Way, _Way]] = {}

    @classmethod
    async def start(cls, seed: int) -> "UdpProxy":
        """A proxy on the running loop, with no faults yet."""
        proxy = cls(seed)
        asyncio.get_running_loop().add_reader(proxy._outside.fileno(), proxy._from_client)
        return proxy

    @property
    def address(self) -> str:
        """`host:port` to be named as the node's public address."""
        host, port = self._outside.getsockname()
        return f"{host}:{port}"

    @property
    def clients(self) -> frozenset[Where]:
        """Addresses that have sent something so far."""
        return frozenset(self._ways)

    def cuts(self, client: Where) -> bool:
        """Whether nothing passes to and from this client now."""
        return self.cut and client not in self.spared

    def move_clients(self) -> None:
        """From now on every client comes from another address; the old ones lead nowhere."""
        for client in list(self._ways):
            self._drop(client)

    def close(self) -> None:
        """Give all sockets back."""
        self.move_clients()
        asyncio.get_running_loop().remove_reader(self._outside.fileno())
        self._outside.close()

    def _from_client(self) -> None:
        try:
            data, client = self._outside.recvfrom(2048)
        except OSError:
            return
        if self.target is not None:
            self._way(client)[0].carry(data)

    def _way(self, client: Where) -> tuple[_Way, _Way]:
        if client not in self._ways:
            assert self.target is not None
            inside = _udp("")
            ways = (
                _Way(self, client, self.up, inside, self.target),
                _Way(self, client, self.down, self._outside, client),
            )
            self._ways[client] = ways
            asyncio.get_running_loop().add_reader(inside.fileno(), self._from_node, inside, ways[1])
        return self._ways[client]

    def _from_node(self, inside: socket.socket, way: _Way) -> None:
        try:
            data = inside.recv(2048)
        except OSError:
            return
        way.carry(data)

    def _drop(self, client: Where) -> None:
        inside = self._ways.pop(client)[0].socket
        asyncio.get_running_loop().remove_reader(inside.fileno())
        inside.close()


@contextmanager
def in_thread(seed: int) -> Iterator[UdpProxy]:
    """A proxy on an event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="udp-proxy", daemon=True)
    thread.start()
    proxy = asyncio.run_coroutine_threadsafe(UdpProxy.start(seed), loop).result()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(proxy.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def free_udp_port() -> int:
    """A UDP port that nobody uses now."""
    with _udp("") as probe:
        return int(probe.getsockname()[1])


def _udp(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind((host, 0))
    return made
