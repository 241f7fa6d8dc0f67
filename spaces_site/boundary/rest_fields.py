"""Fields that more than one app's API takes."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class StrictText(serializers.CharField):
    """Text that can be stored: no NUL, which PostgreSQL refuses, and no half of a surrogate pair."""

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise serializers.ValidationError(_("This text has characters that are not Unicode."), code="bad_text")
        return text
