"""Where browsers can reach the node: configured addresses, or the machine's own."""

import ipaddress
from collections.abc import Sequence

import ifaddr

from media_worker.engine.transport.sdp import Candidate

_MAX_OWN = 6


def candidates_of(addresses: Sequence[str], port: int, *, ipv6: bool) -> tuple[Candidate, ...]:
    """Candidates in order of preference. Raises ValueError on a malformed address."""
    if addresses:
        return tuple(_configured(text.strip(), port) for text in addresses)
    own = own_addresses()
    usable = [host for host in own if ipv6 or ":" not in host]
    # 127.0.0.1 last: it serves a browser on the same machine when no other address works there.
    return tuple(Candidate(host, port) for host in [*usable, "127.0.0.1"])


def _configured(text: str, port: int) -> Candidate:
    """`host`, `host:port`, `v6`, `[v6]` or `[v6]:port`."""
    host = text
    if text.startswith("["):
        host, closed, tail = text[1:].partition("]")
        if not closed:
            raise ValueError(f"{text!r} has no closing bracket")
        port = int(tail[1:]) if tail.startswith(":") else port
    elif text.count(":") == 1:
        host, _, tail = text.partition(":")
        port = int(tail)
    return Candidate(str(ipaddress.ip_address(host)), port)


def own_addresses() -> list[str]:
    """The machine's addresses, IPv4 first, without loopback and link-local ones."""
    found: dict[str, None] = {}
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            host = entry.ip if isinstance(entry.ip, str) else entry.ip[0]
            address = ipaddress.ip_address(host)
            if not (address.is_loopback or address.is_link_local or address.is_unspecified):
                found[str(address)] = None
    return sorted(found, key=lambda host: ":" in host)[:_MAX_OWN]
