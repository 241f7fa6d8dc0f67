"""Every request held against the library's own parameter types: unknown, missing and mistyped ones are told."""

import re
import sys
import types
from collections.abc import Iterator
from typing import Any, Literal, NotRequired, Union, get_args, get_origin

from stripe import RequestOptions, _request_options
from stripe.params import RefundCreateParams, RefundListParams, checkout
from typing_extensions import get_type_hints, is_typeddict

#: Method and path → what it may be sent.
TYPES: list[tuple[str, str, Any]] = [
    ("POST", r"/v1/checkout/sessions", checkout.SessionCreateParams),
    ("GET", r"/v1/checkout/sessions", checkout.SessionListParams),
    ("GET", r"/v1/checkout/sessions/[^/]+", checkout.SessionRetrieveParams),
    ("POST", r"/v1/checkout/sessions/[^/]+/expire", checkout.SessionExpireParams),
    ("POST", r"/v1/refunds", RefundCreateParams),
    ("GET", r"/v1/refunds", RefundListParams),
    ("GET", r"/v1/refunds/[^/]+", RequestOptions),
]
#: Of the library's calls, not of the request.
_OPTIONS = frozenset(RequestOptions.__annotations__)


def faults(method: str, path: str, params: dict[str, Any]) -> list[str]:
    """What the library would not have sent so."""
    for verb, pattern, shape in TYPES:
        if verb == method and re.fullmatch(pattern, path):
            return [f"{method} {path} {fault}" for fault in _of_dict(params, shape, "")]
    return [f"{method} {path}: not a call of this app"]


def _of_dict(value: Any, shape: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: not an object"
        return
    # The second module's names come with the options of a call.
    names = {**vars(_request_options), **vars(sys.modules[shape.__module__]), "StripeContext": str}
    hints = get_type_hints(shape, globalns=names)
    for name in shape.__required_keys__ - set(value):
        yield f"{path}.{name}: missing"
    for name, inner in value.items():
        if name not in hints or name in _OPTIONS:
            yield f"{path}.{name}: unknown"
        else:
            yield from _of(inner, hints[name], f"{path}.{name}")


def _of(value: Any, hint: Any, path: str) -> Iterator[str]:
    if get_origin(hint) is NotRequired:
        (hint,) = get_args(hint)
    if is_typeddict(hint):
        yield from _of_dict(value, hint, path)
    elif get_origin(hint) is list:
        if not isinstance(value, list):
            yield f"{path}: not a list"
            return
        for number, one in enumerate(value):
            yield from _of(one, get_args(hint)[0], f"{path}[{number}]")
    elif get_origin(hint) in (Union, types.UnionType):
        ways = [list(_of(value, one, path)) for one in get_args(hint)]
        if all(ways):
            yield from min(ways, key=len)
    elif not _fits(value, hint):
        yield f"{path}: {value!r} is no {hint}"


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is dict:
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    if hint is int:
        return isinstance(value, str) and value.lstrip("-").isdigit()
    if hint is bool:
        return value in ("true", "false")
    return hint is str and isinstance(value, str)
