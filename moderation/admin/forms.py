"""Staff's forms."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.models import Measure, Reason
from moderation.services.decisions import LONGEST_DAYS, Verdict


class VerdictForm(forms.Form):
    """A measure, its reason, how long, and what staff looked at."""

    measure = forms.ChoiceField(label=_("Measure"), choices=Measure.choices)
    reason = forms.ChoiceField(
        label=_("Reason"), choices=Reason.choices, help_text=_("The person reads it in their own language.")
    )
    days = forms.IntegerField(
        label=_("Days"),
        min_value=1,
        max_value=LONGEST_DAYS,
        required=False,
        help_text=_("Empty: until it is lifted. A suspension without days needs a second person."),
    )
    facts = forms.CharField(
        label=_("What you looked at"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The person reads this too."),
    )

    def __init__(
        self, *args: Any, with_room: bool = True, with_posts: bool = True, dismissible: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        left_out = {Measure.CLOSE_ROOM} if not with_room else set()
        left_out |= {Measure.DELETE_POSTS} if not with_posts else set()
        left_out |= {Measure.NONE} if not dismissible else set()
        field = self.fields["measure"]
        field.choices = [choice for choice in Measure.choices if choice[0] not in left_out]  # type: ignore[attr-defined]

    def verdict(self) -> Verdict:
        """What was decided."""
        return Verdict(**{name: self.cleaned_data[name] for name in ("measure", "reason", "facts", "days")})


class ClosingForm(forms.Form):
    """Why a room is closed."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=Reason.choices, help_text=_("Everybody in the room reads it in their own language.")
    )
    facts = forms.CharField(
        label=_("What you looked at"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The host reads this too."),
    )


class WhyForm(forms.Form):
    """A word for the audit log."""

    why = forms.CharField(label=_("Why"), max_length=300)


class AnswerForm(forms.Form):
    """The answer to an appeal."""

    overturned = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("no", _("the decision stays")), ("yes", _("the decision is taken back"))],
        coerce=lambda value: value == "yes",
    )
    words = forms.CharField(label=_("Answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
