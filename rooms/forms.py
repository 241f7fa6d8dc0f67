"""Forms of the rooms' pages: shape only, the services decide."""

import datetime as dt
import zoneinfo
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from rooms.models import Repeat, WhoMaySpeak
from rooms.models.room import ROOM_LANGUAGES
from rooms.queries.listed import room_languages

NOW, LATER = "now", "later"
FIRST, SECOND = "0", "1"
#: Zones named after places, as people look for them; the others are aliases.
CONTINENTS = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


def zone_choices() -> list[tuple[str, str]]:
    """Every zone of a place, and UTC."""
    names = sorted(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in CONTINENTS)
    return [(name, name.replace("_", " ")) for name in [*names, "UTC"]]


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time picker."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class StartForm(forms.Form):
    """When a room starts: a time that clocks skip is refused, of one that comes twice both are shown."""

    date = forms.DateField(label=_("Date"), required=False, widget=DateInput())
    time = forms.TimeField(label=_("Time"), required=False, widget=TimeInput())
    zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, required=False)
    #: Asked only for a local time that occurs twice, on the night when clocks go back.
    fold = forms.ChoiceField(
        label=_("Which of the two"),
        choices=[(FIRST, FIRST), (SECOND, SECOND)],
        required=False,
        widget=forms.RadioSelect,
    )

    #: Set by `clean` when the time occurs twice and nobody has said which is meant.
    ambiguous = False

    def clean(self) -> dict[str, Any]:
        """Adds `scheduled_start` (UTC) when the room is for later."""
        cleaned = super().clean() or self.cleaned_data
        if self.is_later(cleaned):
            self._clean_start(cleaned)
        return cleaned

    def is_later(self, cleaned: dict[str, Any]) -> bool:
        """Whether a start is asked for at all."""
        return True

    def _clean_start(self, cleaned: dict[str, Any]) -> None:
        for name in ("date", "time", "zone"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, gettext("Say when the room starts."))
        if self.errors:
            return
        zone = zoneinfo.ZoneInfo(cleaned["zone"])
        try:
            start = self._start(cleaned["date"], cleaned["time"], zone, cleaned.get("fold", ""))
            if start is not None:
                cleaned["scheduled_start"] = start.astimezone(dt.UTC)
        except OverflowError:
            # The first and the last day of the calendar, as seen from another zone.
            self.add_error("date", gettext("Say when the room starts."))

    def _start(self, day: dt.date, clock: dt.time, zone: zoneinfo.ZoneInfo, fold: str) -> dt.datetime | None:
        first = dt.datetime.combine(day, clock, zone)
        second = first.replace(fold=1)
        if first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None):
            self.add_error("time", gettext("Clocks go forward that night and skip this time. Choose another one."))
            return None
        if first.utcoffset() != second.utcoffset():
            self._offer_both(first, second)
            if not fold:
                self.add_error(
                    "fold", gettext("Clocks go back that night, so this time comes twice. Which one do you mean?")
                )
                return None
        return second if fold == SECOND else first

    def _offer_both(self, first: dt.datetime, second: dt.datetime) -> None:
        self.ambiguous = True
        field = self.fields["fold"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (
                value,
                gettext("%(time)s, when it is %(utc)s UTC")
                % {"time": f"{moment:%H:%M}", "utc": f"{moment.astimezone(dt.UTC):%H:%M}"},
            )
            for value, moment in ((FIRST, first), (SECOND, second))
        ]


class RoomForm(StartForm):
    """What, when, who: one form to open a room now or to schedule it."""

    title = forms.CharField(label=_("Title"), min_length=5, max_length=80)
    description = forms.CharField(
        label=_("Description"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )
    topics = forms.CharField(
        label=_("Topics"), max_length=160, required=False, help_text=_("Separated by commas, five at most.")
    )
    language = forms.ChoiceField(label=_("Language spoken"), choices=list(room_languages().items()))
    when = forms.ChoiceField(
        label=_("When"), choices=[(NOW, _("Now")), (LATER, _("Schedule"))], initial=NOW, widget=forms.RadioSelect
    )
    repeat = forms.ChoiceField(
        label=_("Comes again"),
        choices=[("", _("Never")), *Repeat.choices],
        required=False,
        help_text=_("At the same time on the clock of its zone. The next one is announced when this one begins."),
    )
    who_may_speak = forms.ChoiceField(
        label=_("Who may ask to speak"),
        choices=[
            (WhoMaySpeak.EVERYONE, _("Everyone")),
            (WhoMaySpeak.FOLLOWED, _("People I follow")),
            (WhoMaySpeak.INVITED, _("Only people I invite")),
        ],
    )
    guests_allowed = forms.BooleanField(
        label=_("Guests may listen"), required=False, initial=True, help_text=_("Without an account")
    )
    hidden_allowed = forms.BooleanField(
        label=_("Hidden listening"), required=False, initial=True, help_text=_("Always counted, never named")
    )

    def clean_topics(self) -> list[str]:
        """The topics as a list."""
        return split_topics(self.cleaned_data["topics"])

    def is_later(self, cleaned: dict[str, Any]) -> bool:
        """Only for a room of later."""
        return bool(cleaned.get("when") == LATER)

    def room_fields(self) -> dict[str, Any]:
        """What the services take: the valid values, with `scheduled_start` only for a room of later."""
        names = ("title", "description", "language", "topics", "who_may_speak", "guests_allowed", "hidden_allowed")
        fields = {name: self.cleaned_data[name] for name in names}
        if "scheduled_start" in self.cleaned_data:
            fields["scheduled_start"] = self.cleaned_data["scheduled_start"]
            fields |= {"repeat": self.cleaned_data["repeat"], "time_zone": self.cleaned_data["zone"]}
        return fields


class ChangeForm(StartForm):
    """What a host changes of a room to come."""

    title = forms.CharField(label=_("Title"), min_length=5, max_length=80)
    description = forms.CharField(
        label=_("Description"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )

    def changes(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: self.cleaned_data[name] for name in ("title", "description", "scheduled_start")}


class RoomSettingsForm(forms.Form):
    """What the host changes while the room is live."""

    title = forms.CharField(min_length=5, max_length=80)
    description = forms.CharField(max_length=1000, required=False)
    topics = forms.CharField(max_length=160, required=False)
    language = forms.ChoiceField(choices=[(code, code) for code in ROOM_LANGUAGES], required=False)
    who_may_speak = forms.ChoiceField(choices=WhoMaySpeak.choices)
    guests_allowed = forms.BooleanField(required=False)
    hidden_allowed = forms.BooleanField(required=False)

    def changes(self) -> dict[str, Any]:
        """What the services take. Fields that a page of before does not have stay as they are."""
        kept = {name for name in ("description", "topics", "language") if name not in self.data}
        told = {name: value for name, value in self.cleaned_data.items() if name not in kept}
        return told | ({"topics": split_topics(told["topics"])} if "topics" in told else {})


def split_topics(text: str) -> list[str]:
    """Topics that were typed with commas between them."""
    return [topic for topic in text.split(",") if topic.strip()]


def room_form_initial() -> dict[str, Any]:
    """First values of a fresh form: the reader's language and zone."""
    return {"zone": timezone.get_current_timezone_name(), "language": get_language()}


def change_form_initial(*, title: str, description: str, start: dt.datetime) -> dict[str, Any]:
    """First values of the form of a room to come, on the reader's clock."""
    here = timezone.localtime(start)
    zone = {"zone": timezone.get_current_timezone_name()}
    # Of a time that comes twice it stays the one that it was.
    fold = {"fold": SECOND if here.fold else FIRST}
    return {"title": title, "description": description, "date": here.date(), "time": here.time(), **zone, **fold}
