"""How django-allauth meets our rules: handles, mail in the reader's language, sessions that really end."""

from collections.abc import Iterable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession

from accounts.services import devices


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Handles by our rules; names of the site and mail by our settings."""


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]
    """Ending a session ends its websockets as well."""

    def end_sessions(self, sessions: Iterable[UserSession], **kwargs: Any) -> None:
        for session in sessions:
            devices.end_session(session=session)
