"""Hands, stage, microphones, reactions."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api import docs, examples, serializers
from rooms.api.answers import listed, person
from rooms.services import audio, catching_up, hands, quieting, reactions, stage
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import SignedInView


class OwnHand(SignedInView):
    """Your own hand."""

    @extend_schema(
        operation_id="raiseHand",
        tags=["stage"],
        request=None,
        responses=serializers.IdAnswer,
        examples=[examples.MADE],
    )
    def put(self, request: Request, room_id: UUID) -> Response:
        """Request to speak. An open hand stays where it is in the queue."""
        hand = hands.raise_hand(actor=person(request), room_id=room_id, now=timezone.now())
        return Response({"data": {"id": str(hand)}})

    @extend_schema(operation_id="lowerHand", tags=["stage"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID) -> Response:
        """Take your hand down."""
        hands.lower_hand(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)


class Hands(SignedInView):
    """The queue."""

    @extend_schema(
        operation_id="listHands", tags=["stage"], responses=serializers.HandsAnswer, examples=[examples.HANDS]
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Raised hands and standing offers, first come first."""
        told = catching_up.hands_inside(actor=person(request), room_id=room_id)
        return Response(listed(told))

    @extend_schema(operation_id="lowerAllHands", tags=["stage"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID) -> Response:
        """Host: empty the queue."""
        hands.lower_all(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)


class HandsOpen(SignedInView):
    """Whether people may raise hands."""

    @extend_schema(
        operation_id="openHands",
        tags=["stage"],
        request=serializers.OpenSerializer,
        responses={204: None},
        examples=[examples.OPEN],
    )
    def put(self, request: Request, room_id: UUID) -> Response:
        """Host: take requests to speak, or take none."""
        fields = rest_input.body(request, serializers.OpenSerializer)
        hands.set_open(actor=person(request), room_id=room_id, is_open=fields["open"], now=timezone.now())
        return Response(status=204)


class AcceptHand(SignedInView):
    """A host's yes."""

    @extend_schema(operation_id="acceptHand", tags=["stage"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID, hand_id: UUID) -> Response:
        """Host: offer the microphone to this hand; its owner has 60 seconds."""
        hands.offer(actor=person(request), room_id=room_id, hand_id=hand_id, now=timezone.now())
        return Response(status=204)


class RefuseHand(SignedInView):
    """A host's not now."""

    @extend_schema(operation_id="refuseHand", tags=["stage"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID, hand_id: UUID) -> Response:
        """Host: not now. An offer that stands is called back."""
        hands.refuse(actor=person(request), room_id=room_id, hand_id=hand_id, now=timezone.now())
        return Response(status=204)


class Offers(SignedInView):
    """Asking somebody on stage."""

    @extend_schema(
        operation_id="offerMicrophone",
        tags=["stage"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.ParticipantSerializer,
        responses={201: serializers.IdAnswer},
        examples=[examples.PARTICIPANT, examples.MADE],
    )
    @idempotent
    def post(self, request: Request, room_id: UUID) -> Response:
        """Host: offer the microphone to a listener, hand raised or not."""
        fields = rest_input.body(request, serializers.ParticipantSerializer)
        offer = stage.invite_to_speak(
            actor=person(request), room_id=room_id, participant_id=fields["participant"], now=timezone.now()
        )
        return Response({"data": {"id": str(offer)}}, status=201)


class TakeOffer(SignedInView):
    """Coming on stage."""

    @extend_schema(operation_id="acceptOffer", tags=["stage"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID) -> Response:
        """Come on stage, muted, when a host offered you the microphone."""
        stage.take_offer(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)


class DeclineOffer(SignedInView):
    """Staying in the audience."""

    @extend_schema(operation_id="declineOffer", tags=["stage"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID) -> Response:
        """Turn the microphone down."""
        stage.decline_offer(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)


class StepDown(SignedInView):
    """Leaving the stage oneself."""

    @extend_schema(operation_id="stepDown", tags=["stage"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID) -> Response:
        """Go back to the audience."""
        stage.step_down(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)


class Speaker(SignedInView):
    """Somebody on stage."""

    @extend_schema(operation_id="demoteSpeaker", tags=["stage"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """Host: move a speaker back to the audience."""
        stage.demote(actor=person(request), room_id=room_id, participant_id=participant_id, now=timezone.now())
        return Response(status=204)


class MuteSpeaker(SignedInView):
    """Somebody's microphone."""

    @extend_schema(operation_id="muteSpeaker", tags=["stage"], request=None, responses={204: None})
    def post(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """Host: close a speaker's microphone. Only its owner can open it again."""
        audio.mute_speaker(actor=person(request), room_id=room_id, participant_id=participant_id, now=timezone.now())
        return Response(status=204)


class Silenced(SignedInView):
    """Somebody's voice, for you alone."""

    @extend_schema(operation_id="muteForMe", tags=["stage"], request=None, responses={204: None})
    def put(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """Hear this room without this person, by a peer connection. Nobody else hears less."""
        quieting.mute_for_me(actor=person(request), room_id=room_id, participant_id=participant_id, now=timezone.now())
        return Response(status=204)

    @extend_schema(operation_id="unmuteForMe", tags=["stage"], request=None, responses={204: None})
    def delete(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """Hear this person again."""
        quieting.unmute_for_me(
            actor=person(request), room_id=room_id, participant_id=participant_id, now=timezone.now()
        )
        return Response(status=204)


class Microphone(SignedInView):
    """Your own microphone."""

    @extend_schema(
        operation_id="setMicrophone",
        tags=["stage"],
        request=serializers.MicrophoneSerializer,
        responses={204: None},
        examples=[examples.MICROPHONE],
    )
    def put(self, request: Request, room_id: UUID) -> Response:
        """Mute or unmute yourself."""
        muted = rest_input.body(request, serializers.MicrophoneSerializer)["muted"]
        service = audio.mute_self if muted else audio.unmute_self
        service(actor=person(request), room_id=room_id, now=timezone.now())
        return Response(status=204)


class Reactions(SignedInView):
    """Emoji."""

    @extend_schema(
        operation_id="sendReaction",
        tags=["stage"],
        request=serializers.ReactionSerializer,
        responses={204: None},
        examples=[examples.REACTION],
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """Send one of six emoji: 2 in 5 seconds and 10 in 2 minutes at most."""
        emoji = rest_input.body(request, serializers.ReactionSerializer)["emoji"]
        reactions.react(actor=person(request), room_id=room_id, emoji=emoji, now=timezone.now())
        return Response(status=204)
