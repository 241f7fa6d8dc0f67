"""allauth's forms in our words."""

from typing import Any

from allauth.account.forms import BaseSignupForm, LoginForm, SignupForm
from django.utils.translation import gettext_lazy as _


class SignUpForm(SignupForm):  # type: ignore[misc]
    """allauth's sign-up page in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, username=_("User name"), email=_("E-mail"), password1=_("Password"))
        self.fields["username"].help_text = ""
        self.fields["password1"].help_text = _("Ten characters or more. A sentence works well.")
        del self.fields["time_zone"]


class SignInForm(LoginForm):  # type: ignore[misc]
    """allauth's sign-in page in our words; the link for a forgotten password stands in the template."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, login=_("E-mail or user name"), password=_("Password"))
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""


def _in_our_words(form: BaseSignupForm | LoginForm, **labels: Any) -> None:
    """Set labels, and take allauth's placeholders away: they vanish as one types."""
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].widget.attrs.pop("placeholder", None)
