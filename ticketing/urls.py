"""Paths of this app's pages, and of the processor's webhook."""

from django.urls import path

from ticketing import webhooks
from ticketing.views import buying, selling

urlpatterns = [
    path("rooms/<uuid:room_id>/tickets/", buying.room_tickets, name="room_tickets"),
    path("rooms/<uuid:room_id>/sale/", selling.ticket_sale, name="ticket_sale"),
    path("rooms/<uuid:room_id>/sale/capacity/", selling.change_capacity, name="ticket_capacity"),
    path("rooms/<uuid:room_id>/sale/open/", selling.set_open, name="ticket_open"),
    path("tickets/", buying.own_orders, name="orders"),
    path("tickets/sell/", selling.sell_tickets, name="sell_tickets"),
    path("tickets/<uuid:order_id>/", buying.order, name="order"),
    path("tickets/<uuid:order_id>/paid/", buying.order_return, name="order_return"),
    path("tickets/<uuid:order_id>/give-up/", buying.give_up, name="order_give_up"),
    path("tickets/<uuid:order_id>/give-back/", buying.return_ticket, name="order_give_back"),
    path("tickets/<uuid:order_id>/ticket.ics", buying.order_calendar, name="order_calendar"),
    path("webhooks/stripe/", webhooks.stripe_webhook, name="stripe_webhook"),
]
