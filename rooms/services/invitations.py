"""Asking people in: to listen, or to speak without queueing. An invitation stays until it is answered."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import queries as people
from accounts.models import NotificationKind, Restriction, User
from accounts.services import notifications
from accounts.services.notifications import Telling
from rooms import admission, events, restrictions, stage_rules
from rooms.models import (
    Invitation,
    InvitationLink,
    InvitationState,
    InvitedTo,
    Participant,
    Removal,
    Role,
    Room,
    RoomState,
)
from rooms.protocol import InviteAnswered, InviteSent
from rooms.queries import cards
from rooms.services import pace, places, seats, telling
from spaces_site.errors import DomainError, Kind

#: Invitations that one room may have standing.
MOST = 1_000
#: People whom one link may bring.
LINK_USES = 500


class CannotInvite(DomainError):
    """Not this person: a guest, blocked, blocking, or removed; which of them is not told."""

    kind = Kind.CONFLICT
    code = "cannot_invite"
    text = _("This person cannot be invited to this room.")


class NoSuchInvitation(DomainError):
    """None by that id or link for this person, or not any more."""

    kind = Kind.NOT_FOUND
    code = "no_such_invitation"
    text = _("This invitation is not there any more. Ask the host for a new one.")


class UnknownKind(DomainError):
    """Neither to listen nor to speak."""

    kind = Kind.INVALID
    code = "unknown_invitation"
    text = _("One is invited to listen or to speak. Choose one of the two.")


class TooManyInvitations(DomainError):
    """As many as a room may have; `data.limit` says how many."""

    kind = Kind.CONFLICT
    code = "too_many_invitations"

    def __init__(self, *, limit: int) -> None:
        text = _("This room has %(limit)d invitations already. Withdraw some first.") % {"limit": limit}
        super().__init__(text, data={"limit": limit})


@dataclass(frozen=True, slots=True)
class Link:
    """A new link; its key is told once and never again."""

    id: UUID
    key: str


def invite(*, actor: User, room_id: UUID | str, person_id: UUID | str, kind: str, now: datetime) -> UUID:
    """A host asks somebody to `listen` or to `speak`; the invitation's id. Asking twice is asking once.

    Raises `UnknownKind`, `NotAHost`, `CannotInvite`, `TooManyInvitations`, `SlowDown`.
    """
    invited_to = _invited_to(kind)
    with transaction.atomic():
        room = _held_by_host(actor, room_id)
        person = User.objects.people().filter(pk=places.as_id(person_id)).first()
        if person is None or not _may_be_invited(person=person, actor=actor, room=room):
            raise CannotInvite
        if invited_to == InvitedTo.SPEAK:
            restrictions.check_others_may_give(person=person, part=Restriction.NO_MICROPHONE, now=now)
        return _invite(room, person, actor, invited_to, now).pk


def withdraw(*, actor: User, room_id: UUID | str, invitation_id: UUID | str, now: datetime) -> None:
    """A host takes an invitation back. One that was answered with no, or taken back, stays so."""
    with transaction.atomic():
        room = _held_by_host(actor, room_id)
        standing = Invitation.objects.standing().filter(room=room, pk=places.as_id(invitation_id))
        found = standing.select_related("person").first()
        if found is not None:
            _withdraw(room, found, now)


def accept(*, actor: User, room_id: UUID | str, invitation_id: UUID | str, now: datetime) -> None:
    """Say yes. Whoever is in the room and was asked to speak comes on stage, muted, while there is a seat."""
    with transaction.atomic():
        room, invitation = _own(actor, room_id, invitation_id)
        _accept(room, invitation, now)
        place = places.find_place(person=actor, room=room)
        if place is not None and invitation.kind == InvitedTo.SPEAK and not stage_rules.is_on_stage(place):
            restrictions.check_may_speak(person=place.person, now=now)
            stage_rules.check_stage_has_room(room=room)
            seats.to_stage(room=room, place=place, role=Role.SPEAKER, now=now)


def decline(*, actor: User, room_id: UUID | str, invitation_id: UUID | str, now: datetime) -> None:
    """Say no. The hosts learn it; they may ask again."""
    with transaction.atomic():
        room, invitation = _own(actor, room_id, invitation_id)
        _decline(room, invitation, now)


def make_link(*, actor: User, room_id: UUID | str, kind: str, now: datetime) -> Link:
    """An address that invites whoever opens it signed in, `LINK_USES` people at most. Raises as `invite` does."""
    invited_to = _invited_to(kind)
    with transaction.atomic():
        room = _held_by_host(actor, room_id)
        pace.check(pace.LINKS, actor.pk)
        key = secrets.token_urlsafe(16)
        link = InvitationLink.objects.create(
            room=room, by=actor, kind=invited_to, key_hash=_hash(key), uses_left=LINK_USES, made_at=now
        )
    return Link(link.pk, key)


def withdraw_links(*, actor: User, room_id: UUID | str, now: datetime) -> int:
    """No link of this room works any more; how many did. Who came by one stays."""
    with transaction.atomic():
        room = _held_by_host(actor, room_id)
        return InvitationLink.objects.filter(room=room, withdrawn_at=None).update(withdrawn_at=now)


def use_link(*, actor: User, room_id: UUID | str, key: str, now: datetime) -> UUID:
    """Become invited by a link; the invitation's id. Raises `NoSuchInvitation`, also for who may not come in."""
    stage_rules.check_is_no_guest(person=actor)
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        admission.check_may_know(person=actor, room=room)
        link = InvitationLink.objects.filter(room=room, key_hash=_hash(key), withdrawn_at=None).first()
        by = link.by if link else None
        if link is None or by is None or not _link_serves(room=room, by=by, person=actor):
            raise NoSuchInvitation
        standing = Invitation.objects.standing().filter(room=room, person=actor).first()
        if standing is None or (standing.kind != link.kind and link.kind == InvitedTo.SPEAK):
            _count_use(link, room=room, person=actor)
            standing = _invite(room, actor, by, InvitedTo(link.kind), now, asker=actor)
        return standing.pk


def take_seat(*, room: Room, place: Participant, now: datetime) -> bool:
    """Accept a standing invitation to speak on the way to the stage of a held room; False when there is none."""
    standing = Invitation.objects.standing().to_speak().filter(room=room, person_id=place.person_id)
    invitation = standing.select_related("person").first()
    if invitation is None:
        return False
    _accept(room, invitation, now)
    return True


def decline_seat(*, room: Room, place: Participant, now: datetime) -> None:
    """Say no to a standing invitation to speak, if there is one, in a held room."""
    standing = Invitation.objects.standing().to_speak().filter(room=room, person_id=place.person_id)
    for invitation in standing.select_related("person"):
        _decline(room, invitation, now)


def end_right_to_speak(*, room: Room, place: Participant, now: datetime) -> None:
    """A host moved somebody off the stage: an invitation must not lead them back there."""
    standing = Invitation.objects.standing().to_speak().filter(room=room, person_id=place.person_id)
    for invitation in standing.select_related("person"):
        _withdraw(room, invitation, now)


def _invited_to(kind: str) -> InvitedTo:
    try:
        return InvitedTo(kind.upper())
    except ValueError as error:
        raise UnknownKind(field="kind") from error


def _held_by_host(actor: User, room_id: UUID | str) -> Room:
    """The room, held, scheduled or live, for its hosts and its creator."""
    room = places.hold_room(room_id=room_id)
    admission.check_may_know(person=actor, room=room)
    if room.state != RoomState.SCHEDULED:
        admission.check_live(room=room)
    if actor.pk != room.creator_id:
        stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
    return room


def _may_be_invited(*, person: User, actor: User, room: Room) -> bool:
    if person.pk == room.creator_id:
        return False
    hosts = {room.creator_id, actor.pk}
    return not (
        people.blocked_ids_of(person_id=person.pk, among=hosts)
        or Removal.objects.standing().filter(room=room, person=person).exists()
    )


def _link_serves(*, room: Room, by: User, person: User) -> bool:
    """Not once its maker hosts no more, nor for somebody whose invitation a host took back."""
    hosts = Participant.objects.filter(room=room, role__in=stage_rules.HOST_ROLES)
    if by.pk != room.creator_id and not hosts.filter(person=by).exists():
        return False
    newest = Invitation.objects.filter(room=room, person=person).order_by("-invited_at", "-answered_at").first()
    if newest is not None and newest.state == InvitationState.WITHDRAWN:
        return False
    return _may_be_invited(person=person, actor=by, room=room)


def _count_use(link: InvitationLink, *, room: Room, person: User) -> None:
    """One person uses a link up once, however often they decline and come again."""
    if Invitation.objects.filter(room=room, person=person).exists():
        return
    if not InvitationLink.objects.filter(pk=link.pk, uses_left__gt=0).update(uses_left=F("uses_left") - 1):
        raise NoSuchInvitation


def _invite(
    room: Room, person: User, by: User, kind: InvitedTo, now: datetime, *, asker: User | None = None
) -> Invitation:
    """`asker` is whose pace counts: the host's, but for a link that of whoever uses it."""
    standing = Invitation.objects.standing().select_related("person").filter(room=room, person=person).first()
    if standing is not None and (standing.kind == kind or standing.kind == InvitedTo.SPEAK):
        return standing
    if standing is not None:
        standing.kind, standing.by, standing.invited_at, standing.state = kind, by, now, InvitationState.OPEN
        standing.save(update_fields=["kind", "by", "invited_at", "state"])
    else:
        if Invitation.objects.standing().filter(room=room).count() >= MOST:
            raise TooManyInvitations(limit=MOST)
        pace.check(pace.INVITATIONS, (asker or by).pk)
        standing = Invitation.objects.create(room=room, person=person, by=by, kind=kind, invited_at=now)
    event = InviteSent(invitation=cards.invitation_card(standing))
    events.tell_person_on_commit(room_id=room.pk, person_id=person.pk, event=event)
    _tell_place(room, standing)
    if asker is None:
        # By the host's deed; who came by a link knows.
        _notify(room, standing, by, now)
    return standing


def _notify(room: Room, invitation: Invitation, by: User, now: datetime) -> None:
    facts = {"title": room.title, "host": by.display_name or by.handle}
    telling = Telling(
        person=invitation.person, kind=NotificationKind.INVITATION, wording=f"invited_{invitation.kind.lower()}",
        path=reverse("invitations"), facts=facts, about=room.pk, by=by,
    )  # fmt: skip
    notifications.tell(tellings=[telling], now=now)


def _own(actor: User, room_id: UUID | str, invitation_id: UUID | str) -> tuple[Room, Invitation]:
    room = places.hold_room(room_id=room_id)
    admission.check_may_know(person=actor, room=room)
    mine = Invitation.objects.standing().select_related("person").filter(room=room, person=actor)
    found = mine.filter(pk=places.as_id(invitation_id)).first()
    if found is None:
        raise NoSuchInvitation
    return room, found


def _accept(room: Room, invitation: Invitation, now: datetime) -> None:
    if Invitation.objects.close(invitation.pk, InvitationState.ACCEPTED, answered_at=now):
        _tell_answered(room, invitation, InvitationState.ACCEPTED, now)


def _decline(room: Room, invitation: Invitation, now: datetime) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(state=InvitationState.DECLINED, answered_at=now)
    _tell_answered(room, invitation, InvitationState.DECLINED, now)


def _withdraw(room: Room, invitation: Invitation, now: datetime) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(state=InvitationState.WITHDRAWN, answered_at=now)
    _tell_answered(room, invitation, InvitationState.WITHDRAWN, now)


def _tell_answered(room: Room, invitation: Invitation, state: InvitationState, now: datetime) -> None:
    """The hosts, and the person on their other devices."""
    event = InviteAnswered(invitation=str(invitation.pk), person=str(invitation.person_id), state=state.lower())
    hosts = Participant.objects.present().filter(room=room, role__in=stage_rules.HOST_ROLES)
    for person_id in {*hosts.values_list("person_id", flat=True), invitation.person_id}:
        events.tell_person_on_commit(room_id=room.pk, person_id=person_id, event=event)
    _tell_place(room, invitation)


def _tell_place(room: Room, invitation: Invitation) -> None:
    place = places.find_place(person=invitation.person, room=room)
    if place is not None:
        telling.tell_place(room=room, place=place)


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()
