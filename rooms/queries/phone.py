"""How a phone gets to this site: its address as people scan it."""

import ipaddress
from dataclasses import dataclass

import ifaddr
import segno
from django.conf import settings

#: A name of 253 characters, a colon, a port.
LONGEST_HOST = 259
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
#: Networks between containers: no phone is in them.
_VIRTUAL = ("docker", "br-", "veth", "virbr", "cni", "lxc")


@dataclass(frozen=True, slots=True)
class PhoneDoor:
    """Where a phone finds this site. `picture` is a QR code as a data address, `can_speak` needs https.

    Without `url` the server listens to this machine alone.
    """

    url: str = ""
    picture: str = ""
    can_speak: bool = False


def phone_door(*, host: str, secure: bool) -> PhoneDoor:
    """The public address, else the one that was asked for, else this machine's in its network."""
    url = settings.PUBLIC_URL or _asked_for(host, secure=secure) or _in_the_network()
    if not url:
        return PhoneDoor()
    picture = segno.make(url, micro=False).svg_data_uri(scale=4, border=3, dark="#1b1525", light="#fff")
    return PhoneDoor(url, picture, can_speak=url.startswith("https://"))


def is_this_machine(host: str) -> bool:
    """Whether a request's host is one that only this machine can mean."""
    name = host if host.endswith("]") or ":" not in host else host.rpartition(":")[0]
    return name.strip("[]") in _LOOPBACK


def _asked_for(host: str, *, secure: bool) -> str:
    # A longer name is none (RFC 1035), and more than a picture can say.
    return "" if is_this_machine(host) or len(host) > LONGEST_HOST else f"{'https' if secure else 'http'}://{host}/"


def _in_the_network() -> str:
    if settings.BIND in _LOOPBACK:
        return ""
    if settings.BIND not in {"0.0.0.0", "::", ""}:  # noqa: S104
        return f"http://{settings.BIND}:{settings.PORT}/"
    for adapter in ifaddr.get_adapters():
        if adapter.name.startswith(_VIRTUAL):
            continue
        for each in adapter.ips:
            address = ipaddress.ip_address(str(each.ip)) if each.is_IPv4 else None
            if address and address.is_private and not address.is_loopback and not address.is_link_local:
                return f"http://{address}:{settings.PORT}/"
    return ""
