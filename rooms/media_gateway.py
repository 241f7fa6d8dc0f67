"""The way from the web processes to the media node of a room: offers, nudges, and waking a node up.

A node takes requests from a list in the broker; the answer comes back in a list of its own. Both are
bounded and expire. A nudge may be lost (the node re-reads the stage each second anyway); an offer
that nobody answers in time raises `NoMediaNode`, and the client tries again.
"""

import asyncio
import json
import os
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any, cast
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError
from prometheus_client import Counter

from rooms.protocol import live_owner_key, live_revoked_key, node_requests_key
from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)

#: By name, so that this app need not know the media worker.
CLAIM_TASK = "media_worker.tasks.claim_room"
OFFER_EXPIRES_SECONDS = 3
#: Requests that may wait for one node; more are refused.
REQUESTS_LIMIT = 512
#: Seconds that an asker waits for its answer, and for a node to take a room that has none.
ANSWER_SECONDS = 4.0
TAKE_SECONDS = 4.0
#: How often an asker who waits looks whether the room is still with the node that it asked.
OWNER_LOOK_SECONDS = 0.3
MAX_SDP_BYTES = 16_384
#: How long a lost right is remembered: longer than any grant can live unused.
REMEMBER_REVOKED = timedelta(minutes=5)

LOST_NUDGES = Counter("spaces_media_nudges_lost_total", "Nudges that the broker or a full list did not take")

#: Push a request unless the list is full: KEYS list; ARGV request, limit. Returns 1 or 0.
_PUSH = """
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], 15)
return 1
"""

_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis]" = WeakKeyDictionary()


class NoMediaNode(DomainError):
    """No media node carries the room, or it does not answer."""

    kind = Kind.UNAVAILABLE
    code = "no_media_node"
    text = _("The sound of this room is just being set up. Try again in a moment.")


class MediaRefused(DomainError):
    """The node says no: the person has no seat, or holds it on another device."""

    kind = Kind.FORBIDDEN
    code = "media_refused"
    text = _("You can connect your microphone once you are on stage or asked to come up.")


class BadOffer(DomainError):
    """The SDP offer can't be used; the text says what to change."""

    kind = Kind.INVALID
    code = "bad_offer"
    text = _("The connection offer can't be used.")


@dataclass(frozen=True, slots=True)
class OfferAnswer:
    """A node's SDP answer, and the epoch of the session that it belongs to."""

    sdp: str
    epoch: int


def nudge_on_commit(room_id: UUID | str) -> None:
    """Tell the room's node, after commit, to read the stage again."""
    transaction.on_commit(partial(_tell_node, {"kind": "nudge", "room": str(room_id)}))


def ensure_session_on_commit(room_id: UUID | str) -> None:
    """See to it, after commit, that some node carries the room's sound."""
    transaction.on_commit(partial(ensure_session, str(room_id)))


def ensure_session(room_id: str) -> None:
    """Offer the room to the media nodes unless one carries it."""
    try:
        if _owner(_broker().get(live_owner_key(room_id))) is None:
            offer_room(room_id)
    except redis.RedisError as error:
        log.warning("room_not_offered", room_id=room_id, error=str(error))


def offer_room(room_id: str) -> None:
    """Offer the room to the media nodes, whoever carries it now. A claim of a room that is taken does nothing."""
    try:
        # An offer that no node took in time is stale: the next second brings a new one.
        current_app.send_task(CLAIM_TASK, kwargs={"room_id": room_id}, expires=OFFER_EXPIRES_SECONDS, retry=False)
    except OperationalError as error:
        log.warning("room_not_offered", room_id=room_id, error=str(error))


def revoke_on_commit(participant_id: UUID | str, *, room_id: UUID | str, device: str) -> None:
    """Take the right to listen, after commit, from one device of a participant; new grants are valid again.

    Leaving and removal are seen in the database anyway; this makes them instant, and it is the only
    way to silence the old device of somebody who moved to another.
    """
    transaction.on_commit(partial(_revoke, str(room_id), f"{participant_id}:{device}"))


async def offer(room_id: UUID | str, grant: str, sdp: str, device: str) -> OfferAnswer:
    """Hand an SDP offer to the room's node and wait for the answer.

    The offer follows a room that moves to another node meanwhile, since the first may have died with it.
    `grant` is a speak grant. Raises `NoMediaNode` (try again), `MediaRefused`, `BadOffer`.
    """
    client = _async_broker()
    deadline = time.monotonic() + TAKE_SECONDS + ANSWER_SECONDS
    answer = None
    try:
        while answer is None and time.monotonic() < deadline:
            request = _offer_request(room_id, grant, sdp, device)
            node = await _owner_soon(client, str(room_id))
            if not await client.eval(_PUSH, 1, node_requests_key(node), json.dumps(request), str(REQUESTS_LIMIT)):
                raise NoMediaNode(retry_after=1)
            answer = await _answer_of(client, node, request)
    except redis.RedisError as error:
        raise NoMediaNode(retry_after=1) from error
    return _read_answer(answer)


def close_leg(room_id: UUID | str, grant: str) -> None:
    """Ask the room's node to close the peer connection of a grant's holder (WHIP's DELETE)."""
    _tell_node({"kind": "close", "room": str(room_id), "grant": grant})


def _offer_request(room_id: UUID | str, grant: str, sdp: str, device: str) -> dict[str, Any]:
    if len(sdp.encode()) > MAX_SDP_BYTES:
        raise BadOffer(_("The connection offer is larger than 16 KiB."), field="sdp")
    reply = f"spaces:answer:{uuid4().hex}"
    return {"kind": "offer", "room": str(room_id), "grant": grant, "sdp": sdp, "device": device, "reply": reply}


def _read_answer(answer: Any) -> OfferAnswer:
    if answer is None:
        raise NoMediaNode(retry_after=1)
    told = json.loads(answer[1])
    if "sdp" in told:
        return OfferAnswer(told["sdp"], told["epoch"])
    if told["error"] == "bad_offer":
        raise BadOffer(told["text"], field="sdp")
    if told["error"] == "no_media_node":
        raise NoMediaNode(retry_after=1)
    raise MediaRefused


async def _owner_soon(client: redis.asyncio.Redis, room_id: str) -> str:
    """The node that carries the room; waits a little for one that is just taking it."""
    deadline = time.monotonic() + TAKE_SECONDS
    asked = False
    while (node := _owner(await client.get(live_owner_key(room_id)))) is None:
        if not asked:
            asked = True
            await asyncio.to_thread(ensure_session, room_id)
        if time.monotonic() > deadline:
            raise NoMediaNode(retry_after=1)
        await asyncio.sleep(0.05)
    return node


async def _answer_of(client: redis.asyncio.Redis, node: str, request: dict[str, Any]) -> Any:
    """What the node answers; None once it no longer owns the room. Raises `NoMediaNode` when it stays silent."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        answer = await client.blpop([request["reply"]], timeout=OWNER_LOOK_SECONDS)
        if answer is not None:
            return answer
        if _owner(await client.get(live_owner_key(request["room"]))) != node:
            return None
    raise NoMediaNode(retry_after=1)


def _owner(text: Any) -> str | None:
    return cast("str", text).split()[0] if text else None


def _tell_node(request: dict[str, str]) -> None:
    client = _broker()
    try:
        node = _owner(client.get(live_owner_key(request["room"])))
        if node is None:
            return
        if client.eval(_PUSH, 1, node_requests_key(node), json.dumps(request), str(REQUESTS_LIMIT)):
            return
    except redis.RedisError as error:
        log.warning("nudge_lost", room_id=request["room"], error=str(error))
    LOST_NUDGES.inc()


def _revoke(room_id: str, token: str) -> None:
    now = timezone.now().timestamp()
    key = live_revoked_key(room_id)
    try:
        with _broker().pipeline(transaction=True) as pipe:
            pipe.zadd(key, {token: now})
            pipe.zremrangebyscore(key, "-inf", now - REMEMBER_REVOKED.total_seconds())
            pipe.expire(key, REMEMBER_REVOKED)
            pipe.execute()
    except redis.RedisError as error:
        log.warning("revocation_lost", room_id=room_id, error=str(error))


def _async_broker() -> redis.asyncio.Redis:
    """One client for each event loop, made in it."""
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            settings.REDIS_URL, max_connections=64, timeout=2, decode_responses=True, socket_connect_timeout=1
        )
        client = _clients[loop] = redis.asyncio.Redis(connection_pool=pool)
    return client


def _broker() -> "redis.Redis":
    return _client(settings.REDIS_URL, os.getpid())


@lru_cache(maxsize=2)
def _client(url: str, pid: int) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0, decode_responses=True)
