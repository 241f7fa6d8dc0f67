"""Buying a ticket, and what one has bought."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.services.access import check_has_account
from ticketing.services import calendar, checkout, orders, reading, refunds


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def room_tickets(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """The tickets of a room; the button holds a seat and leads to the payment page."""
    now = timezone.now()
    if request.method == "POST":
        origin = f"{request.scheme}://{request.get_host()}"
        started = checkout.start_checkout(actor=request.user, room_id=room_id, origin=origin, now=now)
        return HttpResponseRedirect(started.url) if started.url else redirect("order", started.order_id)
    page = reading.ticket_page(room_id=room_id, viewer=request.user, now=now)
    return render(request, "ticketing/tickets.html", {"page": page, "now": now})


@never_cache
@require_safe
def order_return(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Back from the payment page: the processor is asked, not believed of the address."""
    person = check_has_account(request.user)
    orders.look_again(person=person, order_id=order_id, now=timezone.now())
    return redirect("order", order_id)


@never_cache
@require_safe
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """One order: the ticket, or what became of it."""
    person = check_has_account(request.user)
    told = reading.own_order(person=person, order_id=order_id)
    if told.state in ("held", "checkout", "processing"):
        orders.look_again(person=person, order_id=order_id, now=timezone.now())
        told = reading.own_order(person=person, order_id=order_id)
    context = {"order": told, "code": calendar.ticket_code(order_id=order_id)}
    return render(request, "ticketing/order.html", context)


@never_cache
@require_safe
def own_orders(request: HttpRequest) -> HttpResponse:
    """Everything one has bought."""
    person = check_has_account(request.user)
    return render(request, "ticketing/orders.html", {"orders": reading.own_orders(person=person)[0]})


@require_POST
def give_up(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Let a held seat go."""
    person = check_has_account(request.user)
    told = reading.own_order(person=person, order_id=order_id)
    checkout.give_up(actor=person, order_id=order_id, now=timezone.now())
    return redirect("room_tickets", told.room_id)


@require_POST
def return_ticket(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Give a ticket back for its money."""
    refunds.return_ticket(actor=check_has_account(request.user), order_id=order_id, now=timezone.now())
    return redirect("order", order_id)


@require_safe
def order_calendar(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """The room as an entry for a calendar."""
    person = check_has_account(request.user)
    text = calendar.ticket_ics(person=person, order_id=order_id, now=timezone.now())
    headers = {"Content-Disposition": 'attachment; filename="ticket.ics"'}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
