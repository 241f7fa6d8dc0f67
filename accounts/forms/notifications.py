"""The form of what one wants to be told."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Channel, NotificationKind, User
from accounts.queries import notifications as queries


class Clock(forms.TimeInput):
    """The browser's own time picker."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class NotificationsForm(forms.Form):
    """A switch for each kind and channel, and the hours in which nothing is pushed."""

    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=Clock())
    quiet_until = forms.TimeField(label=_("Quiet until"), required=False, widget=Clock())

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"quiet_from": person.quiet_from, "quiet_until": person.quiet_until})
        super().__init__(*args, **kwargs)
        for kind, ways in queries.matrix(person=person).items():
            for channel, wanted in ways.items():
                name = f"{NotificationKind(kind).label}: {Channel(channel).label}"
                self.fields[f"{kind}-{channel}"] = forms.BooleanField(
                    required=False,
                    initial=wanted,
                    label=name,
                    widget=forms.CheckboxInput({"aria-label": name}),
                )

    def rows(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The matrix for the page: a kind, and its field in each column."""
        return [
            (str(NotificationKind(kind).label), [self[f"{kind}-{channel}"] for channel in Channel.values])
            for kind in NotificationKind.values
        ]

    def columns(self) -> list[str]:
        """The names of the channels."""
        return [str(label) for label in Channel.labels]

    def wishes(self) -> dict[str, Any]:
        """What the service takes."""
        choices = [
            (kind, channel, self.cleaned_data[f"{kind}-{channel}"])
            for kind in NotificationKind.values
            for channel in Channel.values
        ]
        hours = {name: self.cleaned_data[name] for name in ("quiet_from", "quiet_until")}
        return {"choices": choices, **hours}
