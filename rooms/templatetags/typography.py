"""How titles are set: lines never break before a mark that French sets off by a space."""

import re

from django import template

register = template.Library()

_NO_BREAK = "\u00a0"
_BEFORE_MARK = re.compile(r" (?=[:;?!»%€])")
_AFTER_QUOTE = re.compile(r"(?<=«) ")


@register.filter
def typeset(text: str) -> str:
    """`Radio : le soir` with a space that does not break; other text stays as it is."""
    return _AFTER_QUOTE.sub(_NO_BREAK, _BEFORE_MARK.sub(_NO_BREAK, str(text)))
