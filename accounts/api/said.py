"""Posts, messages and the rooms that they share, as the API takes and tells them."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import PeopleMetaSerializer
from accounts.models import MESSAGE_MOST, POST_MOST, User
from accounts.queries.messages import Heading, MessageRecord, Talk
from accounts.queries.posts import PostRecord
from accounts.queries.shared import TOKEN_PATTERN, SharedRoom
from accounts.services.wording import Draft
from spaces_site.boundary.linked_text import Piece, PieceKind
from spaces_site.boundary.rest_fields import StrictId, StrictPattern, StrictText

Shape = serializers.Serializer[Any]

#: Before cleaning a text may be longer: lines that end with two characters, spaces that go.
_SLACK = 2
#: Characters of a post as a client sends it.
WORDS_MOST = POST_MOST * _SLACK


class _DraftSerializer(Shape):
    room = StrictId(required=False, allow_null=True)
    #: The token of your own address of the room, as `shareRoom` tells it.
    share = StrictPattern(TOKEN_PATTERN, required=False, allow_blank=True)

    @staticmethod
    def draft(told: dict[str, Any], *, host: str) -> Draft:
        """The checked body as the services take it."""
        return Draft(text=told.get("text", ""), room_id=told.get("room"), host=host, share=told.get("share", ""))


class NewPostSerializer(_DraftSerializer):
    """Words of up to 500 characters (Unicode code points), the id of a room to share, or both.

    The first address of a room of this site in the words becomes the shared room.
    """

    text = StrictText(max_length=WORDS_MOST, required=False, allow_blank=True)


class NewMessageSerializer(_DraftSerializer):
    """Words of up to 1000 characters (Unicode code points), the id of a room to share, or both; as in posts."""

    text = StrictText(max_length=MESSAGE_MOST * _SLACK, required=False, allow_blank=True)


class EntitySerializer(Shape):
    """A part of the text that leads somewhere: characters `start` to `end`, counted in code points.

    `kind` link: `url` is an http or https address. `kind` mention: `user_id` is whom it names.
    """

    kind = serializers.ChoiceField(choices=["link", "mention"])
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    url = serializers.CharField(allow_blank=True)
    user_id = serializers.UUIDField(allow_null=True)


class PersonTagSerializer(Shape):
    """Somebody in short."""

    id = serializers.UUIDField()
    handle = serializers.CharField()
    name = serializers.CharField()
    avatar = serializers.CharField()
    verified = serializers.BooleanField()


class SharedRoomSerializer(Shape):
    """A room as a card shows it, as it is now. `state` is scheduled, live, ended or canceled.

    `share` is the token to name in `joinRoom` when this card brings you there.
    """

    id = serializers.UUIDField()
    title = serializers.CharField()
    lang = serializers.CharField()
    state = serializers.CharField()
    host = PersonTagSerializer()
    listener_count = serializers.IntegerField()
    scheduled_start = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    is_official = serializers.BooleanField()
    share = serializers.CharField(allow_blank=True)


class PostViewerSerializer(Shape):
    """The asker and this post. `liked` is null for visitors and guests."""

    liked = serializers.BooleanField(allow_null=True)
    is_yours = serializers.BooleanField()


class PostSerializer(Shape):
    """A post, or a reply to one. `room` is null where none is shared, or where you may not know of it."""

    id = serializers.UUIDField()
    author = PersonTagSerializer()
    text = serializers.CharField(allow_blank=True)
    entities = EntitySerializer(many=True)
    room = SharedRoomSerializer(allow_null=True)
    reply_to_id = serializers.UUIDField(allow_null=True)
    like_count = serializers.IntegerField()
    reply_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    viewer = PostViewerSerializer()


class MessageSerializer(Shape):
    """One message."""

    id = serializers.UUIDField()
    sender_id = serializers.UUIDField()
    text = serializers.CharField(allow_blank=True)
    entities = EntitySerializer(many=True)
    room = SharedRoomSerializer(allow_null=True)
    sent_at = serializers.DateTimeField()


class ConversationSerializer(Shape):
    """A conversation in the list: with whom, the newest message, and how many are unread."""

    user = PersonTagSerializer()
    last_message = MessageSerializer(allow_null=True)
    last_message_at = serializers.DateTimeField()
    unread_count = serializers.IntegerField()


class ConversationsMetaSerializer(PeopleMetaSerializer):
    """About the list; the two counts are of all conversations, not of this page."""

    unread_conversations = serializers.IntegerField()
    waiting_requests = serializers.IntegerField()


class TalkMetaSerializer(PeopleMetaSerializer):
    """About the conversation. `box` is inbox, request, or empty before the first message.

    `refusal` is the code with which a message would be refused now; empty when one can write.
    """

    box = serializers.CharField(allow_blank=True)
    refusal = serializers.CharField(allow_blank=True)


class PostAnswer(Shape):
    """One post."""

    data = PostSerializer()  # type: ignore[assignment]


class PostsAnswer(Shape):
    """A page of posts."""

    data = PostSerializer(many=True)  # type: ignore[assignment]
    meta = PeopleMetaSerializer()


class MessageAnswer(Shape):
    """One message."""

    data = MessageSerializer()  # type: ignore[assignment]


class ConversationsAnswer(Shape):
    """A page of conversations."""

    data = ConversationSerializer(many=True)  # type: ignore[assignment]
    meta = ConversationsMetaSerializer()


class TalkAnswer(Shape):
    """A page of one conversation, the newest page first, each page oldest first."""

    data = MessageSerializer(many=True)  # type: ignore[assignment]
    meta = TalkMetaSerializer()


def post_record(told: PostRecord) -> dict[str, Any]:
    """One post as the asker sees it."""
    post = told.post
    return {
        "id": str(post.pk),
        "author": _tag(post.author),
        "text": post.text,
        "entities": _entities(told.pieces, {name: str(person_id) for name, person_id in told.names.items()}),
        "room": _room(told.room, post.share),
        "reply_to_id": str(post.reply_to_id) if post.reply_to_id else None,
        "like_count": post.like_count,
        "reply_count": post.reply_count,
        "created_at": post.created_at,
        "viewer": {"liked": told.liked, "is_yours": told.is_own},
    }


def message_record(told: MessageRecord) -> dict[str, Any]:
    """One message."""
    message = told.message
    return {
        "id": str(message.pk),
        "sender_id": str(message.sender_id),
        "text": message.text,
        "entities": _entities(told.pieces, {}),
        "room": _room(told.room, message.share),
        "sent_at": message.sent_at,
    }


def heading_record(heading: Heading) -> dict[str, Any]:
    """One conversation of the list."""
    return {
        "user": _tag(heading.other),
        "last_message": message_record(heading.last) if heading.last else None,
        "last_message_at": heading.last_at,
        "unread_count": heading.unread,
    }


def talk_meta(talk: Talk) -> dict[str, Any]:
    """About a conversation."""
    meta: dict[str, Any] = {
        "result_count": len(talk.messages),
        "box": talk.box.lower(),
        "refusal": talk.refusal.code if talk.refusal else "",
    }
    return meta | ({"next_token": talk.earlier_token} if talk.earlier_token else {})


def _tag(person: User) -> dict[str, Any]:
    return {
        "id": str(person.pk),
        "handle": person.handle,
        "name": person.display_name,
        "avatar": person.avatar_url,
        "verified": person.is_verified,
    }


def _room(card: SharedRoom | None, share: str) -> dict[str, Any] | None:
    if card is None:
        return None
    return {
        "id": str(card.id),
        "title": card.title,
        "lang": card.language,
        "state": card.state,
        "host": _tag(card.host),
        "listener_count": card.listeners,
        "scheduled_start": card.scheduled_start,
        "started_at": card.started_at,
        "is_official": card.is_official,
        "share": share,
    }


def _entities(pieces: tuple[Piece, ...], names: dict[str, str]) -> list[dict[str, Any]]:
    found, start = [], 0
    for piece in pieces:
        end = start + len(piece.text)
        if piece.kind is PieceKind.LINK:
            found.append({"kind": "link", "start": start, "end": end, "url": piece.target, "user_id": None})
        elif piece.target in names:
            found.append({"kind": "mention", "start": start, "end": end, "url": "", "user_id": names[piece.target]})
        start = end
    return found
