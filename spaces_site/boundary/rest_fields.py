"""Fields that more than one app's API takes: what JSON calls a string, a number, a yes or no, and nothing like it.

DRF's own make a text of 5, a number of "5" and a yes of "on", as forms must: our document promises clients more.
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class StrictText(serializers.CharField):
    """Text that can be stored: no NUL, which PostgreSQL refuses, and no half of a surrogate pair."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise serializers.ValidationError(_("This text has characters that are not Unicode."), code="bad_text")
        return text


class StrictPattern(StrictText, serializers.RegexField):
    """Text of an agreed form."""


class StrictId(serializers.UUIDField):
    """An id as text; a number of 128 bits is none."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class StrictBoolean(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictInteger(serializers.IntegerField):
    """A whole number: neither "5" nor 5.0, and true is not 1."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data
