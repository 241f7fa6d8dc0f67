"""What is kept by the broker or goes through it, for the settings."""

from typing import Any

_BACKENDS = "django.core.cache.backends"


def caches(*, broker_url: str) -> dict[str, Any]:
    """Django's `CACHES`.

    What is kept by the broker costs a caller at most a second where it hangs. The last pictures for link previews
    stay in the process itself, some megabytes at most.
    """
    return {
        "default": {
            "BACKEND": f"{_BACKENDS}.redis.RedisCache",
            "LOCATION": broker_url,
            "OPTIONS": {"socket_timeout": 1.0, "socket_connect_timeout": 1.0},
        },
        "pictures": {
            "BACKEND": f"{_BACKENDS}.locmem.LocMemCache",
            "LOCATION": "pictures",
            "OPTIONS": {"MAX_ENTRIES": 32},
        },
    }


def channel_layers(*, broker_url: str) -> dict[str, Any]:
    """Channels' `CHANNEL_LAYERS`: pub/sub takes 6-7 times less CPU than the core layer, and outlives a crash."""
    return {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": broker_url}], "prefix": "spaces"},
        },
    }
