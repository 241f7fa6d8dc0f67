"""Threat 6: with the ids of others one learns nothing private and changes nothing, at any operation of the API."""

import json
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Notification, NotificationKind, User
from accounts.services import devices, messages, posts
from accounts.services.notifications import Telling, tell
from accounts.services.wording import Draft
from moderation.models import Measure, Reason
from moderation.services import decisions, notices, reports
from rooms.models import InvitedTo, Participant, Room
from rooms.services import hands, invitations, lifecycle, pins, share_links
from tests.patience import busy
from tests.rooms.cast import NOW, Cast, come_in, full_cast, open_room, person
from tests.ticketing.cast import free_ticket

pytestmark = pytest.mark.django_db(transaction=True)

#: What anybody may do with an id of somebody else's: look at what is public, come in, follow, block, report.
OPEN_TO_ALL = {
    "getRoom", "joinRoom", "leaveRoom", "issueSocketTicket", "getPerson", "getPersonByHandle", "listFollowers",
    "listFollowing", "follow", "unfollow", "blockPerson", "unblockPerson", "reportFromRoom", "knock",
    "getPost", "listReplies", "replyToPost", "listLikers", "likePost", "unlikePost", "listPostsOfPerson",
    "listPins",
    # One's own conversation with that person, which is empty.
    "listMessages", "sendMessage", "markConversationRead", "acceptMessageRequest", "clearConversation",
    "remindMeNoMore",
    "getTickets", "buyTicket",
    # One's own address of the room.
    "getShareLink", "shareRoom",
}  # fmt: skip
#: What somebody inside may do with the room that they are in.
OPEN_INSIDE = OPEN_TO_ALL | {
    "listEvents", "listHands", "getRoster", "getSnapshot", "raiseHand", "lowerHand", "sendReaction", "declineOffer",
    "stepDown", "moveHere", "muteForMe", "unmuteForMe",
}  # fmt: skip
#: Tables whose rows tell what became of somebody's things; of B's own there are none in them before.
WATCHED = (
    "accounts.User", "accounts.DeviceToken", "rooms.Room", "rooms.Participant", "rooms.SpeakRequest", "rooms.Pin",
    "moderation.Decision", "moderation.Appeal", "accounts.Post", "accounts.Message", "accounts.ConversationSide",
    "accounts.Notification", "accounts.PushDevice", "rooms.Reminder",
    "rooms.RoomPass", "ticketing.Order", "ticketing.TicketSale", "rooms.ShareLink",
)  # fmt: skip

#: Whose a row is where it is not the person's it is about.
OWNERS = {
    "accounts.Post": ("author",), "accounts.Message": ("sender",), "accounts.ConversationSide": ("person", "other"),
    "rooms.RoomPass": ("person",), "rooms.Pin": ("pinned_by",), "ticketing.Order": ("buyer",),
    "rooms.ShareLink": ("sharer",),
    # What B says, others are told of.
    "accounts.Notification": ("by",),
}  # fmt: skip


class Others:
    """A hosts a room with a queue, invitations and an app; B comes with all of its ids."""

    def __init__(self) -> None:
        self.cast: Cast = full_cast()
        self.asker, self.invited = person("asker"), person("invited")
        come_in(self.asker, self.cast.room)
        room_id = self.cast.room.pk
        self.hand = hands.raise_hand(actor=self.asker, room_id=room_id, now=NOW)
        self.invitation = invitations.invite(
            actor=self.cast.host, room_id=room_id, person_id=self.invited.pk, kind=InvitedTo.SPEAK, now=NOW
        )
        draft = Draft("The sea remembers")
        self.post = posts.publish(actor=self.cast.speaker, draft=draft, now=NOW)
        told = {"person_id": self.cast.speaker.pk, "draft": draft, "now": NOW}
        self.message = messages.send(actor=self.cast.host, **told)
        share_links.make(actor=self.cast.host, room_id=room_id)
        token, _secret = devices.issue_token(person=self.cast.host, name="phone", now=timezone.now())
        about = reports.Words("SPAM", person_id=self.asker.pk)
        self.report = reports.send_report(sender=reports.Sender(self.cast.host), words=about, now=NOW)
        verdict = decisions.Verdict(Measure.WARN, Reason.HARASSMENT)
        staff = person("watch", is_staff=True)
        self.decision = decisions.decide_about(actor=staff, person=self.cast.host, verdict=verdict, now=NOW)
        telling = Telling(
            self.cast.host, NotificationKind.REMINDER, "room_live", "/", {"title": "Mine", "host": "host"}
        )
        tell(tellings=[telling], now=NOW)
        self.told = Notification.objects.get(kind=NotificationKind.REMINDER)
        self.ids = {
            "room_id": str(room_id),
            "participant_id": str(self.cast.speaker_place.pk),
            "person_id": str(self.cast.speaker.pk),
            "hand_id": str(self.hand),
            "invitation_id": str(self.invitation),
            "device_id": f"device:{token.pk}",
            "handle": "host",
            "notification_id": str(self.told.pk),
            "order_id": str(free_ticket(self.cast).pk),
            "report_id": str(self.report.pk),
            "decision_id": str(self.decision.pk),
            "post_id": str(self.post),
            "pin_id": str(pins.pin(actor=self.cast.host, room_id=room_id, post_id=self.post, now=NOW)),
            "message_id": str(self.message),
            # As long and as dotted as a true one.
            "token": notices.decision_token(decision_id=self.decision.pk).swapcase(),
        }
        self.bodies = {
            "participant": self.ids["participant_id"], "person": self.ids["person_id"], "title": "Taken over",
            "open": False, "locked": True, "muted": False, "kind": "speak", "key": "x" * 40, "emoji": "👏",
            "device": "thief-1", "for_good": True, "admit": True, "after": "0", "duration": "for_good",
            "category": "spam", "words": "No.", "text": "Mine now", "platform": "fcm", "token": "of-a-thief",
            "price_minor": 0, "currency": "eur", "capacity": 9, "place": 0,
        }  # fmt: skip

    def rows_of_a(self, but: User) -> dict[str, str]:
        """Everything that is not B's own, as text."""
        told: dict[str, str] = {}
        for label in WATCHED:
            rows = apps.get_model(label)._default_manager.all()
            rows = rows.exclude(pk=but.pk) if label == "accounts.User" else rows
            if label == "rooms.Participant":
                rows = rows.exclude(person=but)
            for owner in OWNERS.get(label, ()):
                rows = rows.exclude(**{owner: but})
            if label == "rooms.SpeakRequest":
                rows = rows.exclude(participant__person=but)
            for row in rows:
                fields = json.loads(serializers.serialize("json", [row]))[0]["fields"]
                # Numbers and times of events move when B comes in or follows; that is B's own doing.
                moving = {"seq", "updated_at", "follower_count", "host_lost_at", "stage_empty_at", "last_login"}
                moving |= {"like_count", "reply_count", "sold"}
                told[f"{label} {row.pk}"] = json.dumps({k: v for k, v in fields.items() if k not in moving})
        return told


def operations(client: Client) -> Iterator[tuple[str, str, str]]:
    """Id, method and path of every operation that names something by its id."""
    for path, item in client.get("/api/schema/?format=json").json()["paths"].items():
        for method, operation in item.items():
            if "{" in path:
                yield operation["operationId"], method, path


def call(app: APIClient, method: str, path: str, others: Others) -> Any:
    """One operation with everything that any of them takes."""
    if path.endswith("/whip/"):
        return app.post(path, "v=0", content_type="application/sdp")
    return getattr(app, method)(path, others.bodies, format="json", headers={"If-Match": "*"})


def thief_of(others: Others, who: str) -> User:
    """B: somebody outside, somebody in the audience, or a host of another room."""
    if who == "listener":
        return others.cast.listener
    thief = person("thief", follower_count=600)
    if who == "other host":
        open_room(thief, title="A room of my own")
    return thief


@pytest.mark.parametrize("who", ["stranger", "listener", "other host"])
def test_threat_06_asvs_8_2_2_no_operation_works_with_the_ids_of_others(
    client: Client, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.media_gateway.TAKE_SECONDS", 0.0)
    others = Others()
    thief = thief_of(others, who)
    app = APIClient()
    app.force_login(thief)
    allowed = OPEN_INSIDE if who == "listener" else OPEN_TO_ALL
    before, tried, opened = others.rows_of_a(thief), 0, []
    for name, method, path in operations(client):
        if name in ("blockPerson", "unblockPerson", "follow", "unfollow", "leaveRoom"):
            continue
        answer = call(app, method, path.format(**others.ids), others)
        tried += 1
        # 400 and 415 would mean that a wrong form hid the question.
        assert answer.status_code < 500, (name, answer.content)
        assert answer.status_code not in (400, 415), (name, answer.content)
        if answer.status_code < 300 and name not in allowed:
            opened.append((name, answer.status_code))
        if name == "joinRoom" and who != "listener":
            # What a join gives is B's own place; with it the rest is tried in the next run.
            Participant.objects.filter(person=thief, room=others.cast.room).delete()
    assert opened == []
    assert tried > 40
    assert others.rows_of_a(thief) == before


def test_threat_06_every_operation_is_open_or_watched(client: Client) -> None:
    named = {name for name, _method, _path in operations(client)}
    assert named >= OPEN_INSIDE


@pytest.mark.parametrize("kind", ["room", "hand", "device", "participant", "pin", "post", "message"])
def test_threat_06_what_is_not_yours_and_what_is_not_there_look_alike(kind: str) -> None:
    """The same words, in the same time: nobody can find out by asking what there is."""
    others = Others()
    mine = person("thief", follower_count=600)
    room = open_room(mine, title="A room of my own")
    app = APIClient()
    app.force_login(mine)
    nothing = "00000000-0000-4000-8000-000000000000"
    rooms = f"/api/v1/rooms/{room.pk}"
    paths = {
        "room": ("post", "/api/v1/rooms/{}/start/", str(scheduled(others).pk)),
        "hand": ("post", rooms + "/hands/{}/accept/", others.ids["hand_id"]),
        "device": ("delete", "/api/v1/devices/{}/", others.ids["device_id"]),
        "participant": ("post", rooms + "/speakers/{}/mute/", others.ids["participant_id"]),
        "pin": ("delete", rooms + "/pins/{}/", others.ids["pin_id"]),
        "post": ("delete", "/api/v1/posts/{}/", others.ids["post_id"]),
        "message": ("delete", f"/api/v1/messages/{others.ids['person_id']}/{{}}/", others.ids["message_id"]),
    }
    method, path, theirs = paths[kind]
    missing = f"device:{nothing}" if kind == "device" else nothing
    times: dict[str, list[float]] = {theirs: [], missing: []}
    for _ in range(25):
        for asked, took in times.items():
            began = time.perf_counter()
            answer = getattr(app, method)(path.format(asked))
            took.append(time.perf_counter() - began)
            if kind == "room":
                assert answer.status_code == (404 if asked == missing else 403)
            else:
                assert answer.status_code == 404
    if kind != "room":
        # A room is public: anybody may know that it is there.
        gap = abs(statistics.median(times[theirs]) - statistics.median(times[missing]))
        assert gap < busy(0.005)


def scheduled(others: Others) -> Room:
    return lifecycle.schedule_room(
        creator=others.cast.host, title="Tomorrow's sea", scheduled_start=timezone.now() + timedelta(days=1),
        now=timezone.now(),
    )  # fmt: skip


def test_threat_06_public_ids_have_122_random_bits() -> None:
    for label in ("accounts.User", "accounts.DeviceToken", "rooms.Room", "rooms.Participant", "rooms.SpeakRequest",
        "rooms.Pin", "accounts.Post", "accounts.Message", "accounts.Conversation",
    ):  # fmt: skip
        key: Any = apps.get_model(label)._meta.pk
        assert key.get_default().version == 4
