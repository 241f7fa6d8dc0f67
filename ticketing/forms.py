"""Forms of ticketing's pages: shape only, the services decide."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ticketing.money import CURRENCIES, Money


class ApplicationForm(forms.Form):
    """Somebody asks to sell tickets."""

    words = forms.CharField(
        label=_("What do you want to sell tickets for?"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5})
    )
    born_on = forms.DateField(
        label=_("Your date of birth"), widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"})
    )


class OfferForm(forms.Form):
    """Price, number and time of a room's tickets."""

    price = forms.DecimalField(
        label=_("Price of one ticket"), min_value=Decimal(0), max_digits=10, decimal_places=3,
        help_text=_("0 for tickets that are free."),
    )  # fmt: skip
    currency = forms.ChoiceField(label=_("Currency"))
    capacity = forms.IntegerField(label=_("Number of tickets"), min_value=1, max_value=100_000)
    minutes = forms.IntegerField(
        label=_("How long it will last, in minutes"), min_value=10, max_value=480, initial=60,
        help_text=_("If it ends before half of that, everybody gets the money back."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["currency"]
        field.choices = [(code, code.upper()) for code in settings.TICKET_CURRENCIES]

    def clean(self) -> dict[str, Any]:
        """The price as money of its currency."""
        told: dict[str, Any] = super().clean() or {}
        if "price" in told and told.get("currency") in CURRENCIES:
            try:
                told["money"] = Money.of_major(told["price"], told["currency"])
            except ValueError:
                self.add_error("price", _("This currency has no such small parts."))
        return told


class CapacityForm(forms.Form):
    """Another number of tickets."""

    capacity = forms.IntegerField(label=_("Number of tickets"), min_value=1, max_value=100_000)
