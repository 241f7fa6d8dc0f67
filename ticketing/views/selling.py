"""Selling tickets: asking to, putting them on sale, looking after them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.services.access import check_has_account
from spaces_site.boundary.pages import submit
from ticketing.forms import ApplicationForm, CapacityForm, OfferForm
from ticketing.services import reading, sales, sellers


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sell_tickets(request: HttpRequest) -> HttpResponse:
    """Whether one may sell tickets, and the form to ask for it."""
    person, now = check_has_account(request.user), timezone.now()
    form = ApplicationForm(request.POST or None)
    is_sent = request.method == "POST" and form.is_valid()
    told = {"actor": person, "now": now}
    if is_sent and submit(form, sellers.apply, **told, **form.cleaned_data) is not None:
        messages.success(request, _("Your application is on its way. The team answers by e-mail."))
        return redirect("sell_tickets")
    context = {"form": form, "standing": sellers.standing(person=person, now=now)}
    return render(request, "ticketing/sell.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_sale(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """The tickets of one's own room: first the form and its fee card, afterwards what is sold."""
    person, now = check_has_account(request.user), timezone.now()
    form, card = OfferForm(request.POST or None, initial={"currency": "eur"}), None
    if request.method == "POST" and form.is_valid():
        money = form.cleaned_data["money"]
        card = submit(form, reading.card_preview, amount=money.amount, currency=money.currency, now=now)
        if card and request.POST.get("do") == "publish":
            told = {"capacity": form.cleaned_data["capacity"], "minutes": form.cleaned_data["minutes"]}
            offer = sales.Offer(price=money, **told)
            if submit(form, sales.publish, actor=person, room_id=room_id, offer=offer, now=now):
                messages.success(request, _("The tickets are on sale."))
                return redirect("ticket_sale", room_id)
    context: dict[str, Any] = {
        "page": reading.host_page(actor=person, room_id=room_id, now=now),
        "standing": sellers.standing(person=person, now=now),
        "form": form,
        "card": card,
    }
    return render(request, "ticketing/sale.html", context, status=422 if form.is_bound and not card else 200)


@require_POST
def change_capacity(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """More tickets, or fewer."""
    person, form = check_has_account(request.user), CapacityForm(request.POST)
    capacity = form.cleaned_data["capacity"] if form.is_valid() else 0
    sales.change_capacity(actor=person, room_id=room_id, capacity=capacity, now=timezone.now())
    return redirect("ticket_sale", room_id)


@require_POST
def set_open(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """Stop the sale, or go on with it."""
    person = check_has_account(request.user)
    sales.set_open(actor=person, room_id=room_id, is_open=request.POST.get("open") == "1", now=timezone.now())
    return redirect("ticket_sale", room_id)
