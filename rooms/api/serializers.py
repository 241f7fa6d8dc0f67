"""What the API takes and gives: shapes only, never saved."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api.said import WORDS_MOST, PostSerializer
from accounts.api.serializers import PersonSerializer
from accounts.queries.shared import TOKEN_PATTERN
from rooms.api.shapes import shape_of
from rooms.models import InvitedTo, Repeat, WhoMaySpeak
from rooms.models.room import ROOM_LANGUAGES
from rooms.protocol import EMOJI, Hand, InvitationCard, PersonCard, Snapshot
from rooms.queries.catalogue import RoomRecord
from rooms.queries.roster import Roster
from rooms.services.arrival import Arrival
from rooms.services.entry import DEVICE_PATTERN
from rooms.services.knocks import MOST_HOURS
from rooms.services.pins import LINK_MOST
from spaces_site.boundary.rest_fields import StrictBoolean, StrictId, StrictInteger, StrictPattern, StrictText

MAX_LIST = 100
#: What somebody is invited to, as the API names it.
INVITED_TO = [name.lower() for name in InvitedTo.values]


class _RoomFields(serializers.Serializer[Any]):
    description = StrictText(max_length=1000, required=False, allow_blank=True)
    lang = serializers.ChoiceField(choices=ROOM_LANGUAGES, required=False, source="language")
    topics = serializers.ListField(child=StrictText(max_length=30), max_length=5, required=False)
    who_may_speak = serializers.ChoiceField(choices=[name.lower() for name in WhoMaySpeak.values], required=False)
    guests_allowed = StrictBoolean(required=False)
    hidden_allowed = StrictBoolean(required=False)
    scheduled_start = serializers.DateTimeField(required=False)

    def validate_who_may_speak(self, value: str) -> str:
        """The services know it in capitals."""
        return value.upper()


class NewRoomSerializer(_RoomFields):
    """A room to open now, or with `scheduled_start` to announce for later; with `repeat` it comes again.

    `time_zone` (IANA) is where the clock hangs that a series goes by.
    """

    title = StrictText(min_length=5, max_length=80)
    repeat = serializers.ChoiceField(choices=[name.lower() for name in Repeat.values], required=False)
    time_zone = StrictText(max_length=64, required=False)

    def validate_repeat(self, value: str) -> str:
        """The services know it in capitals."""
        return value.upper()

    def validate(self, attrs: Any) -> Any:
        """Only a room of later comes again."""
        if "scheduled_start" not in attrs and attrs.keys() & {"repeat", "time_zone"}:
            raise serializers.ValidationError({"repeat": _("Only a room with a scheduled_start comes again.")})
        return attrs


class CancelSerializer(serializers.Serializer[Any]):
    """Whether the later rooms of its series are off as well."""

    end_series = StrictBoolean(default=False)


class RoomChangesSerializer(_RoomFields):
    """The settings to change; what is left out stays."""

    title = StrictText(min_length=5, max_length=80, required=False)
    stage_limit = StrictInteger(min_value=1, max_value=50, required=False)


class JoinSerializer(serializers.Serializer[Any]):
    """`device` is your own key of this tab or app, up to 64 letters, digits, - or _; without one your
    sign-in is one device.

    `share` is the token of the shared address (`?s=`) that brought you, so that it can be counted.
    """

    device = StrictPattern(DEVICE_PATTERN, required=False, default="")
    hidden = StrictBoolean(required=False, default=False)
    share = StrictPattern(TOKEN_PATTERN, required=False, default="", allow_blank=True)


class MoveSerializer(serializers.Serializer[Any]):
    """The device that takes the place over."""

    device = StrictPattern(DEVICE_PATTERN)


class OpenSerializer(serializers.Serializer[Any]):
    """Whether people may raise hands."""

    open = StrictBoolean()


class ParticipantSerializer(serializers.Serializer[Any]):
    """Who is meant: the id of a participant, or of a person in the room."""

    participant = StrictId()


class MuteEveryoneSerializer(serializers.Serializer[Any]):
    """Whether the microphones stay closed until unlocked."""

    lock = StrictBoolean(default=False)


class LockedSerializer(serializers.Serializer[Any]):
    """Whether speakers' microphones are kept closed."""

    locked = StrictBoolean()


class EntrySerializer(serializers.Serializer[Any]):
    """Who may come in from now on; 0 hours is any age."""

    age_hours = StrictInteger(min_value=0, max_value=MOST_HOURS, default=0)
    followers = StrictBoolean(default=False)
    approval = StrictBoolean(default=False)


class AdmitSerializer(serializers.Serializer[Any]):
    """Whether somebody at the door is let in."""

    admit = StrictBoolean()


class RemovalSerializer(serializers.Serializer[Any]):
    """Whom to put out: the id of a participant, or of a person who is or was in the room."""

    participant = StrictId()
    for_good = StrictBoolean(default=True)


class _Kind(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=INVITED_TO)

    def validate_kind(self, value: str) -> str:
        """The services know it in capitals."""
        return value.upper()


class KindSerializer(_Kind):
    """What somebody is invited to: listen, or speak."""


class InviteSerializer(_Kind):
    """Whom to ask, and to what."""

    person = StrictId()


class GuestListSerializer(serializers.Serializer[Any]):
    """Whom to let in without a ticket."""

    person = StrictId()


class KeySerializer(serializers.Serializer[Any]):
    """What an invitation link ends with."""

    key = StrictText(max_length=64)


class LinkSerializer(serializers.Serializer[Any]):
    """A new invitation link."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    url = serializers.CharField()


class MicrophoneSerializer(serializers.Serializer[Any]):
    """Your own microphone."""

    muted = StrictBoolean()


class ReactionSerializer(serializers.Serializer[Any]):
    """One of the six emoji."""

    emoji = serializers.ChoiceField(choices=EMOJI)


class IdSerializer(serializers.Serializer[Any]):
    """The id of what was made."""

    id = serializers.UUIDField()


class GrantSerializer(serializers.Serializer[Any]):
    """A media grant: Bearer of a WHIP request, for 60 s."""

    grant = serializers.CharField()
    expires_in = serializers.IntegerField()


class TicketSerializer(serializers.Serializer[Any]):
    """A single-use ticket for one websocket, for 30 s."""

    ticket = serializers.CharField()
    socket_url = serializers.CharField()
    expires_in = serializers.IntegerField()


class HostingSerializer(serializers.Serializer[Any]):
    """Whether you may host, and why not."""

    may_host = serializers.BooleanField()
    needed = serializers.IntegerField()
    have = serializers.IntegerField()
    code = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)


class StateSerializer(serializers.Serializer[Any]):
    """What became of asking to come in: waiting, admitted or refused."""

    state = serializers.ChoiceField(["waiting", "admitted", "refused"])


class FrameSerializer(serializers.Serializer[Any]):
    """An event as the websocket sends it."""

    type = serializers.CharField()
    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


class OnwardsMetaSerializer(serializers.Serializer[Any]):
    """How many are in this answer, and the token of the page behind it."""

    result_count = serializers.IntegerField()
    next_token = serializers.CharField(required=False)


class MetaSerializer(OnwardsMetaSerializer):
    """How many are in this answer, and the tokens of the pages round it."""

    previous_token = serializers.CharField(required=False)


class EventsSerializer(serializers.Serializer[Any]):
    """What happened after the number you named; null when you need a new snapshot."""

    data = FrameSerializer(many=True, allow_null=True)  # type: ignore[assignment]
    meta = MetaSerializer()


RoomShape = shape_of(RoomRecord, "Room", sparse=True)
PersonShape = shape_of(PersonCard, "RoomPerson", sparse=True)
SnapshotShape = shape_of(Snapshot)
HandShape = shape_of(Hand)
RosterShape = shape_of(Roster)
ArrivalShape = shape_of(Arrival)


class IncludesSerializer(serializers.Serializer[Any]):
    """The people whom `expansions` asked for."""

    users = PersonShape(many=True)


class RoomAnswerSerializer(serializers.Serializer[Any]):
    """One room."""

    data = RoomShape()  # type: ignore[assignment]
    includes = IncludesSerializer(required=False)


class RoomListSerializer(serializers.Serializer[Any]):
    """A page of rooms."""

    data = RoomShape(many=True)  # type: ignore[assignment]
    includes = IncludesSerializer(required=False)
    meta = MetaSerializer()


class FoundMetaSerializer(OnwardsMetaSerializer):
    """About what was found. `topics`: up to five that fit, the commonest among these rooms first."""

    topics = serializers.ListField(child=serializers.CharField())


class RoomsFoundSerializer(serializers.Serializer[Any]):
    """A page of rooms that were found."""

    data = RoomShape(many=True)  # type: ignore[assignment]
    includes = IncludesSerializer(required=False)
    meta = FoundMetaSerializer()


def wrapped(name: str, shape: Any) -> type[serializers.Serializer[Any]]:
    """`{"data": …}` round a shape."""
    return type(f"{name}AnswerSerializer", (serializers.Serializer,), {"data": shape, "__doc__": shape.__doc__})


def wrapped_list(name: str, shape: Any) -> type[serializers.Serializer[Any]]:
    """`{"data": […], "meta": …}` round a list of shapes."""
    fields = {"data": shape, "meta": MetaSerializer(), "__doc__": shape.child.__doc__}
    return type(f"{name}AnswerSerializer", (serializers.Serializer,), fields)


class NewPinSerializer(serializers.Serializer[Any]):
    """What to pin, one of three: the id of a post, its address on this site, or the words of a new post of yours.

    It comes first, or at `place`.
    """

    post = StrictId(required=False, source="post_id")
    link = StrictText(max_length=LINK_MOST, required=False)
    text = StrictText(max_length=WORDS_MOST, required=False)
    place = StrictInteger(min_value=0, max_value=100, required=False)


class PinPlaceSerializer(serializers.Serializer[Any]):
    """Where it stands from now on; 0 is the first, and beyond the last is the last."""

    place = StrictInteger(min_value=0, max_value=100)


class PinSerializer(serializers.Serializer[Any]):
    """A pinned post. `at_ms` is the moment on the room's clock: milliseconds since it began."""

    id = serializers.UUIDField()
    pinned_at = serializers.DateTimeField()
    at_ms = serializers.IntegerField()
    post = PostSerializer()


class AfterSerializer(serializers.Serializer[Any]):
    """What an ended room leaves behind."""

    users = PersonSerializer(many=True)
    rooms = RoomShape(many=True)
    pins = PinSerializer(many=True)


PinsAnswer = wrapped_list("Pins", PinSerializer(many=True))
AfterAnswer = wrapped("AfterRoom", AfterSerializer())
GuestAnswer = wrapped("RoomGuest", PersonShape())
PeopleAnswer = wrapped_list("RoomPeople", PersonShape(many=True))
InvitationsAnswer = wrapped_list("Invitations", shape_of(InvitationCard)(many=True))
LinkAnswer = wrapped("Link", LinkSerializer())
HandsAnswer = wrapped_list("Hands", HandShape(many=True))
RosterAnswer = wrapped("Roster", RosterShape())
SnapshotAnswer = wrapped("Snapshot", SnapshotShape())
ArrivalAnswer = wrapped("Arrival", ArrivalShape())
StateAnswer = wrapped("State", StateSerializer())
IdAnswer = wrapped("Id", IdSerializer())
GrantAnswer = wrapped("Grant", GrantSerializer())
TicketAnswer = wrapped("Ticket", TicketSerializer())
HostingAnswer = wrapped("Hosting", HostingSerializer())


class CalendarSerializer(serializers.Serializer[Any]):
    """An address for a calendar program; keep it secret."""

    url = serializers.CharField()


class CalendarAnswer(serializers.Serializer[Any]):
    """Where your calendar is."""

    data = CalendarSerializer()  # type: ignore[assignment]


class ShareLinkSerializer(serializers.Serializer[Any]):
    """Your own address of a room.

    `url` leads to the room; with a `token` it counts in `came` how many came by it for the first time. Who they
    were is kept nowhere. `came_in_all` is the sum of everybody's addresses, for the hosts; null for others.
    """

    url = serializers.CharField()
    token = serializers.CharField(allow_blank=True)
    came = serializers.IntegerField()
    came_in_all = serializers.IntegerField(allow_null=True)


class ShareLinkAnswer(serializers.Serializer[Any]):
    """Where the room is, and how many came."""

    data = ShareLinkSerializer()  # type: ignore[assignment]
