"""Direct messages. A conversation is named by the other person."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import examples_said as examples
from accounts.api import said
from accounts.api.records import found
from accounts.api.views.posts import page_of
from accounts.queries import messages as queries
from accounts.queries import profile_page_by_id
from accounts.services import messages
from accounts.services.access import Person, check_has_account
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import SignedInView

_PAGED = [rest_input.max_results_parameter(), rest_input.NEXT_TOKEN]
_BOX = OpenApiParameter("box", str, enum=["inbox", "requests"], description="Which of the two lists.")


class Conversations(SignedInView):
    """All your conversations."""

    @extend_schema(
        operation_id="listConversations",
        tags=["messages"],
        parameters=[_BOX, *_PAGED],
        responses=said.ConversationsAnswer,
        examples=[examples.CONVERSATIONS],
    )
    def get(self, request: Request) -> Response:
        """Those with the newest messages first; `box=requests` lists what strangers wrote and you did not answer."""
        person = check_has_account(request.user)
        box = rest_input.choice(request.query_params, "box", ("inbox", "requests"))
        page = queries.conversations(person=person, requests=box == "requests", page=page_of(request))
        meta: dict[str, Any] = {
            "result_count": len(page.headings),
            "unread_conversations": queries.unread_conversations(person=person),
            "waiting_requests": queries.waiting_requests(person=person),
        }
        if page.next_token is not None:
            meta["next_token"] = page.next_token
        return Response({"data": [said.heading_record(one) for one in page.headings], "meta": meta})


class Conversation(SignedInView):
    """What you and somebody wrote to one another."""

    @extend_schema(
        operation_id="listMessages",
        tags=["messages"],
        parameters=_PAGED,
        responses=said.TalkAnswer,
        examples=[examples.TALK],
    )
    def get(self, request: Request, person_id: UUID) -> Response:
        """The newest messages, oldest of them first; `next_token` leads to those before. Nothing is marked read."""
        person, other = _pair(request, person_id)
        talk = queries.talk_with(person=person, other=other, page=page_of(request), now=timezone.now())
        return Response({"data": [said.message_record(one) for one in talk.messages], "meta": said.talk_meta(talk)})

    @extend_schema(
        operation_id="sendMessage",
        tags=["messages"],
        parameters=[rest_input.IDEMPOTENCY_KEY],
        request=said.NewMessageSerializer,
        responses={201: said.MessageAnswer},
        examples=[examples.NEW_MESSAGE, examples.MESSAGE],
    )
    @idempotent
    def post(self, request: Request, person_id: UUID) -> Response:
        """Write to somebody. Who does not follow you gets it as a request, three at most until they answer.

        Errors: `cannot_write`, `unblock_first`, `limited`, `wait_for_answer`, `says_nothing`, `text_too_long`,
        `no_such_person`, `no_such_room`, `slow_down`.
        """
        told = rest_input.body(request, said.NewMessageSerializer)
        draft = said.NewMessageSerializer.draft(told, host=request.get_host())
        person = check_has_account(request.user)
        message_id = messages.send(actor=person, person_id=person_id, draft=draft, now=timezone.now())
        return Response({"data": said.message_record(queries.own_message(message_id=message_id, person=person))}, 201)

    @extend_schema(operation_id="clearConversation", tags=["messages"], request=None, responses={204: None})
    def delete(self, request: Request, person_id: UUID) -> Response:
        """Delete the conversation for yourself, or decline a request. The other one keeps theirs and is not told."""
        messages.clear(actor=request.user, person_id=person_id, now=timezone.now())
        return Response(status=204)


class Read(SignedInView):
    """What you have read."""

    @extend_schema(operation_id="markConversationRead", tags=["messages"], request=None, responses={204: None})
    def put(self, request: Request, person_id: UUID) -> Response:
        """Everything that this person wrote to you until now is read."""
        messages.mark_read(actor=request.user, person_id=person_id, until=timezone.now())
        return Response(status=204)


class Accepted(SignedInView):
    """Letting a request in."""

    @extend_schema(operation_id="acceptMessageRequest", tags=["messages"], request=None, responses={204: None})
    def put(self, request: Request, person_id: UUID) -> Response:
        """What this stranger wrote lies among your conversations from now on. Doing it twice changes nothing."""
        messages.accept(actor=request.user, person_id=person_id)
        return Response(status=204)


class Message(SignedInView):
    """One of your messages."""

    @extend_schema(operation_id="deleteMessage", tags=["messages"], request=None, responses={204: None})
    def delete(self, request: Request, person_id: UUID, message_id: UUID) -> Response:
        """Take your message back, from both of you."""
        messages.delete(actor=request.user, person_id=person_id, message_id=message_id)
        return Response(status=204)


def _pair(request: Request, person_id: UUID) -> tuple[Person, Person]:
    person = check_has_account(request.user)
    return person, found(profile_page_by_id(person_id=person_id, viewer=person)).person
