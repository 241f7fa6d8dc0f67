"""How an act of staff in the admin calls one service and tells what came of it."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from accounts.models import User
from spaces_site.errors import DomainError


def staff_of(request: HttpRequest) -> User:
    """Who acts; the admin lets nobody else in."""
    return cast("User", request.user)


def check_may(request: HttpRequest, permission: str, *, post: bool = False) -> None:
    """Raises PermissionDenied for whoever has not this permission, and with `post` for a mere look."""
    if not request.user.has_perm(permission) or (post and request.method != "POST"):
        raise PermissionDenied


def act(
    request: HttpRequest, back: str, said: str, service: Callable[..., Any], **arguments: Any
) -> HttpResponseRedirect:
    """Call one service, say that it was done or why not, and go back."""
    try:
        service(actor=staff_of(request), **arguments)
    except DomainError as refusal:
        messages.error(request, str(refusal.text))
    else:
        messages.success(request, said)
    return redirect(back)


def complain(request: HttpRequest, form: Any, back: str) -> HttpResponseRedirect:
    """Say what is wrong with a form, and go back to it."""
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        messages.error(request, f"{label}: {' '.join(errors)}".removeprefix(": "))
    return redirect(back)
