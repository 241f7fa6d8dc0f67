"""Names in the broker: channels, lists and streams."""


def room_channel(room_id: str) -> str:
    """Pub/sub channel of a room: sequenced events, levels, counts. One hub per process listens."""
    return f"spaces:room:{room_id}"


def recent_events_key(room_id: str) -> str:
    """List of the last sequenced events, newest last, for `hello{last_seq}`."""
    return f"spaces:room:{room_id}:recent"


def person_channel(room_id: str, person_id: str) -> str:
    """Pub/sub channel of one person's private events in a room."""
    return f"spaces:room:{room_id}:person:{person_id}"


def sessions_channel() -> str:
    """Pub/sub channel of ended sessions and suspended people; every hub listens."""
    return "spaces:sessions"


def ties_channel() -> str:
    """Pub/sub channel of people between whom a follow or a block came or went; every hub listens."""
    return "spaces:ties"


def node_requests_key(node_id: str) -> str:
    """List from which a media node takes requests (offers, nudges, closes)."""
    return f"spaces:node:{node_id}:requests"


def parts_key(room_id: str) -> str:
    """Stream with the last seconds of a room's CMAF parts."""
    return f"spaces:live:{room_id}:parts"


def live_epoch_key(room_id: str) -> str:
    """The epoch that may write to `parts_key`; an older one is refused."""
    return f"spaces:live:{room_id}:epoch"


def live_run_key(room_id: str) -> str:
    """Hash of the encoder's present run: epoch, init segment, first and last media sequence number."""
    return f"spaces:live:{room_id}:run"


def live_refused_key(room_id: str) -> str:
    """How many writes of an older epoch were refused."""
    return f"spaces:live:{room_id}:refused"


def live_owner_key(room_id: str) -> str:
    """`<node id> <epoch>` of the media node that carries the room; expires with its lease."""
    return f"spaces:live:{room_id}:owner"


def live_levels_key(room_id: str) -> str:
    """How loud whom is (JSON, participant → 1 to 9), as the node said last; expires within two seconds."""
    return f"spaces:live:{room_id}:levels"


def live_wanted_key(room_id: str) -> str:
    """There while somebody listens by HTTP: keeps the mixer awake."""
    return f"spaces:live:{room_id}:wanted"


def live_listeners_key(room_id: str) -> str:
    """Sorted set of listeners' tokens by the broker's clock at their last request."""
    return f"spaces:live:{room_id}:listeners"


def live_revoked_key(room_id: str) -> str:
    """Sorted set of tokens that may not listen any more, by the time when they lost the right."""
    return f"spaces:live:{room_id}:revoked"
