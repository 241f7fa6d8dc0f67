"""Whose network address a request comes from, behind as many proxies as are trusted."""

from django.conf import settings


def client_address(*, forwarded: str, peer: str) -> str:
    """The address in `forwarded` (X-Forwarded-For) that the outermost trusted proxy saw, else the peer's.

    Each trusted proxy appended the address that it saw; what stands before was typed by anybody.
    """
    hops = [hop.strip() for hop in forwarded.split(",")]
    proxies = settings.TRUSTED_PROXIES
    return hops[-proxies] if proxies and forwarded and len(hops) >= proxies else peer
