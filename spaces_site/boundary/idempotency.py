"""`Idempotency-Key`: a POST that creates is done once, however often it is sent, for a day.

The broker keeps the claim and then the answer. Only answers of success are kept: after a refusal
the same key may be tried again. A process that dies between its commit and keeping the answer
leaves a claim for a minute, after which the key is free again.

Answers are kept sealed by the client's own key, which is kept nowhere: some hold what the database
has as a hash alone, such as the key of an invitation link.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.boundary import origin

CLAIM_SECONDS = 60
KEEP_SECONDS = 24 * 3600
KEY_MAX = 255

View = Callable[..., Response]


class KeyTooLong(APIException):
    """Not a key but a text."""

    status_code = 400
    default_code = "bad_idempotency_key"
    default_detail = _("An Idempotency-Key has 1 to 255 characters.")


class KeyInFlight(APIException):
    """The first request with this key is still being answered."""

    status_code = 409
    default_code = "idempotency_in_flight"
    default_detail = _("The same request is still being worked on. Wait a second and send it again.")


class KeyReused(APIException):
    """The same key came with another body."""

    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = _("This Idempotency-Key was used for another request. Make a new key.")


def idempotent(view: View) -> View:
    """Make a view's POST obey the header; without it the view is called as ever."""

    @wraps(view)
    def once(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(self, request, *args, **kwargs)
        place, mark = _place(request, key), _mark(request)
        if not cache.add(place, {"mark": mark}, CLAIM_SECONDS):
            return _answer_again(cache.get(place), mark, _seal(key))
        try:
            response = view(self, request, *args, **kwargs)
        except BaseException:
            cache.delete(place)
            raise
        told = {"status": response.status_code, "body": response.data, "location": response.headers.get("Location")}
        cache.set(place, {"mark": mark, "sealed": _seal(key).encrypt(JSONRenderer().render(told))}, KEEP_SECONDS)
        return response

    return once


def _answer_again(kept: dict[str, Any] | None, mark: str, seal: Fernet) -> Response:
    if kept is None or ("sealed" not in kept and kept["mark"] == mark):
        raise KeyInFlight
    if kept["mark"] != mark:
        raise KeyReused
    told = json.loads(seal.decrypt(kept["sealed"]))
    headers = {"Location": told["location"]} if told["location"] else {}
    return Response(told["body"], status=told["status"], headers=headers | {"Idempotent-Replayed": "true"})


def _place(request: Request, key: str) -> str:
    if not 1 <= len(key) <= KEY_MAX:
        raise KeyTooLong
    # Visitors have no name: those of one network share their keys, and nobody else is answered with their answers.
    who = request.user.pk or origin.current().address
    named = f"{who} {request.path} {key}"
    return f"idempotency:{hashlib.sha256(named.encode('utf-8', 'surrogateescape')).hexdigest()}"


def _mark(request: Request) -> str:
    return hashlib.sha256(json.dumps(request.data, sort_keys=True).encode()).hexdigest()


def _seal(key: str) -> Fernet:
    secret = f"idempotency {settings.SECRET_KEY} {key}".encode("utf-8", "surrogateescape")
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret).digest()))
