"""Django's sessions in the database, by keys of the form that Django makes."""

import re
from typing import Any

from django.contrib.sessions.backends import db

_KEY = re.compile(r"[a-z0-9]{8,64}")


class SessionStore(db.SessionStore):
    """A cookie may hold any character in octal, a NUL too, which PostgreSQL refuses with an error."""

    def _validate_session_key(self, key: Any) -> bool:
        return isinstance(key, str) and _KEY.fullmatch(key) is not None
