"""Structured logs: one event a line, with the request's and the room's id where known."""

import ipaddress
import logging.config
from collections.abc import MutableMapping
from typing import Any

import structlog


def shorten_addresses(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of a person's address only the network: enough to see an attack, too little to find a home."""
    if isinstance(event.get("ip"), str):
        event["ip"] = _network(event["ip"])
    return event


def leave_out_queries(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an address only the path: what stands behind it are keys of invitations, words that somebody looked for, and
    the token of whoever passed a room on, which beside the name of who came would be kept for ever."""
    if isinstance(event.get("request"), str):
        event["request"] = event["request"].partition("?")[0]
    return event


def _network(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    mapped = getattr(address, "ipv4_mapped", None) or address
    return str(ipaddress.ip_network(f"{mapped}/{24 if mapped.version == 4 else 48}", strict=False))


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    shorten_addresses,
    leave_out_queries,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def configure(options: dict[str, Any]) -> None:
    """Set up structlog and the standard library's logging; `options` is `settings.LOGGING`."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer() if options["json"] else structlog.dev.ConsoleRenderer(colors=False)
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": _SHARED,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {"daphne.http_protocol": {"level": "WARNING"}, "aiortc": {"level": "WARNING"}},
        }
    )
