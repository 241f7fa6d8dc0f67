"""Which page of this site an address that somebody typed leads to."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, ResolverMatch, resolve


def page_at(address: str, *, host: str) -> ResolverMatch | None:
    """What an http address leads to on this site, which is called `host` and by its public name.

    None for another site's, and for what leads nowhere. People leave the last slash out, and type capitals.
    """
    try:
        parts = urlsplit(address)
        ours = {host.lower(), urlsplit(settings.PUBLIC_URL).netloc.lower()} - {""}
        if parts.scheme not in {"http", "https"} or parts.netloc.lower() not in ours:
            return None
        return resolve(parts.path if parts.path.endswith("/") else f"{parts.path}/")
    except (Resolver404, ValueError):
        return None
