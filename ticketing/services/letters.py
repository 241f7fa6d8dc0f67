"""Mails about tickets, in the reader's language."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from ticketing.models import Order, SellerApplication
from ticketing.services import refunds, sellers


def mail_ticket(*, order_id: UUID | str, now: datetime) -> bool:
    """The ticket, once; False when it was sent before."""
    if not Order.objects.filter(pk=order_id, mailed_at=None).update(mailed_at=now):
        return False
    try:
        _mail(_order(order_id), "ticket")
    except Exception:
        Order.objects.filter(pk=order_id).update(mailed_at=None)
        raise
    return True


def mail_refund(*, order_id: UUID | str) -> None:
    """The money is on its way back, and why."""
    _mail(_order(order_id), "refund")


def mail_moved(*, order_id: UUID | str) -> None:
    """The room is at another time now: the ticket stays valid, or goes back."""
    _mail(_order(order_id), "moved")


def mail_decision(*, application_id: UUID | str) -> None:
    """May they sell?"""
    application = SellerApplication.objects.select_related("person").get(pk=application_id)
    subject, text = sellers.decision_letter(application=application)
    _send(application.person, subject, f"{text}\n\n{site()}{reverse('sell_tickets')}\n")


def site() -> str:
    """This site's address, for links that leave it."""
    return settings.PUBLIC_URL or f"http://127.0.0.1:{settings.PORT}"


def _order(order_id: UUID | str) -> Order:
    return Order.objects.select_related("sale__room__creator", "buyer").get(pk=order_id)


def _mail(order: Order, kind: str) -> None:
    person = order.buyer
    with translation.override(person.language or settings.LANGUAGE_CODE), timezone.override(person.time_zone):
        context = {
            "order": order,
            "room": order.sale.room,
            "amount": order.money.text(person.language or settings.LANGUAGE_CODE),
            "until": refunds.return_until(order=order),
            "link": site() + reverse("order", args=[order.pk]),
        }
        text = render_to_string(f"ticketing/letters/{kind}.txt", context).strip()
    subject, _blank, body = text.partition("\n")
    _send(person, subject, body.strip() + "\n")


def _send(person: User, subject: str, body: str) -> None:
    if person.email:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [person.email])
