"""What is told to whoever is not let into a room: one refusal a rule of `rooms.admission`."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from spaces_site.errors import DomainError, Kind


class NoSuchRoom(DomainError):
    """No such room, or none that this person may know of."""

    kind = Kind.NOT_FOUND
    code = "no_such_room"
    text = _("There is no such room. Check the address, or look at what is live now.")


class RoomNotStarted(DomainError):
    """Scheduled and not live yet; `data.scheduled_start` says when."""

    kind = Kind.CONFLICT
    code = "room_not_started"
    text = _("This room has not started yet. Come back when it is live.")


class HasBegun(DomainError):
    """There is nothing to wait for: the room is live."""

    kind = Kind.CONFLICT
    code = "room_has_begun"
    text = _("This room is live already. Come in.")


class RoomEnded(DomainError):
    """Over."""

    kind = Kind.GONE
    code = "room_ended"
    text = _("This room has ended.")


class RoomCancelled(DomainError):
    """Called off before it began."""

    kind = Kind.GONE
    code = "room_cancelled"
    text = _("This room was cancelled.")


class SignInFirst(DomainError):
    """Nobody is signed in, and this door needs to know who comes."""

    kind = Kind.UNAUTHENTICATED
    code = "sign_in_first"
    text = _("Sign in to join this room.")


class NoGuests(SignInFirst):
    """The host lets only people with an account in."""

    text = _("The host of this room asks listeners to sign in.")


class Suspended(DomainError):
    """The account is switched off."""

    kind = Kind.FORBIDDEN
    code = "account_suspended"
    text = _("Your account is suspended, so you cannot join rooms.")


class RoomFull(DomainError):
    """As many people as a room takes."""

    kind = Kind.CONFLICT
    code = "room_full"
    text = _("This room is full. Try again in a few minutes.")


class PutOut(DomainError):
    """A host removed this person from the room for good; `data.appeal` is the API's operation against it."""

    kind = Kind.FORBIDDEN
    code = "cannot_join"
    text = _("The host removed you from this room.")

    def __init__(self) -> None:
        super().__init__(data={"removal": "for_good", "appeal": "reportFromRoom"})


class AccountTooNew(DomainError):
    """Raid mode: `data.hours` says how old an account must be."""

    kind = Kind.FORBIDDEN
    code = "account_too_new"

    def __init__(self, *, hours: int) -> None:
        text = _("Only accounts older than %(hours)d hours may come in just now. Come back later.") % {"hours": hours}
        super().__init__(text, data={"hours": hours})


class FollowersOnly(DomainError):
    """Raid mode: only who follows the creator."""

    kind = Kind.FORBIDDEN
    code = "followers_only"
    text = _("Only people who follow the host may come in just now.")


class KnockFirst(DomainError):
    """Raid mode: hosts let people in one by one."""

    kind = Kind.FORBIDDEN
    code = "knock_first"
    text = _("The host lets people in one by one just now. Ask to come in.")


class HiddenNotAllowed(DomainError):
    """The host wants to see who listens."""

    kind = Kind.FORBIDDEN
    code = "hidden_not_allowed"
    text = _("The host of this room does not allow hidden listening. Join with your name.")


class NeedsTicket(DomainError):
    """The room is for those who hold a pass; `data.room_id` says which one to get a ticket for."""

    kind = Kind.PAYMENT_REQUIRED
    code = "needs_ticket"
    text = _("You need a ticket for this room.")

    def __init__(self, *, room_id: UUID) -> None:
        super().__init__(data={"room_id": str(room_id)})
