"""The peer: Debian's Janus AudioBridge under the same load, its participants on plain RTP.

Plain RTP spares Janus the SRTP and DTLS that our figure contains, so the ratio is in its favour.
"""

import asyncio
import json
import random
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from media_worker.demo.cast import VOICES
from media_worker.demo.track import read_packets
from tests.bench.catalogue import CannotMeasure

PEOPLE = 25
ROOM = 1234
WARM_SECONDS = 2.0
SECONDS = 10.0
_PAYLOAD_TYPE = 100

_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu/janus")
_GENERAL = """
general: {{ configs_folder = "{folder}"  plugins_folder = "/usr/lib/x86_64-linux-gnu/janus/plugins"
  transports_folder = "/usr/lib/x86_64-linux-gnu/janus/transports"  debug_level = 2 }}
media: {{ rtp_port_range = "20000-24000" }}
nat: {{ ice_lite = true }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
"""
_HTTP = 'general: {{ json = "compact"  base_path = "/janus"  http = true  port = {port}  ip = "127.0.0.1" }}\n'
_BRIDGE = f"""
general: {{ local_ip = "127.0.0.1"  rtp_port_range = "24000-25000" }}
room-{ROOM}: {{ description = "load"  sampling_rate = "48000"  record = false  allow_rtp_participants = true
  audiolevel_event = false  default_expectedloss = 0 }}
"""


def _all_but(kind: str, wanted: str) -> str:
    """The libraries of one kind that Janus shall not load."""
    return ",".join(path.name for path in (_LIBRARIES / kind).glob("*.so") if path.name != wanted)


class Janus:
    """A Janus process with one AudioBridge room, driven over its HTTP interface."""

    def __init__(self) -> None:
        if not shutil.which("janus"):
            raise CannotMeasure("Janus is not installed: apt-get install janus")
        self.folder = Path(tempfile.mkdtemp(prefix="janus-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        general = _GENERAL.format(
            folder=self.folder,
            plugins=_all_but("plugins", "libjanus_audiobridge.so"),
            transports=_all_but("transports", "libjanus_http.so"),
        )
        (self.folder / "janus.jcfg").write_text(general)
        (self.folder / "janus.transport.http.jcfg").write_text(_HTTP.format(port=self.port))
        (self.folder / "janus.plugin.audiobridge.jcfg").write_text(_BRIDGE)
        command = ["janus", "-F", str(self.folder), "-C", str(self.folder / "janus.jcfg")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.base = f"http://127.0.0.1:{self.port}/janus"
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.base}/info", timeout=1).read()
                return
            except OSError:
                time.sleep(0.05)
        raise CannotMeasure("Janus did not start")

    def ask(self, path: str, **body: Any) -> dict[str, Any]:
        data = json.dumps({"transaction": "t", **body}).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def join(self, number: int, listen_port: int) -> int:
        """Join as a plain RTP participant; returns the UDP port that Janus wants the packets at."""
        session = self.ask("", janus="create")["data"]["id"]
        attached = self.ask(f"/{session}", janus="attach", plugin="janus.plugin.audiobridge")
        handle = attached["data"]["id"]
        rtp = {"ip": "127.0.0.1", "port": listen_port, "payload_type": _PAYLOAD_TYPE}
        body = {"request": "join", "room": ROOM, "id": number, "codec": "opus", "muted": False, "rtp": rtp}
        self.ask(f"/{session}/{handle}", janus="message", body=body)
        while True:
            event = json.load(urllib.request.urlopen(f"{self.base}/{session}?maxev=1", timeout=10))
            data = event.get("plugindata", {}).get("data", {})
            if data.get("audiobridge") == "joined" and "rtp" in data:
                return int(data["rtp"]["port"])
            if "error" in data:
                raise CannotMeasure(f"Janus: {data['error']}")

    def cpu_seconds(self) -> float:
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Talker(asyncio.DatagramProtocol):
    """Sends Opus packets over plain RTP (RFC 3550, section 5.1) and counts what comes back."""

    def __init__(self, number: int, packets: list[bytes]) -> None:
        self.packets = packets
        self.header = random.Random(number)
        self.ssrc = self.header.getrandbits(32)
        self.count = number * 37
        self.received = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.received += 1

    def send(self, port: int) -> None:
        payload = self.packets[self.count % len(self.packets)]
        header = struct.pack(
            "!BBHII", 0x80, _PAYLOAD_TYPE, self.count & 0xFFFF, self.count * 960 & 0xFFFFFFFF, self.ssrc
        )
        self.transport.sendto(header + payload, ("127.0.0.1", port))
        self.count += 1


async def _load(janus: Janus) -> float:
    """CPU milliseconds of Janus a second and participant, all of them talking."""
    loop = asyncio.get_running_loop()
    clips = [read_packets(path) for path in sorted(VOICES.glob("*.opus"))]
    talkers: list[tuple[Talker, int]] = []
    for number in range(1, PEOPLE + 1):
        clip = clips[number % len(clips)]
        transport, talker = await loop.create_datagram_endpoint(
            partial(Talker, number, clip), local_addr=("127.0.0.1", 0)
        )
        port = await asyncio.to_thread(janus.join, number, transport.get_extra_info("sockname")[1])
        talkers.append((talker, port))
    start = time.monotonic()
    used, since, tick = 0.0, 0.0, 0
    while time.monotonic() - start < WARM_SECONDS + SECONDS:
        if not since and time.monotonic() - start >= WARM_SECONDS:
            used, since = janus.cpu_seconds(), time.monotonic()
        for talker, port in talkers:
            talker.send(port)
        tick += 1
        await asyncio.sleep(max(0.0, start + tick * 0.02 - time.monotonic()))
    spent = (janus.cpu_seconds() - used) / (time.monotonic() - since)
    if min(talker.received for talker, _ in talkers) < 0.9 * SECONDS * 50:
        raise CannotMeasure("Janus did not answer everybody")
    return spent * 1000 / PEOPLE


def janus_ms_per_participant() -> float:
    """CPU milliseconds a second that Janus needs for each of 25 talking participants."""
    janus = Janus()
    try:
        return asyncio.run(_load(janus))
    finally:
        janus.stop()


def cpu_ratio() -> float:
    """Ours divided by Janus's, measured one after the other in the same minute."""
    from tests.bench import sound_costs

    ours: float = sound_costs.cpu_ms_per_s_per_speaker(only="all")["all"]
    return ours / janus_ms_per_participant()
