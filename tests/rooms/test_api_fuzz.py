"""Schemathesis over every operation, as a host, a listener and nobody: never a 5xx, always as the schema says.

Seeded, so that a failure comes again: `FUZZ_EXAMPLES` (20 in every run, 200 for a release) for each operation, each
sent by all three, within a savepoint that is rolled back: what one case does is not in the way of the next.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from accounts.models import Notification, NotificationKind
from accounts.services import devices, messages, posts
from accounts.services.notifications import Telling, tell
from accounts.services.wording import Draft
from moderation.services import decisions, notices, reports
from rooms.models import InvitedTo, Knock
from rooms.services import hands, invitations, lifecycle, pins
from tests.rooms.cast import NOW, Cast, come_in, person
from tests.ticketing.cast import free_ticket

pytestmark = pytest.mark.django_db

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "20"))

_django = get_wsgi_application()


def site(environ: dict[str, Any], start: Any) -> Any:
    """The site behind a server, which always knows who called."""
    return _django({"REMOTE_ADDR": "127.0.0.1", **environ}, start)


schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", site)
# The coverage phase sends hundreds of cases an operation: more than a minute has room for.
schema.config.phases.coverage.enabled = False
# Without a media node WHIP rightly says 503: tests/safety/test_threat_13 sends it damaged offers, with a node.
ASKED = schema.include(path_regex=r"^/api/v1/").exclude(operation_id="publishSound")
OPERATIONS = [found.ok() for found in ASKED.get_all_operations()]
#: What needs a secret, or somebody else's deed before, and so is refused to whatever is made up.
REFUSED = {
    "signIn", "closeSound", "useInvitationLink", "acceptInvitation", "declineInvitation", "acceptOffer",
    "signOutDevice", "startRoom", "cancelRoom", "setAvatar", "remindMe", "publishSale", "applyToSell", "buyTicket",
    "returnTicket", "getAfterRoom",
}  # fmt: skip


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """As Django's own test client does: a request's end must not close the connection of the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operation_id(operation: Any) -> str:
    return str(operation.definition.raw["operationId"])


class Stage:
    """The cast with everything that an id in a path may name."""

    def __init__(self, cast: Cast) -> None:
        asker, invited = person("asker"), person("invited")
        come_in(asker, cast.room)
        hand = hands.raise_hand(actor=asker, room_id=cast.room.pk, now=NOW)
        invitation = invitations.invite(
            actor=cast.host, room_id=cast.room.pk, person_id=invited.pk, kind=InvitedTo.LISTEN, now=NOW
        )
        Knock.objects.create(room=cast.room, person=cast.speaker, knocked_at=NOW)
        later = timezone.now() + timedelta(days=1)
        lifecycle.schedule_room(creator=cast.host, title="Tomorrow's sea", scheduled_start=later, now=timezone.now())
        draft = Draft("The sea remembers", cast.room.pk)
        written = messages.send(actor=cast.listener, person_id=cast.speaker.pk, draft=draft, now=NOW)
        self.ids = {
            "post_id": str(posts.publish(actor=cast.host, draft=draft, now=NOW)),
            "message_id": str(written),
            "room_id": str(cast.room.pk),
            "participant_id": str(cast.speaker_place.pk),
            "person_id": str(cast.speaker.pk),
            "hand_id": str(hand),
            "invitation_id": str(invitation),
            "handle": "speaker",
            "notification_id": self.told(cast),
            "device_id": "fuzz-installation",
            **self.moderated(cast),
            "pin_id": str(pins.pin(actor=cast.host, room_id=cast.room.pk, text="The sea remembers", now=NOW)),
            "order_id": str(free_ticket(cast, cast.listener).pk),
        }
        self.people = {
            name: {"participant": str(place.pk), "person": str(place.person_id), "room": str(cast.room.pk)}
            for name, place in (("speaker", cast.speaker_place), ("listener", cast.listener_place))
        }
        self.callers = {"host": self.bearer(cast.host), "listener": self.bearer(cast.listener), "nobody": {}}

    def told(self, cast: Cast) -> str:
        """Something that the listener was told."""
        telling = Telling(cast.listener, NotificationKind.REMINDER, "room_live", "/", {"title": "Mine", "host": "host"})
        tell(tellings=[telling], now=NOW)
        return str(Notification.objects.get(kind=NotificationKind.REMINDER).pk)

    def moderated(self, cast: Cast) -> dict[str, str]:
        """A report of the listener's, and a decision about them with the token of its mail."""
        words, now = reports.Words("SPAM", person_id=cast.speaker.pk), timezone.now()
        sent = reports.send_report(sender=reports.Sender(cast.listener), words=words, now=now)
        verdict = decisions.Verdict("LIMIT", "SPAM", days=1)
        warden = person("warden", is_staff=True)
        decided = decisions.decide_about(actor=warden, person=cast.listener, verdict=verdict, now=now)
        token = notices.decision_token(decision_id=decided.pk)
        return {"report_id": str(sent.pk), "decision_id": str(decided.pk), "token": token}

    def bearer(self, someone: Any) -> dict[str, str]:
        _token, secret = devices.issue_token(person=someone, name="fuzz", now=timezone.now())
        return {"Authorization": f"Bearer {secret}"}

    def aim(self, case: schemathesis.Case, whom: str) -> None:
        """Made-up ids all end at the same 404: what is really there is where something can break."""
        if ids := self.people.get(whom):
            case.path_parameters |= {name: self.ids[name] for name in case.path_parameters if name in self.ids}
            if isinstance(case.body, dict):
                case.body |= {name: ids[name] for name in ids if name in case.body}
            if "If-Match" in (case.headers or {}):
                case.headers["If-Match"] = "*"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("operation", OPERATIONS, ids=operation_id)
def test_no_answer_is_a_server_error(
    operation: Any, cast: Cast, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    stage, answered = Stage(cast), Counter()
    cases = st.one_of(*operation.get_strategies_from_examples(), operation.as_strategy(), operation.as_strategy())

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, whom=st.sampled_from(("speaker", "listener", "speaker", "nobody")))
    def send(case: schemathesis.Case, whom: str) -> None:
        stage.aim(case, whom)
        for headers in stage.callers.values():
            with transaction.atomic():
                with django_capture_on_commit_callbacks(execute=True):
                    response = case.call(headers=headers)
                transaction.set_rollback(True)
            case.validate_response(response, checks=CHECKS)
            answered[response.status_code // 100] += 1

    send()
    # Deep enough: something went all the way through, for somebody.
    assert answered[2] or operation_id(operation) in REFUSED, answered


#: Ends of the walk: whoever signs out, or ends the room, has nothing more to do.
ENDS = ["signOut", "signOutDevice", "signOutElsewhere", "endRoom", "leaveRoom"]


@pytest.mark.timeout(300)
def test_no_sequence_of_calls_ends_in_a_server_error(cast: Cast) -> None:
    """Random walks through the API, each call with what the calls before gave, by host and listener in turn."""
    stage, answered = Stage(cast), Counter()

    class Walk(ASKED.exclude(operation_id=ENDS).as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.steps, self.begin = 0, transaction.savepoint()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.begin)

        def before_call(self, case: schemathesis.Case) -> None:
            self.steps += 1
            stage.aim(case, ("speaker", "listener")[self.steps % 2])

        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return {"headers": stage.callers[("host", "host", "listener")[self.steps % 3]]}

        def validate_response(self, response: Any, case: schemathesis.Case, **_more: Any) -> None:
            case.validate_response(response, checks=CHECKS)
            answered[response.status_code // 100] += 1

    steps = settings(
        max_examples=EXAMPLES,
        stateful_step_count=15,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Walk, settings=steps)
    assert answered[2] > sum(answered.values()) // 5, answered


def test_the_whole_api_is_asked() -> None:
    assert len(OPERATIONS) > 70
    assert {operation_id(operation) for operation in OPERATIONS} >= REFUSED
