"""JSON bodies of the API: bounded in size by Django's setting, in depth here."""

from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

from spaces_site.boundary.nesting import MAX_DEPTH, is_too_deep


class BodyTooBig(APIException):
    """More bytes than this operation takes."""

    status_code = 413
    default_code = "body_too_big"
    default_detail = _("This request is too big. Send less at once.")


class ShallowJSONParser(JSONParser):
    """DRF's parser; what is nested too deep is malformed, not a fault of ours."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """The parsed body. Raises `ParseError`."""
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError:
            data = None
            too_deep = True
        else:
            too_deep = is_too_deep(data)
        if too_deep:
            raise ParseError(_("This JSON is nested more than %(depth)d deep.") % {"depth": MAX_DEPTH})
        return data
