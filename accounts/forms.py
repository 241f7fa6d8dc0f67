"""Forms: they check the shape of what was typed and never save."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import signup
from spaces_site.errors import DomainError


class SignUpFields(forms.Form):
    """What we ask beyond allauth's e-mail, handle and password, on the page and in the app client alike."""

    display_name = forms.CharField(
        label=_("Name"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-time-zone": ""}))

    field_order = ["display_name", "username", "email", "password1"]

    def clean_display_name(self) -> str:
        return _by_rule(signup.clean_name, name=self.cleaned_data["display_name"])

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the account is saved."""
        signup.finish_signup(
            person=user,
            display_name=self.cleaned_data["display_name"],
            time_zone=self.cleaned_data.get("time_zone", ""),
            language=get_language() or "",
        )


def _by_rule(rule: Any, **value: str) -> str:
    """Ask a service's rule, and say its refusal at the field."""
    try:
        cleaned: str = rule(**value)
    except DomainError as refusal:
        raise forms.ValidationError(str(refusal.text), code=refusal.code) from refusal
    return cleaned
