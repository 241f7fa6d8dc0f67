"""Staff's view of tickets and money: read-mostly, and what changes goes through the services."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from spaces_site.boundary.staff_pages import ReadOnly
from spaces_site.errors import DomainError
from ticketing.models import (
    CheckoutAttempt,
    JournalTxn,
    Order,
    PlatformFee,
    Posting,
    SellerApplication,
    SellerGrant,
    StripeCommand,
    TicketSale,
    WebhookEvent,
)
from ticketing.money import Money
from ticketing.services import inbox, refunds, sales, sellers


def _staff(request: HttpRequest) -> User:
    return cast("User", request.user)


def _amount(amount: int, currency: str) -> str:
    return Money(amount, currency).text(get_language() or "en")


@admin.register(SellerApplication)
class SellerApplicationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who asks to sell; two actions decide."""

    list_display = ("person", "state", "applied_at", "decided_at", "decided_by")
    list_filter = ("state",)
    search_fields = ("person__handle",)
    list_select_related = ("person", "decided_by")
    ordering = ("-applied_at",)
    fields = ("person", "words", "born_on", "state", "applied_at", "decided_at", "decided_by", "answer")
    readonly_fields = fields
    actions = ("accept", "refuse")

    @admin.action(description=_("Accept: may sell tickets"), permissions=["view"])
    def accept(self, request: HttpRequest, queryset: "QuerySet[SellerApplication]") -> None:
        """Onto the list."""
        self._decide(request, queryset, accept=True)

    @admin.action(description=_("Refuse"), permissions=["view"])
    def refuse(self, request: HttpRequest, queryset: "QuerySet[SellerApplication]") -> None:
        """Not for now."""
        self._decide(request, queryset, accept=False)

    def _decide(self, request: HttpRequest, chosen: "QuerySet[SellerApplication]", *, accept: bool) -> None:
        for application in chosen:
            try:
                sellers.decide(
                    actor=_staff(request), application_id=application.pk, accept=accept, answer="", now=timezone.now()
                )
            except DomainError as refusal:
                messages.error(request, f"{application}: {refusal.text}")


class SellerForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who, and why."""

    class Meta:
        model = SellerGrant
        fields = ("person", "note")


@admin.register(SellerGrant)
class SellerGrantAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who may sell, since when and by whom."""

    form = SellerForm
    list_display = ("person", "note", "granted_by", "granted_at", "withdrawn_at")
    search_fields = ("person__handle", "note")
    list_select_related = ("person", "granted_by")
    raw_id_fields = ("person",)
    ordering = ("-granted_at",)
    actions = ("withdraw",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: SellerGrant, form: Any, change: bool) -> None:
        """Onto the list, by the service that writes it down."""
        sellers.grant(actor=_staff(request), person=obj.person, note=obj.note, now=timezone.now())
        obj.pk = SellerGrant.objects.get(person=obj.person, withdrawn_at=None).pk

    @admin.action(description=_("Withdraw: may not sell any more"), permissions=["view"])
    def withdraw(self, request: HttpRequest, queryset: "QuerySet[SellerGrant]") -> None:
        """Off the list."""
        for grant in queryset.select_related("person"):
            sellers.withdraw(actor=_staff(request), person=grant.person, why="", now=timezone.now())


class FeeForm(forms.ModelForm):  # type: ignore[type-arg]
    """From when on, and how much."""

    class Meta:
        model = PlatformFee
        fields = ("bps", "valid_from", "note")

    def clean(self) -> dict[str, Any]:
        """Not for what is past: sold tickets keep their fee."""
        told: dict[str, Any] = super().clean() or {}
        if told.get("valid_from") and told["valid_from"] < timezone.now():
            self.add_error("valid_from", _("From now on or later."))
        return told


@admin.register(PlatformFee)
class PlatformFeeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The site's part, with its history: rows are added, never changed."""

    form = FeeForm
    list_display = ("bps", "valid_from", "note", "set_by", "set_at")
    list_select_related = ("set_by",)
    ordering = ("-valid_from",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PlatformFee, form: Any, change: bool) -> None:
        """One more row, by the service that writes it down."""
        made = sales.set_platform_fee(
            actor=_staff(request), bps=obj.bps, valid_from=obj.valid_from, note=obj.note, now=timezone.now()
        )
        obj.pk = made.pk


@admin.register(TicketSale)
class TicketSaleAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Sales and how full they are."""

    list_display = ("room", "state", "cost", "capacity", "sold", "held", "starts_at", "why_cancelled")
    list_filter = ("state", "currency")
    search_fields = ("room__title", "room__creator__handle", "=room__id")
    list_select_related = ("room",)
    ordering = ("-published_at",)

    @admin.display(description=_("price"), ordering="price")
    def cost(self, sale: TicketSale) -> str:
        return _amount(sale.price, sale.currency)


class AttemptInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The payment pages of an order."""

    model = CheckoutAttempt
    fields = ("n", "session_id", "state", "expires_at")
    readonly_fields = fields


class CommandInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What the processor was told to do for it."""

    model = StripeCommand
    fields = ("key", "kind", "state", "attempts", "next_try_at", "last_error", "result_id")
    readonly_fields = fields


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Orders, whatever became of them; staff can give the money back."""

    list_display = ("number", "buyer", "room", "state", "cost", "paid_at", "refunded_at", "why")
    list_filter = ("state", "why", "currency")
    search_fields = ("=number", "buyer__handle", "=charge", "=refund", "=payment_intent")
    list_select_related = ("buyer", "sale__room")
    ordering = ("-created_at",)
    inlines = (AttemptInline, CommandInline)
    actions = ("give_back",)

    @admin.display(description=_("price"), ordering="amount")
    def cost(self, order: Order) -> str:
        return _amount(order.amount, order.currency)

    @admin.display(description=_("room"))
    def room(self, order: Order) -> str:
        return str(order.sale.room)

    @admin.action(description=_("Give the money back in full"), permissions=["view"])
    def give_back(self, request: HttpRequest, queryset: "QuerySet[Order]") -> None:
        """Full refunds, each written down."""
        actor, now = _staff(request), timezone.now()
        done = sum(refunds.refund_by_staff(actor=actor, order_id=one.pk, reason="admin", now=now) for one in queryset)
        said = ngettext("%(n)d refund is on its way.", "%(n)d refunds are on their way.", done) % {"n": done}
        messages.success(request, said)


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """The inbox; an event can be worked on again."""

    list_display = ("stripe_id", "type", "subject", "received_at", "processed_at", "attempts", "error")
    list_filter = ("type",)
    search_fields = ("=stripe_id", "=subject")
    ordering = ("-received_at",)
    actions = ("again",)

    @admin.action(description=_("Work on it again"), permissions=["view"])
    def again(self, request: HttpRequest, queryset: "QuerySet[WebhookEvent]") -> None:
        """What is done already stays as it is."""
        for event in queryset:
            inbox.apply_again(event_id=event.pk, now=timezone.now())


@admin.register(StripeCommand)
class StripeCommandAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """The outbox: what is due, and what an operator must look at."""

    list_display = ("key", "kind", "order", "state", "attempts", "next_try_at", "last_error")
    list_filter = ("state", "kind")
    search_fields = ("=key", "=charge")
    list_select_related = ("order",)
    ordering = ("-made_at",)


class PostingInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Both sides of a movement."""

    model = Posting
    fields = ("account", "amount", "currency")
    readonly_fields = fields


@admin.register(JournalTxn)
class JournalTxnAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """The ledger, which nobody changes."""

    list_display = ("key", "kind", "occurred_at", "order_id")
    list_filter = ("kind",)
    search_fields = ("=key", "=stripe_object")
    ordering = ("-occurred_at",)
    inlines = (PostingInline,)
