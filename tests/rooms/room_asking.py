"""What the machine of `room_machine` asks and orders, with what it remembers itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine

from accounts.models import User
from rooms.models import Participant, Role, Room, RoomState
from rooms.queries import cards
from spaces_site.errors import DomainError
from tests.rooms.cast import NOW

HOSTING = (Role.HOST, Role.CO_HOST)


class Asking(RuleBasedStateMachine):
    """`people` and `room_id` are set by the test; each run is rolled back to them."""

    people: ClassVar[dict[str, User]]
    room_id: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now: datetime = NOW
        #: What the machine itself remembers: who may not come in, and who must be there.
        self.blocked: set[str] = set()
        self.removed: set[str] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @property
    def room(self) -> Room:
        return Room.objects.get(pk=self.room_id)

    def place(self, who: str) -> Participant | None:
        """Somebody's place, whether they are in or not."""
        rows = Participant.objects.select_related("room", "person")
        return rows.filter(room=self.room_id, person=self.people[who]).first()

    def is_in(self, who: str) -> bool:
        place = self.place(who)
        return place is not None and place.left_at is None

    def role(self, who: str) -> str:
        """Role of somebody who is in, or "" for who is not."""
        place = self.place(who)
        return place.role if place is not None and place.left_at is None else ""

    def can(self, who: str) -> list[str]:
        """The commands that the server says somebody could give now."""
        place = self.place(who)
        if place is None or place.left_at is not None or place.room.state != RoomState.LIVE:
            return []
        return cards.you(room=place.room, place=place).can

    def target(self, who: str) -> Any:
        place = self.place(who)
        return place.pk if place is not None else uuid4()

    def do(self, service: Callable[..., Any], who: str, **arguments: Any) -> bool:
        """Whether a service did it; a refusal is fine, anything else is not."""
        self.now += timedelta(seconds=1)
        try:
            service(actor=self.people[who], room_id=self.room_id, now=self.now, **arguments)
        except DomainError:
            return False
        return True

    def exactly_if(self, command: str, service: Callable[..., Any], who: str, **arguments: Any) -> bool:
        """The service obeys exactly when the server lists the command for this person."""
        listed = command in self.can(who)
        done = self.do(service, who, **arguments)
        assert done == listed, f"{command}: listed {listed}, done {done}"
        return done

    def if_listed(self, command: str, service: Callable[..., Any], who: str, **arguments: Any) -> bool:
        """What is listed is done; doing it once more may be no error."""
        listed = command in self.can(who)
        done = self.do(service, who, **arguments)
        assert done or not listed, f"{command} was listed and refused"
        return done

    def hosts_alone(self, who: str, was: str, done: bool) -> None:
        assert not done or was in HOSTING, f"{who} ({was or 'outside'}) acted as a host"
