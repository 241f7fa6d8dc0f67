"""Rule book 2: who may speak, invite, mute, move and end. One condition a line; each raises."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts import queries as accounts_queries
from accounts.models import User
from rooms.models import Participant, Pin, Role, Room, SpeakRequest, WhoMaySpeak
from rooms.models.participant import STAGE_ROLES
from spaces_site.errors import DomainError, Kind

#: Seconds in which an accepted or invited person may come on stage.
OFFER_SECONDS = 60
#: Hands that one room's queue holds.
QUEUE_LIMIT = 200
HOST_ROLES = (Role.HOST, Role.CO_HOST)


class JoinFirst(DomainError):
    """Not in the room."""

    kind = Kind.CONFLICT
    code = "join_first"
    text = _("Join the room first.")


class NoSuchParticipant(DomainError):
    """Nobody in this room by that id."""

    kind = Kind.NOT_FOUND
    code = "no_such_participant"
    text = _("This person is not in the room any more.")


class NoSuchHand(DomainError):
    """No such hand in this room, or it was answered already."""

    kind = Kind.NOT_FOUND
    code = "no_such_hand"
    text = _("This hand is not raised any more.")


class NotAHost(DomainError):
    """Only hosts and co-hosts may."""

    kind = Kind.FORBIDDEN
    code = "not_a_host"
    text = _("Only the hosts of this room may do that.")


class GuestsOnlyListen(DomainError):
    """A guest wants more than to listen."""

    kind = Kind.UNAUTHENTICATED
    code = "sign_in_first"
    text = _("Sign in to speak or react. Guests can listen.")


class GuestCannotSpeak(DomainError):
    """A host invited a guest on stage."""

    kind = Kind.CONFLICT
    code = "guest_cannot_speak"
    text = _("This person listens as a guest and has to sign in before speaking.")


class HandsClosed(DomainError):
    """The host takes no requests now."""

    kind = Kind.CONFLICT
    code = "hands_closed"
    text = _("The host is not taking requests to speak at the moment.")


class OnlyFollowed(DomainError):
    """Only people whom the host follows may ask."""

    kind = Kind.FORBIDDEN
    code = "only_followed"
    text = _("In this room only people that the host follows may ask to speak.")


class OnlyInvited(DomainError):
    """Only invited people speak here."""

    kind = Kind.FORBIDDEN
    code = "only_invited"
    text = _("In this room only people that the host invites may speak.")


class AlreadyOnStage(DomainError):
    """On stage already."""

    kind = Kind.CONFLICT
    code = "already_on_stage"
    text = _("Already on stage.")


class NotOnStage(DomainError):
    """Only people on stage have a microphone."""

    kind = Kind.FORBIDDEN
    code = "not_on_stage"
    text = _("Ask to speak first: only people on stage have a microphone.")


class StageFull(DomainError):
    """As many on stage as the room allows; `data.limit` says how many."""

    kind = Kind.CONFLICT
    code = "stage_full"

    def __init__(self, *, limit: int) -> None:
        super().__init__(_("The stage is full (%(limit)d people).") % {"limit": limit}, data={"limit": limit})


class QueueFull(DomainError):
    """Too many hands are up."""

    kind = Kind.CONFLICT
    code = "queue_full"
    text = _("Too many people are waiting to speak. Try again later.")


class NoOffer(DomainError):
    """Nobody offered the microphone, or the offer ran out."""

    kind = Kind.CONFLICT
    code = "no_offer"
    text = _("There is no open invitation to speak. Ask again.")


class MicsLocked(DomainError):
    """The hosts keep every speaker's microphone closed."""

    kind = Kind.CONFLICT
    code = "mics_locked"
    text = _("The host has locked the microphones. You can speak again when they are unlocked.")


class TooManyCohosts(DomainError):
    """As many co-hosts as a room may have; `data.limit` says how many."""

    kind = Kind.CONFLICT
    code = "too_many_cohosts"

    def __init__(self, *, limit: int) -> None:
        text = _("This room has %(limit)d co-hosts already. Take the role from one of them first.")
        super().__init__(text % {"limit": limit}, data={"limit": limit})


class NotASpeaker(DomainError):
    """Only somebody who speaks here can become a host or co-host."""

    kind = Kind.CONFLICT
    code = "not_a_speaker"
    text = _("Bring this person on stage first.")


class HostStays(DomainError):
    """The host's place is not changed by others, nor left for the audience."""

    kind = Kind.CONFLICT
    code = "host_stays"
    text = _("The host stays on stage. End the room or leave it instead.")


class NoSuchPin(DomainError):
    """Not pinned in this room, or not any more."""

    kind = Kind.NOT_FOUND
    code = "no_such_pin"
    text = _("This post is not pinned any more.")


class PinsFull(DomainError):
    """As many posts as a room may have pinned; `data.limit` says how many."""

    kind = Kind.CONFLICT
    code = "pins_full"

    def __init__(self, *, limit: int) -> None:
        text = _("%(limit)d posts are pinned already. Unpin one of them first.")
        super().__init__(text % {"limit": limit}, data={"limit": limit})


def is_on_stage(place: Participant) -> bool:
    """Present as host, co-host or speaker."""
    return place.left_at is None and place.role in STAGE_ROLES


def is_silent(*, place: Participant) -> bool:
    """Whether the mixer must not let this person be heard; `place.room` is loaded."""
    return place.muted or (place.room.mics_locked and place.role not in HOST_ROLES)


def check_moderates(*, place: Participant) -> None:
    """Hosts and co-hosts answer hands, invite, mute and move people, and pin posts."""
    if place.role not in HOST_ROLES:
        raise NotAHost


def check_may_ask(*, room: Room, person: User, place: Participant) -> None:
    """May `person` raise a hand now?"""
    check_is_no_guest(person=person)
    if is_on_stage(place):
        raise AlreadyOnStage
    if room.who_may_speak == WhoMaySpeak.INVITED:
        raise OnlyInvited
    if not room.hands_open:
        raise HandsClosed
    if room.who_may_speak == WhoMaySpeak.FOLLOWED and not is_followed_by_creator(room=room, person_id=person.pk):
        raise OnlyFollowed
    if SpeakRequest.objects.queue().filter(room=room).count() >= QUEUE_LIMIT:
        raise QueueFull


def check_may_be_invited(*, place: Participant) -> None:
    """May a host offer the microphone to this participant?"""
    if is_on_stage(place):
        raise AlreadyOnStage
    if place.person.is_guest:
        raise GuestCannotSpeak


def check_stage_has_room(*, room: Room) -> None:
    """The caller holds the room's row, so two people cannot both take the last seat."""
    if Participant.objects.on_stage().filter(room=room).count() >= room.stage_limit:
        raise StageFull(limit=room.stage_limit)


def check_offer_stands(*, offer: SpeakRequest | None, now: datetime) -> SpeakRequest:
    """The open offer, when it has not run out."""
    if offer is None or offer.offered_at is None or now >= offer_ends(offer.offered_at):
        raise NoOffer
    return offer


def check_has_microphone(*, place: Participant) -> None:
    """Only the stage has a microphone."""
    if not is_on_stage(place):
        raise NotOnStage


def check_may_unmute(*, room: Room, place: Participant) -> None:
    """Everybody on stage opens their own, no rule lets anybody open another's; locked ones stay closed."""
    check_has_microphone(place=place)
    if room.mics_locked and place.role not in HOST_ROLES:
        raise MicsLocked


def check_may_mute(*, by: Participant, place: Participant) -> None:
    """Hosts and co-hosts mute speakers; nobody mutes the host but the host."""
    check_moderates(place=by)
    if not is_on_stage(place):
        raise NotOnStage(_("This person is not on stage."))
    if place.role == Role.HOST and by.pk != place.pk:
        raise HostStays(_("The host's microphone can be muted by the host alone."))


def check_may_demote(*, by: Participant, place: Participant) -> None:
    """Hosts and co-hosts send speakers back to the audience; only the host sends a co-host, nobody the creator."""
    check_moderates(place=by)
    if place.person_id == place.room.creator_id:
        raise HostStays
    _check_outranks(by=by, place=place)


def check_may_remove(*, by: Participant, person: User, place: Participant | None, room: Room) -> None:
    """Hosts put people out, but not the room's creator, nor its host; a co-host only by the host, oneself never."""
    check_moderates(place=by)
    if person.pk in (room.creator_id, by.person_id):
        raise HostStays(_("Nobody can remove the person who opened this room, or themselves."))
    if place is not None:
        _check_outranks(by=by, place=place)


def check_may_name_cohost(*, place: Participant) -> None:
    """A speaker may become co-host, as long as the room has not as many as it may have.

    The caller holds the room's row, so two hosts cannot both name the last one.
    """
    if place.role != Role.SPEAKER or not is_on_stage(place):
        raise NotASpeaker
    cohosts = Participant.objects.present().filter(room_id=place.room_id, role=Role.CO_HOST)
    if cohosts.count() >= settings.CO_HOST_LIMIT:
        raise TooManyCohosts(limit=settings.CO_HOST_LIMIT)


def check_has_room_for_pin(*, room: Room) -> None:
    """The caller holds the room's row, so two hosts cannot both pin the last one."""
    if Pin.objects.standing().filter(room=room).count() >= settings.PIN_LIMIT:
        raise PinsFull(limit=settings.PIN_LIMIT)


def check_may_take_role(*, by: Participant, place: Participant) -> None:
    """A co-host gives the role back; only the host takes it from them."""
    if by.pk == place.pk:
        return
    check_moderates(place=by)
    _check_outranks(by=by, place=place)


def check_may_hand_over(*, by: Participant, place: Participant) -> None:
    """The host, and nobody else, gives the room to somebody on stage."""
    if by.role != Role.HOST:
        raise NotAHost(_("Only the host may hand the room over."))
    if not is_on_stage(place):
        raise NotASpeaker


def _check_outranks(*, by: Participant, place: Participant) -> None:
    if place.role == Role.HOST:
        raise HostStays
    if place.role == Role.CO_HOST and by.role != Role.HOST:
        raise NotAHost(_("Only the host may do that to a co-host."))


def check_may_step_down(*, place: Participant) -> None:
    """Everybody may but the host."""
    if place.role == Role.HOST:
        raise HostStays


def check_may_end(*, person: User, place: Participant | None, room: Room) -> None:
    """The room's hosts, its creator even from outside, and staff."""
    if person.pk == room.creator_id or accounts_queries.acts_as_staff(person):
        return
    if place is None or place.role not in HOST_ROLES:
        raise NotAHost


def check_may_change(*, person: User, place: Participant | None, room: Room) -> None:
    """Words and settings: the room's creator, and while it is live its hosts; `place` None for who is not in."""
    if place is None or place.role not in HOST_ROLES:
        check_owns(person=person, room=room)


def check_owns(*, person: User, room: Room) -> None:
    """Only the creator starts and cancels a room."""
    if person.pk != room.creator_id:
        raise NotAHost


def check_is_no_guest(*, person: User) -> None:
    """Guests listen, and no more."""
    if person.is_guest:
        raise GuestsOnlyListen


def is_followed_by_creator(*, room: Room, person_id: UUID) -> bool:
    """Whether whoever opened the room follows this person."""
    return accounts_queries.is_following(follower_id=room.creator_id, followee_id=person_id)


def offer_ends(offered_at: datetime) -> datetime:
    """When an offer made at `offered_at` runs out."""
    return offered_at + timedelta(seconds=OFFER_SECONDS)
