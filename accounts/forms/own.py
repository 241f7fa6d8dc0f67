"""The settings that people change themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Appearance
from accounts.services.pictures import MAX_BYTES


class ProfileForm(forms.Form):
    """Name and bio."""

    display_name = forms.CharField(label=_("Name"), max_length=50)
    bio = forms.CharField(
        label=_("About you"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class AvatarForm(forms.Form):
    """One file; its pixels are checked by the service."""

    avatar = forms.FileField(
        label=_("New picture"),
        help_text=_("JPEG, PNG or WebP, at most 5 MiB and 4096 pixels a side. The middle square is used."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def clean_avatar(self) -> bytes:
        upload = self.cleaned_data["avatar"]
        # One byte more than allowed is enough for the service to refuse it.
        data: bytes = upload.read(MAX_BYTES + 1)
        return data


class LookForm(forms.Form):
    """Language, clock, light or dark."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        help_text=_("Times are shown on this clock. Start typing a town."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
    )
    appearance = forms.ChoiceField(label=_("Appearance"), choices=Appearance.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("As my browser says")), *settings.LANGUAGES]  # type: ignore[attr-defined]


class PrivacyForm(forms.Form):
    """Hidden listening."""

    listens_hidden = forms.BooleanField(
        label=_("Listen hidden"),
        help_text=_("You are counted in rooms, but not named. A host may switch this off for a room."),
        required=False,
    )
