"""Forms of moderation's pages: shape only, the services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.models import Category, Concerns


class ReportForm(forms.Form):
    """What is happening, to whom, where. What it is about comes along hidden."""

    category = forms.ChoiceField(
        label=_("What is happening?"),
        choices=[choice for choice in Category.choices if choice[0] != Category.ILLEGAL],
        widget=forms.RadioSelect,
    )
    concerns = forms.ChoiceField(
        label=_("Whom does it concern?"), choices=[("", "–"), *Concerns.choices], required=False
    )
    details = forms.CharField(
        label=_("Details"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    url = forms.CharField(
        label=_("Address"), max_length=500, required=False, help_text=_("Of the room or profile it is about.")
    )
    keep_sound = forms.BooleanField(
        label=_("Keep the last 2 minutes of audio as evidence"), required=False, initial=True
    )
    person = forms.UUIDField(required=False, widget=forms.HiddenInput)
    room = forms.UUIDField(required=False, widget=forms.HiddenInput)
    post = forms.UUIDField(required=False, widget=forms.HiddenInput)
    message = forms.UUIDField(required=False, widget=forms.HiddenInput)
    at = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def words(self) -> dict[str, Any]:
        """The valid fields as the service takes them; the moment is still text."""
        ids = ("person", "room", "post", "message")
        told = {name: value for name, value in self.cleaned_data.items() if name not in (*ids, "at")}
        return told | {f"{name}_id": self.cleaned_data[name] for name in ids}


class NoticeForm(ReportForm):
    """A notice of illegal content (Regulation (EU) 2022/2065, article 16): address, reasons, who, and good faith."""

    category = forms.CharField(initial=Category.ILLEGAL, widget=forms.HiddenInput)  # type: ignore[assignment]
    concerns = None  # type: ignore[assignment]
    details = forms.CharField(
        label=_("Why is it illegal?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Name the law if you can, and say what exactly breaks it."),
    )
    child_abuse = forms.BooleanField(
        label=_("It concerns the sexual abuse of children"),
        help_text=_("You need not give your name then."),
        required=False,
    )
    name = forms.CharField(label=_("Your name"), max_length=100, required=False)
    email = forms.EmailField(
        label=_("Your e-mail address"), required=False, help_text=_("We confirm, and tell you what we decided.")
    )
    good_faith = forms.BooleanField(label=_("What I say is accurate and complete, as far as I know"), required=False)
    field_order = ("url", "details", "child_abuse", "name", "email", "good_faith", "keep_sound")


class AppealForm(forms.Form):
    """Why a decision is wrong."""

    words = forms.CharField(
        label=_("Why do you think that it is wrong?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )
