"""Whose network address a request comes from, behind as many proxies as are trusted; and by what name of ours."""

from ipaddress import IPv4Address, IPv6Network, ip_address

from django.conf import settings
from django.http.request import split_domain_port, validate_host


def client_address(*, forwarded: str, peer: str) -> str:
    """The address in `forwarded` (X-Forwarded-For) that the outermost trusted proxy saw, else the peer's.

    Each trusted proxy appended the address that it saw; what stands before was typed by anybody.
    """
    hops = [hop.strip() for hop in forwarded.split(",")]
    proxies = settings.TRUSTED_PROXIES
    return hops[-proxies] if proxies and forwarded and len(hops) >= proxies else peer


def network_of(address: str) -> str:
    """What counts as one place where deeds are counted: an IPv4 address, the /64 of an IPv6 one.

    Whoever has one IPv6 address has the 2^64 beside it, and could come by another each time. What is no
    address stands for itself.
    """
    host = address.removeprefix("[").partition("]")[0]
    if host.count(":") == 1:
        # Some proxies tell the port as well, which is another with each connection.
        host = host.partition(":")[0]
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False).network_address)


def is_our_name(host: str) -> bool:
    """Whether a Host header, with a port or without, names a host that we answer to."""
    name, _port = split_domain_port(host)
    return bool(name) and validate_host(name, settings.ALLOWED_HOSTS)
