"""What this app tells the apps above it. Sent after commit, in the process that made the change."""

from django.dispatch import Signal

#: person_id: UUID, session_key: str. The key of a web session, or `device:<uuid>` for an app's token.
session_ended = Signal()

#: blocker_id: UUID, blocked_id: UUID. The second may not be where the first is at home, from now on.
person_blocked = Signal()

#: person_ids: tuple[UUID, UUID]. A follow or a block between these two came or went.
ties_changed = Signal()

#: person_ids: tuple[UUID, UUID]. What these two say is hidden from each other by a block, or no longer.
sight_changed = Signal()

#: person_id: UUID. Everything of this person ends now: sockets, sound, sessions.
person_suspended = Signal()

#: person_id: UUID. Switched on again: what they said may be read.
person_unsuspended = Signal()

#: person_ids: list[UUID]. A receiver answers with the set of those that are inside a room now.
guests_expiring = Signal()

#: guest_id: UUID, person_id: UUID, session_key: str (of the new sign-in).
#: Who listened as a guest has signed in, or signed up, in the same browser.
guest_signed_in = Signal()

#: actor: User, act: str, why: str, and what it is about (person, room, before, after). Sent inside the
#: transaction, so that an act which cannot be written down does not happen.
staff_acted = Signal()

#: person: User, as they are now: something on their profile changed. Sent inside the transaction.
profile_changed = Signal()

#: person_id: UUID, restriction: Restriction, note: Mapping[str, str].
#: This is switched off for the person, or on again: look at them anew.
#: `note` says why, by language, in words that everybody may read; it is empty where nothing is told.
person_restricted = Signal()

#: post_id: UUID. A post is gone, and all replies to it with it.
post_deleted = Signal()

#: room_ids: set[UUID], viewer: who looks. A receiver answers with a `SharedRoom` for each of these
#: rooms that the viewer may know of, by its id: posts and messages show them as cards.
room_cards_wanted = Signal()

#: people_ids: set[UUID]. They were told something, or have read something: how much is unread may be another number.
bells_changed = Signal()
