"""allauth's forms in our words. One new password field, not two: a mistyped one is a reset away."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django.forms import BaseForm
from django.utils.translation import gettext_lazy as _

_LABELS = {
    "login": _("E-mail or user name"),
    "username": _("User name"),
    "email": _("E-mail"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "code": _("Code"),
}
_GOOD_PASSWORD = _("Ten characters or more. A sentence works well.")


class OurWords:
    """Our labels, and no placeholders: they vanish as one types."""

    new_password: Any = _("New password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self, BaseForm)
        self.fields.pop("password2", None)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = _LABELS.get(name, field.label)
            if name in {"username", "password", "oldpassword"}:
                field.help_text = ""
        if "password1" in self.fields:
            self.fields["password1"].label = self.new_password
            self.fields["password1"].help_text = _GOOD_PASSWORD


class SignUpForm(OurWords, allauth_forms.SignupForm):  # type: ignore[misc]
    """Name, user name, e-mail, password; the time zone comes from js/times.js by cookie."""

    new_password = _("Password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["time_zone"]


class SignInForm(OurWords, allauth_forms.LoginForm):  # type: ignore[misc]
    """The link for a forgotten password stands in the template."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def clean_login(self) -> str:
        """People may type their user name as it is shown, with an @."""
        login: str = super().clean_login()
        return login.removeprefix("@")


class AddEmailForm(OurWords, allauth_forms.AddEmailForm):  # type: ignore[misc]
    """A new address, proved by a code."""


class ChangePasswordForm(OurWords, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """The current password and a new one."""


class SetPasswordForm(OurWords, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    """The first password of an account that has none."""


class ResetPasswordForm(OurWords, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """Where to send the link."""


class ResetPasswordKeyForm(OurWords, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password behind the link."""


class ReauthenticateForm(OurWords, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""


class ConfirmEmailForm(OurWords, allauth_forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    """The code from the mail."""


class SecondFactorForm(OurWords, mfa_forms.AuthenticateForm):  # type: ignore[misc]
    """The code of the app, or a recovery code."""


class SecondFactorAgainForm(OurWords, mfa_forms.ReauthenticateForm):  # type: ignore[misc]
    """The same, before something important."""


class ActivateTotpForm(OurWords, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of the app."""
