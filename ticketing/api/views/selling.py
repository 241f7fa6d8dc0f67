"""Selling tickets."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import access
from rooms.api import docs
from rooms.api.answers import person
from spaces_site.boundary import rest_input
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import ApiView, SignedInView
from ticketing.api import examples, serializers
from ticketing.money import CURRENCIES, Money
from ticketing.services import reading, sales, sellers

_AMOUNT = OpenApiParameter(
    "amount",
    {"type": "integer", "minimum": 0, "maximum": 10_000_000},
    required=True,
    description="The price in the currency's smallest unit.",
)
_CURRENCY = OpenApiParameter("currency", str, enum=sorted(CURRENCIES), required=True)


class _Asked(fields.Serializer[Any]):
    amount = fields.IntegerField(min_value=0, max_value=10_000_000)
    currency = fields.ChoiceField(choices=sorted(CURRENCIES))


class FeeCard(ApiView):
    """What becomes of a price."""

    @extend_schema(
        operation_id="previewFees",
        tags=["tickets"],
        parameters=[_AMOUNT, _CURRENCY],
        responses=serializers.FeeCardAnswer,
        examples=[examples.FEE_CARD],
    )
    def get(self, request: Request) -> Response:
        """The fee card of one ticket, before anything is published: for anybody."""
        asked = _Asked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        told = reading.card_preview(now=timezone.now(), **asked.validated_data)
        return Response({"data": asdict(told)})


class Sale(SignedInView):
    """The tickets of your own room."""

    @extend_schema(
        operation_id="getSale", tags=["tickets"], responses=serializers.OwnSaleAnswer, examples=[examples.OWN_SALE]
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Creator: what is sold, and what it brings."""
        told = reading.own_sale(actor=person(request), room_id=room_id, now=timezone.now())
        return Response({"data": asdict(told)})

    @extend_schema(
        operation_id="publishSale",
        tags=["tickets"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.OfferSerializer,
        responses={201: serializers.OwnSaleAnswer},
        examples=[examples.OFFER, examples.OWN_SALE],
    )
    @idempotent
    def post(self, request: Request, room_id: UUID) -> Response:
        """Creator: put the tickets of a scheduled room on sale. Price, currency and fees never change afterwards."""
        told, now = rest_input.body(request, serializers.OfferSerializer), timezone.now()
        price = Money(told.pop("price_minor"), told.pop("currency"))
        sales.publish(actor=person(request), room_id=room_id, offer=sales.Offer(price=price, **told), now=now)
        own = reading.own_sale(actor=person(request), room_id=room_id, now=now)
        return Response({"data": asdict(own)}, status=201)


class SaleCapacity(SignedInView):
    """How many there are."""

    @extend_schema(
        operation_id="setTicketCapacity",
        tags=["tickets"],
        request=serializers.CapacitySerializer,
        responses={200: serializers.OwnSaleAnswer},
        examples=[examples.CAPACITY, examples.OWN_SALE],
    )
    def put(self, request: Request, room_id: UUID) -> Response:
        """Creator: more tickets, or fewer, but not fewer than are sold and being paid for."""
        told, now = rest_input.body(request, serializers.CapacitySerializer), timezone.now()
        sales.change_capacity(actor=person(request), room_id=room_id, now=now, **told)
        return Response({"data": asdict(reading.own_sale(actor=person(request), room_id=room_id, now=now))})


class SaleOpen(SignedInView):
    """Whether they are sold."""

    @extend_schema(
        operation_id="openTicketSale",
        tags=["tickets"],
        request=serializers.SaleOpenSerializer,
        responses={200: serializers.OwnSaleAnswer},
        examples=[examples.CLOSED, examples.OWN_SALE],
    )
    def put(self, request: Request, room_id: UUID) -> Response:
        """Creator: stop selling, or go on. What is sold stays sold."""
        told, now = rest_input.body(request, serializers.SaleOpenSerializer), timezone.now()
        sales.set_open(actor=person(request), room_id=room_id, is_open=told["open"], now=now)
        return Response({"data": asdict(reading.own_sale(actor=person(request), room_id=room_id, now=now))})


class Selling(SignedInView):
    """Whether you may sell."""

    @extend_schema(
        operation_id="getSelling", tags=["tickets"], responses=serializers.SellingAnswer, examples=[examples.SELLING]
    )
    def get(self, request: Request) -> Response:
        """Whether you may sell tickets or ask to, and what became of your application."""
        told = sellers.standing(person=access.check_has_account(request.user), now=timezone.now())
        return Response({"data": asdict(told)})

    @extend_schema(
        operation_id="applyToSell",
        tags=["tickets"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=serializers.ApplicationSerializer,
        responses={201: serializers.SellingAnswer},
        examples=[examples.APPLICATION, examples.SELLING],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask to be let sell tickets; staff decide."""
        someone, now = access.check_has_account(request.user), timezone.now()
        told = rest_input.body(request, serializers.ApplicationSerializer)
        sellers.apply(actor=someone, now=now, **told)
        return Response({"data": asdict(sellers.standing(person=someone, now=now))}, status=201)
