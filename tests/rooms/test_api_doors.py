"""Every operation of the API, asked by everybody: each door asks its rule, and nothing else decides."""

import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.services import follows, messages, posts
from accounts.services.wording import Draft
from rooms.models import Pin
from rooms.services import hands, invitations, pins
from tests.rooms.cast import NOW, Cast, come_in, person

pytestmark = pytest.mark.django_db(transaction=True)

WHO = ("nobody", "guest", "listener", "speaker", "host", "stranger", "suspended")

#: operation → (method, path, body, statuses for the seven of WHO).
DOORS: dict[str, tuple[str, str, Any, tuple[int, ...]]] = {
    "getRoom": ("get", "rooms/{room}/", None, (200,) * 7),
    "lookUpRooms": ("get", "rooms/?ids={room}", None, (200,) * 7),
    "listRoomsByCreators": ("get", "rooms/by/creator_ids/?user_ids={host}", None, (200,) * 7),
    "searchRooms": ("get", "rooms/search/?query=sea", None, (200,) * 7),
    "searchPeople": ("get", "users/search/?query=host", None, (200,) * 7),
    "listLiveRooms": ("get", "rooms/live/?following=true", None, (200,) * 7),
    "listUpcomingRooms": ("get", "rooms/upcoming/?free=true", None, (200,) * 7),
    "getHosting": ("get", "me/hosting/", None, (401, 200, 200, 200, 200, 200, 401)),
    "createRoom": ("post", "rooms/", {"title": "Another room"}, (401, 401, 403, 403, 201, 403, 401)),
    "changeRoom": ("patch", "rooms/{room}/", {"title": "New title"}, (401, 403, 403, 403, 200, 403, 401)),
    "startRoom": ("post", "rooms/{room}/start/", None, (401, 403, 403, 403, 204, 403, 401)),
    "endRoom": ("post", "rooms/{room}/end/", None, (401, 403, 403, 403, 204, 403, 401)),
    "cancelRoom": ("post", "rooms/{room}/cancel/", None, (401, 403, 403, 403, 409, 403, 401)),
    "joinRoom": ("post", "rooms/{room}/join/", {"device": "d"}, (401, 200, 200, 200, 200, 200, 401)),
    "moveHere": ("post", "rooms/{room}/move-here/", {"device": "d"}, (401, 200, 200, 200, 200, 409, 401)),
    "leaveRoom": ("post", "rooms/{room}/leave/", None, (401, 204, 204, 204, 204, 204, 401)),
    "issueSocketTicket": ("post", "rooms/{room}/ticket/", None, (401, 201, 201, 201, 201, 201, 401)),
    "issueOwnTicket": ("post", "me/ticket/", None, (401, 401, 201, 201, 201, 201, 401)),
    "getSnapshot": ("get", "rooms/{room}/snapshot/", None, (401, 200, 200, 200, 200, 409, 401)),
    "listEvents": ("get", "rooms/{room}/events/?after=0", None, (401, 200, 200, 200, 200, 409, 401)),
    "getRoster": ("get", "rooms/{room}/roster/", None, (401, 200, 200, 200, 200, 409, 401)),
    "raiseHand": ("put", "rooms/{room}/hand/", None, (401, 401, 200, 409, 409, 409, 401)),
    "lowerHand": ("delete", "rooms/{room}/hand/", None, (401, 204, 204, 204, 204, 409, 401)),
    "listHands": ("get", "rooms/{room}/hands/", None, (401, 200, 200, 200, 200, 409, 401)),
    "lowerAllHands": ("delete", "rooms/{room}/hands/", None, (401, 403, 403, 403, 204, 409, 401)),
    "openHands": ("put", "rooms/{room}/hands/open/", {"open": False}, (401, 403, 403, 403, 204, 409, 401)),
    "acceptHand": ("post", "rooms/{room}/hands/{hand}/accept/", None, (401, 403, 403, 403, 204, 409, 401)),
    "refuseHand": ("post", "rooms/{room}/hands/{hand}/refuse/", None, (401, 403, 403, 403, 204, 409, 401)),
    "offerMicrophone": (
        "post", "rooms/{room}/offers/", {"participant": "{listener}"}, (401, 403, 403, 403, 201, 409, 401),
    ),
    "listInvitations": ("get", "rooms/{room}/invitations/", None, (401, 403, 403, 403, 200, 409, 401)),
    "invite": (
        "post", "rooms/{room}/invitations/", {"person": "{stranger}", "kind": "speak"},
        (401, 403, 403, 403, 201, 409, 401),
    ),
    "withdrawInvitation": (
        "delete", "rooms/{room}/invitations/{invitation}/", None, (401, 403, 403, 403, 204, 409, 401),
    ),
    "acceptInvitation": (
        "post", "rooms/{room}/invitations/{invitation}/accept/", None, (401, 404, 204, 404, 404, 404, 401),
    ),
    "declineInvitation": (
        "post", "rooms/{room}/invitations/{invitation}/decline/", None, (401, 404, 204, 404, 404, 404, 401),
    ),
    "makeInvitationLink": (
        "post", "rooms/{room}/invitation-links/", {"kind": "listen"}, (401, 403, 403, 403, 201, 409, 401),
    ),
    "withdrawInvitationLinks": ("delete", "rooms/{room}/invitation-links/", None, (401, 403, 403, 403, 204, 409, 401)),
    "useInvitationLink": (
        "post", "rooms/{room}/invitation-links/use/", {"key": "{key}"}, (401, 401, 201, 201, 404, 201, 401),
    ),
    "acceptOffer": ("post", "rooms/{room}/offer/accept/", None, (401, 401, 409, 204, 204, 409, 401)),
    "declineOffer": ("post", "rooms/{room}/offer/decline/", None, (401, 204, 204, 204, 204, 409, 401)),
    "stepDown": ("post", "rooms/{room}/step-down/", None, (401, 204, 204, 204, 409, 409, 401)),
    "demoteSpeaker": ("delete", "rooms/{room}/speakers/{speaker}/", None, (401, 403, 403, 403, 204, 409, 401)),
    "muteSpeaker": ("post", "rooms/{room}/speakers/{speaker}/mute/", None, (401, 403, 403, 403, 204, 409, 401)),
    "muteForMe": ("put", "rooms/{room}/silenced/{host}/", None, (401, 401, 204, 204, 400, 409, 401)),
    "unmuteForMe": ("delete", "rooms/{room}/silenced/{host}/", None, (401, 204, 204, 204, 204, 409, 401)),
    "muteEveryone": ("post", "rooms/{room}/mute-everyone/", {"lock": True}, (401, 403, 403, 403, 204, 409, 401)),
    "lockMics": ("put", "rooms/{room}/mics-locked/", {"locked": False}, (401, 403, 403, 403, 204, 409, 401)),
    "nameCohost": (
        "post", "rooms/{room}/cohosts/", {"participant": "{speaker}"}, (401, 403, 403, 403, 204, 409, 401),
    ),
    "takeCohostRole": ("delete", "rooms/{room}/cohosts/{speaker}/", None, (401, 403, 403, 204, 204, 409, 401)),
    "handOver": ("put", "rooms/{room}/host/", {"participant": "{speaker}"}, (401, 403, 403, 403, 204, 409, 401)),
    "setEntry": ("put", "rooms/{room}/entry/", {"age_hours": 24}, (401, 403, 403, 403, 204, 409, 401)),
    "listKnocks": ("get", "rooms/{room}/knocks/", None, (401, 403, 403, 403, 200, 409, 401)),
    "knock": ("post", "rooms/{room}/knocks/", None, (401, 201, 201, 201, 201, 201, 401)),
    "answerKnock": (
        "put", "rooms/{room}/knocks/{stranger}/", {"admit": True}, (401, 403, 403, 403, 404, 409, 401),
    ),
    "listRemovals": ("get", "rooms/{room}/removals/", None, (401, 403, 403, 403, 200, 409, 401)),
    "removePerson": (
        "post", "rooms/{room}/removals/", {"participant": "{speaker}"}, (401, 403, 403, 403, 204, 409, 401),
    ),
    "readmitPerson": ("delete", "rooms/{room}/removals/{host}/", None, (401, 403, 403, 403, 204, 409, 401)),
    "setMicrophone": ("put", "rooms/{room}/microphone/", {"muted": False}, (401, 403, 403, 204, 204, 409, 401)),
    "sendReaction": ("post", "rooms/{room}/reactions/", {"emoji": "👏"}, (401, 401, 204, 204, 204, 409, 401)),
    "listPins": ("get", "rooms/{room}/pins/", None, (200,) * 7),
    "pinPost": ("post", "rooms/{room}/pins/", {"post": "{post}"}, (401, 403, 403, 403, 201, 409, 401)),
    "movePin": ("patch", "rooms/{room}/pins/{pin}/", {"place": 0}, (401, 403, 403, 403, 204, 409, 401)),
    "unpinPost": ("delete", "rooms/{room}/pins/{pin}/", None, (401, 403, 403, 403, 204, 409, 401)),
    "getAfterRoom": ("get", "rooms/{room}/after/", None, (409,) * 7),
    "reportFromRoom": ("post", "rooms/{room}/reports/", {"category": "spam"}, (401, 201, 201, 201, 201, 201, 401)),
    "listFeed": ("get", "posts/", None, (401, 401, 200, 200, 200, 200, 401)),
    "publishPost": ("post", "posts/", {"text": "Hello"}, (401, 401, 201, 201, 201, 201, 401)),
    "searchPosts": ("get", "posts/search/?query=sea", None, (401, 401, 200, 200, 200, 200, 401)),
    "getPost": ("get", "posts/{post}/", None, (200,) * 7),
    "deletePost": ("delete", "posts/{post}/", None, (401, 401, 404, 404, 204, 404, 401)),
    "listReplies": ("get", "posts/{post}/replies/", None, (200,) * 7),
    "replyToPost": ("post", "posts/{post}/replies/", {"text": "So it is"}, (401, 401, 201, 201, 201, 201, 401)),
    "listLikers": ("get", "posts/{post}/likes/", None, (200,) * 7),
    "likePost": ("put", "posts/{post}/likes/", None, (401, 401, 204, 204, 204, 204, 401)),
    "unlikePost": ("delete", "posts/{post}/likes/", None, (401, 401, 204, 204, 204, 204, 401)),
    "listPostsOfPerson": ("get", "users/{host}/posts/", None, (200,) * 7),
    "listConversations": ("get", "messages/", None, (401, 401, 200, 200, 200, 200, 401)),
    "listMessages": ("get", "messages/{host}/", None, (401, 401, 200, 200, 200, 200, 401)),
    "sendMessage": ("post", "messages/{host}/", {"text": "Hello"}, (401, 401, 201, 201, 400, 201, 401)),
    "clearConversation": ("delete", "messages/{host}/", None, (401, 401, 204, 404, 404, 404, 401)),
    "markConversationRead": ("put", "messages/{host}/read/", None, (401, 401, 204, 204, 204, 204, 401)),
    "acceptMessageRequest": ("put", "messages/{host}/accepted/", None, (401, 401, 204, 204, 204, 204, 401)),
    "deleteMessage": ("delete", "messages/{host}/{message}/", None, (401, 401, 204, 404, 404, 404, 401)),
    "remindMe": ("put", "rooms/{room}/reminder/", None, (401, 401, 409, 409, 409, 409, 401)),
    "remindMeNoMore": ("delete", "rooms/{room}/reminder/", None, (401, 401, 204, 204, 204, 204, 401)),
    "getShareLink": ("get", "rooms/{room}/share-link/", None, (401, 200, 200, 200, 200, 200, 401)),
    "shareRoom": ("put", "rooms/{room}/share-link/", None, (401, 401, 200, 200, 200, 200, 401)),
    "listGuestList": ("get", "rooms/{room}/guest-list/", None, (401, 403, 403, 403, 200, 403, 401)),
    "addToGuestList": (
        "post", "rooms/{room}/guest-list/", {"person": "{stranger}"}, (401, 403, 403, 403, 201, 403, 401),
    ),
    "takeOffGuestList": ("delete", "rooms/{room}/guest-list/{stranger}/", None, (401, 403, 403, 403, 204, 403, 401)),
    "getTickets": ("get", "rooms/{room}/tickets/", None, (404,) * 7),
    "buyTicket": ("post", "rooms/{room}/tickets/", None, (401, 401, 404, 404, 409, 404, 401)),
    "listBuyers": ("get", "rooms/{room}/buyers/", None, (401, 403, 403, 403, 404, 403, 401)),
    "getSale": ("get", "rooms/{room}/ticket-sale/", None, (401, 403, 403, 403, 404, 403, 401)),
    "publishSale": (
        "post", "rooms/{room}/ticket-sale/", {"price_minor": 900, "currency": "eur", "capacity": 5},
        (401, 403, 403, 403, 403, 403, 401),
    ),
    "setTicketCapacity": (
        "put", "rooms/{room}/ticket-sale/capacity/", {"capacity": 5}, (401, 403, 403, 403, 404, 403, 401),
    ),
    "openTicketSale": (
        "put", "rooms/{room}/ticket-sale/open/", {"open": False}, (401, 403, 403, 403, 404, 403, 401),
    ),
    "issueMediaGrant": ("post", "rooms/{room}/media-grant/", None, (401, 403, 403, 201, 201, 409, 401)),
}  # fmt: skip


def client_of(cast: Cast, who: str) -> APIClient:
    client = APIClient()
    if who == "suspended":
        client.force_login(person("suspended"))
        type(cast.host).objects.filter(handle="suspended").update(is_active=False)
    elif who != "nobody":
        client.force_login(getattr(cast, who))
    return client


@pytest.mark.parametrize("operation", sorted(DOORS))
def test_a_door_asks_its_rule(operation: str, transactional_cast: Cast) -> None:
    cast = transactional_cast
    method, path, body, expected = DOORS[operation]
    # Who acts for good comes last, so that one room serves all seven.
    order = sorted(range(len(WHO)), key=lambda index: expected[index] in (200, 201, 204))
    for index in order:
        fill = {"room": cast.room.pk, "host": cast.host.pk, "hand": hand_up(cast, operation)}
        fill |= {"stranger": cast.stranger.pk, **invited(cast, operation), **said(cast, operation)}
        fill |= {"speaker": cast.speaker_place.pk, "listener": cast.listener_place.pk}
        sent = (
            {name: str(value).format(**fill) if isinstance(value, str) else value for name, value in body.items()}
            if body
            else None
        )
        client = client_of(cast, WHO[index])
        answer = getattr(client, method)(
            f"/api/v1/{path.format(**fill)}", sent, format="json", headers={"If-Match": "*"}
        )
        assert answer.status_code == expected[index], (WHO[index], answer.content)
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert {"type", "title", "status", "code", "detail", "instance", "request_id", "errors"} <= set(
                answer.json()
            )


def invited(cast: Cast, operation: str) -> dict[str, Any]:
    """A standing invitation of the listener and a link's key, for the operations that name one."""
    if "nvit" not in operation:
        return {}
    told = {"actor": cast.host, "room_id": cast.room.pk, "kind": "LISTEN", "now": NOW}
    return {
        "invitation": invitations.invite(person_id=cast.listener.pk, **told),
        "key": invitations.make_link(**told).key if operation == "useInvitationLink" else "",
    }


def said(cast: Cast, operation: str) -> dict[str, Any]:
    """A post of the host's, and a message of the listener's to the host, for the operations that name one."""
    draft = Draft("The sea remembers")
    if operation in ("clearConversation", "deleteMessage"):
        follows.follow(actor=cast.host, person_id=cast.listener.pk, now=NOW)
        told = {"person_id": cast.host.pk, "draft": draft, "now": NOW}
        return {"message": messages.send(actor=cast.listener, **told)}
    named = {"{post}", "{pin}"} & set(re.findall(r"{\w+}", repr(DOORS[operation][1:3])))
    if not named:
        return {}
    post_id = posts.publish(actor=cast.host, draft=draft, now=NOW)
    if "{pin}" not in named:
        return {"post": post_id}
    hanging = Pin.objects.standing().filter(room=cast.room).first()
    told = {"actor": cast.host, "room_id": cast.room.pk, "now": NOW}
    return {"pin": hanging.pk if hanging else pins.pin(post_id=post_id, **told)}


def hand_up(cast: Cast, operation: str) -> Any:
    """A hand in the queue where the operation answers one: another person's, so that nobody answers their own."""
    if operation not in ("acceptHand", "refuseHand"):
        return None
    asker = type(cast.host).objects.filter(handle="asker").first() or person("asker")
    come_in(asker, cast.room)
    return hands.raise_hand(actor=asker, room_id=cast.room.pk, now=NOW)


def test_every_operation_is_in_the_table(client: Any) -> None:
    schema = client.get("/api/schema/?format=json").json()
    named = {
        operation["operationId"]
        for path, item in schema["paths"].items()
        for operation in item.values()
        if any(part in path for part in ("/rooms/", "/posts/", "/messages/"))
        or path.endswith(("/me/hosting/", "/me/ticket/", "/users/search/"))
    }
    assert named == set(DOORS) | {"publishSound", "closeSound"}
