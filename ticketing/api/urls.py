"""The API's paths of this app, below /api/v1/."""

from django.urls import URLPattern, path

from ticketing.api.views import buyers, buying, selling

urlpatterns: list[URLPattern] = [
    path("ticket-fees/", selling.FeeCard.as_view(), name="api-ticket-fees"),
    path("me/selling/", selling.Selling.as_view(), name="api-selling"),
    path("me/orders/", buying.Orders.as_view(), name="api-orders"),
    path("me/orders/<uuid:order_id>/", buying.Order.as_view(), name="api-order"),
    path("me/orders/<uuid:order_id>/return/", buying.ReturnTicket.as_view(), name="api-return-ticket"),
    path("rooms/<uuid:room_id>/tickets/", buying.Tickets.as_view(), name="api-tickets"),
    path("rooms/<uuid:room_id>/buyers/", buyers.Buyers.as_view(), name="api-buyers"),
    path("rooms/<uuid:room_id>/ticket-sale/", selling.Sale.as_view(), name="api-ticket-sale"),
    path("rooms/<uuid:room_id>/ticket-sale/capacity/", selling.SaleCapacity.as_view(), name="api-ticket-capacity"),
    path("rooms/<uuid:room_id>/ticket-sale/open/", selling.SaleOpen.as_view(), name="api-ticket-open"),
]
