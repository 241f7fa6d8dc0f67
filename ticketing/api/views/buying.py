"""Buying tickets, and one's orders."""

from dataclasses import asdict
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import access
from rooms.api import answers, docs
from spaces_site.boundary.idempotency import idempotent
from spaces_site.boundary.rest_view import ApiView, SignedInView
from ticketing.api import examples, serializers
from ticketing.services import checkout, orders, reading, refunds


class Tickets(ApiView):
    """The tickets of a room."""

    @extend_schema(
        operation_id="getTickets", tags=["tickets"], responses=serializers.SaleAnswer, examples=[examples.SALE]
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Price, and how many are left. 404 for a room that needs no ticket."""
        told = reading.public_sale(room_id=room_id, viewer=request.user, now=timezone.now())
        return Response({"data": asdict(told)})

    @extend_schema(
        operation_id="buyTicket",
        tags=["tickets"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=None,
        responses={201: serializers.CheckoutAnswer},
        examples=[examples.CHECKOUT],
    )
    @idempotent
    def post(self, request: Request, room_id: UUID) -> Response:
        """Hold a seat and make the payment page; pressed again, the same page. Free tickets are yours at once."""
        person = access.check_has_account(request.user)
        now, origin = timezone.now(), f"{request.scheme}://{request.get_host()}"
        started = checkout.start_checkout(actor=person, room_id=room_id, origin=origin, now=now)
        order = reading.own_order(person=person, order_id=started.order_id)
        return Response({"data": {"order": asdict(order), "checkout_url": started.url}}, status=201)


class Orders(SignedInView):
    """What you bought."""

    @extend_schema(
        operation_id="listOrders",
        tags=["tickets"],
        parameters=docs.ONWARDS,
        responses=serializers.OrdersAnswer,
        examples=[examples.ORDERS],
    )
    def get(self, request: Request) -> Response:
        """Your orders, newest first."""
        person, asked = access.check_has_account(request.user), answers.page(request.query_params)
        return Response(answers.listed(*reading.own_orders(person=person, page=asked)))


class Order(SignedInView):
    """One of them."""

    @extend_schema(
        operation_id="getOrder", tags=["tickets"], responses=serializers.OrderAnswer, examples=[examples.ORDER]
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """Your order. While it is unpaid the payment service is asked, so that it is true within a second."""
        person = access.check_has_account(request.user)
        orders.look_again(person=person, order_id=order_id, now=timezone.now())
        return Response({"data": asdict(reading.own_order(person=person, order_id=order_id))})

    @extend_schema(operation_id="giveSeatUp", tags=["tickets"], request=None, responses={204: None})
    def delete(self, request: Request, order_id: UUID) -> Response:
        """Let the seat of an unpaid order go. A paid one stays."""
        person = access.check_has_account(request.user)
        checkout.give_up(actor=person, order_id=order_id, now=timezone.now())
        return Response(status=204)


class ReturnTicket(SignedInView):
    """The money back."""

    @extend_schema(
        operation_id="returnTicket",
        tags=["tickets"],
        parameters=[docs.IDEMPOTENCY_KEY],
        request=None,
        responses={200: serializers.OrderAnswer},
        examples=[examples.ORDER],
    )
    @idempotent
    def post(self, request: Request, order_id: UUID) -> Response:
        """Give a ticket back, until `return_until`."""
        person = access.check_has_account(request.user)
        refunds.return_ticket(actor=person, order_id=order_id, now=timezone.now())
        return Response({"data": asdict(reading.own_order(person=person, order_id=order_id))})
