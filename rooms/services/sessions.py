"""Whether the sign-ins behind sockets and microphones still hold, for all that no note could tell.

The end of a session is told at once (`rooms.receivers`). A note can be lost, though, and a changed
password ends sessions without one: so everything that is open is looked at every half minute.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts import queries as accounts_queries
from rooms.models import Participant, RoomState
from rooms.services import entry
from spaces_site.boundary import identity
from spaces_site.boundary.identity import DEVICE_SESSION, Identity


def still_valid(*, identities: Iterable[Identity]) -> set[Identity]:
    """Those sockets' identities whose session or token, account and password are as they were."""
    asked = list(identities)
    tokens = accounts_queries.live_tokens(token_ids=_token_ids(one.session for one in asked))
    return {one for one in identity.still_valid(asked) if _token_holds(one.session, tokens)}


def end_stale_microphones(*, now: datetime) -> None:
    """People with a peer connection leave the room when the sign-in that they came with is over."""
    held = Participant.objects.present().filter(media_connected=True, room__state=RoomState.LIVE).exclude(session="")
    places = list(held.select_related("person"))
    tokens = accounts_queries.live_tokens(token_ids=_token_ids(place.session for place in places))
    web = {place.session: place.person for place in places if not _is_app(place.session)}
    holding = identity.live_sessions_of(web) | {f"{DEVICE_SESSION}{token}" for token in tokens}
    for place in places:
        if not place.person.is_active or place.session not in holding:
            entry.leave_session(person_id=place.person_id, session=place.session, now=now)


def _token_ids(sessions: Iterable[str]) -> set[UUID]:
    return {UUID(name.removeprefix(DEVICE_SESSION)) for name in sessions if _is_app(name)}


def _token_holds(session: str, tokens: set[UUID]) -> bool:
    return not _is_app(session) or UUID(session.removeprefix(DEVICE_SESSION)) in tokens


def _is_app(session: str) -> bool:
    return session.startswith(DEVICE_SESSION)
