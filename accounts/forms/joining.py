"""What joining asks for. Alone in its module: allauth imports it while it defines its own forms."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import signup
from spaces_site.boundary.preferences import ZONE_COOKIE


class SignUpFields(forms.Form):
    """What we ask beyond allauth's e-mail, handle and password, on the page and in the app client alike."""

    display_name = forms.CharField(
        label=_("Name"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    field_order = ["display_name", "username", "email", "password1"]

    def clean_display_name(self) -> str:
        try:
            return signup.clean_name(name=self.cleaned_data["display_name"])
        except signup.BadName as refusal:
            raise forms.ValidationError(str(refusal.text), code=refusal.code) from refusal

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the account is saved. The zone comes from the app, or from js/times.js."""
        signup.finish_signup(
            person=user,
            display_name=self.cleaned_data["display_name"],
            time_zone=self.cleaned_data.get("time_zone") or request.COOKIES.get(ZONE_COOKIE, ""),
            language=get_language() or "",
        )
