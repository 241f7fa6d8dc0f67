"""What ticketing's API takes and gives: shapes only, never saved."""

from typing import Any

from rest_framework import serializers

from rooms.api.serializers import wrapped, wrapped_list
from rooms.api.shapes import shape_of
from spaces_site.boundary.rest_fields import StrictBoolean, StrictInteger, StrictText
from ticketing.eligibility import SellerStanding
from ticketing.money import CURRENCIES
from ticketing.queries.buyers import BuyerRecord
from ticketing.queries.records import FeeCardRecord, OrderRecord, OwnSaleRecord, SaleRecord


class OfferSerializer(serializers.Serializer[Any]):
    """What to sell: `price_minor` in the currency's smallest unit, 0 for free tickets."""

    price_minor = StrictInteger(min_value=0, max_value=10_000_000)
    currency = serializers.ChoiceField(choices=sorted(CURRENCIES))
    capacity = StrictInteger(min_value=1, max_value=100_000)
    minutes = StrictInteger(min_value=10, max_value=480, default=60)
    sales_end = serializers.DateTimeField(required=False)


class CapacitySerializer(serializers.Serializer[Any]):
    """How many tickets there are."""

    capacity = StrictInteger(min_value=1, max_value=100_000)


class SaleOpenSerializer(serializers.Serializer[Any]):
    """Whether tickets can be bought."""

    open = StrictBoolean()


class ApplicationSerializer(serializers.Serializer[Any]):
    """An application to sell tickets."""

    words = StrictText(max_length=1000)
    born_on = serializers.DateField()


class CheckoutSerializer(serializers.Serializer[Any]):
    """Your order, and the page to pay it on; empty for what is free."""

    order = shape_of(OrderRecord, "Order")()
    checkout_url = serializers.CharField(allow_blank=True)


OrderShape = shape_of(OrderRecord, "Order")
SaleAnswer = wrapped("TicketSale", shape_of(SaleRecord, "TicketSale")())
OwnSaleAnswer = wrapped("OwnTicketSale", shape_of(OwnSaleRecord, "OwnTicketSale")())
FeeCardAnswer = wrapped("FeeCard", shape_of(FeeCardRecord, "FeeCard")())
CheckoutAnswer = wrapped("Checkout", CheckoutSerializer())
OrderAnswer = wrapped("Order", OrderShape())
OrdersAnswer = wrapped_list("Orders", OrderShape(many=True))
BuyersAnswer = wrapped_list("Buyers", shape_of(BuyerRecord, "Buyer")(many=True))
SellingAnswer = wrapped("Selling", shape_of(SellerStanding, "Selling")())
