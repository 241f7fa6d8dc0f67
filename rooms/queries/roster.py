"""Who is in a room: the audience's first names and counts, and a search over everybody."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import Block
from rooms.models import Invitation, Participant, PersonalMute, SpeakRequest
from rooms.models.participant import STAGE_ROLES
from rooms.protocol import ROSTER_FIRST, PersonCard, StagePerson
from rooms.queries import cards


@dataclass(frozen=True, slots=True)
class Audience:
    """Those who listen: how many (hidden ones included), how many hidden, and the first names."""

    listener_count: int
    hidden_count: int
    listeners: tuple[PersonCard, ...]


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener as the roster tells them: the participant is what a host's commands name."""

    participant: str
    person: PersonCard


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody who may be named, stage first; hidden listeners are only counted."""

    stage: tuple[StagePerson, ...]
    listeners: tuple[Listener, ...]
    listener_count: int
    hidden_count: int


@dataclass(frozen=True, slots=True)
class SpeakerWarning:
    """Somebody whom you blocked is on stage. `type` is blocked_speaker."""

    type: str
    person: PersonCard


def blocked_speaker(person: PersonCard) -> SpeakerWarning:
    """What is told to whoever blocked this person, before they listen."""
    return SpeakerWarning("blocked_speaker", person)


def blocked_by(viewer_id: UUID | None) -> Exists:
    """Of a participant: whether the viewer blocked them."""
    return Exists(Block.objects.filter(blocker_id=viewer_id, blocked_id=OuterRef("person_id")))


def audience(*, room_id: UUID | str) -> Audience:
    """Counts and the first 60 names of the listeners, in two queries."""
    told = roster(room_id=room_id, limit=ROSTER_FIRST, with_stage=False)
    people = tuple(one.person for one in told.listeners)
    return Audience(told.listener_count, told.hidden_count, people)


def roster(*, room_id: UUID | str, query: str = "", limit: int = ROSTER_FIRST, with_stage: bool = True) -> Roster:
    """Named people, oldest first, whose name or handle contains `query`; three queries."""
    listening = Participant.objects.listening().filter(room_id=room_id)
    counts = listening.aggregate(all=Count("pk"), hidden=Count("pk", filter=Q(is_hidden=True)))
    matches = Q()
    if wanted := query.strip().removeprefix("@")[:50]:
        matches = Q(person__display_name__icontains=wanted) | Q(person__handle__icontains=wanted)
    named = listening.filter(matches, is_hidden=False).select_related("person").only(*cards.card_fields("person"))
    named = named.order_by("joined_at", "pk")[:limit]
    stage = on_stage(room_id=room_id, matches=matches) if with_stage else ()
    listeners = tuple(Listener(str(place.pk), cards.person_card(place.person)) for place in named)
    return Roster(stage, listeners, counts["all"], counts["hidden"])


def may_connect() -> Q:
    """A condition on participants: who may have a peer connection.

    The stage, hands that are up, whoever is asked to speak, private mixes.
    """
    asked = Invitation.objects.standing().to_speak().filter(room=OuterRef("room_id"), person=OuterRef("person_id"))
    waiting = SpeakRequest.objects.open().filter(participant=OuterRef("pk"))
    private = PersonalMute.objects.filter(room_id=OuterRef("room_id"), listener_id=OuterRef("person_id"))
    return Q(role__in=STAGE_ROLES) | Q(Exists(waiting)) | Q(Exists(asked)) | Q(Exists(private))


def stage_seen_by(
    *, room_id: UUID | str, viewer_id: UUID | None
) -> tuple[tuple[StagePerson, ...], tuple[StagePerson, ...]]:
    """The stage, and those on it whom the viewer blocked; one query."""
    places = _stage(room_id, Q(), blocked=blocked_by(viewer_id))
    told = [(cards.stage_person(place), getattr(place, "blocked", False)) for place in places]
    return tuple(one for one, _ in told), tuple(one for one, blocked in told if blocked)


def on_stage(*, room_id: UUID | str, matches: Q | None = None) -> tuple[StagePerson, ...]:
    """The stage in the order in which people came: host, co-hosts, speakers."""
    return tuple(cards.stage_person(place) for place in _stage(room_id, matches or Q()))


def _stage(room_id: UUID | str, matches: Q, **facts: Exists) -> list[Participant]:
    places = Participant.objects.on_stage().filter(matches, room_id=room_id).select_related("person").annotate(**facts)
    rank = {"HOST": 0, "CO_HOST": 1, "SPEAKER": 2}
    return sorted(places, key=lambda place: (rank[place.role], place.stage_joined_at or place.joined_at))
