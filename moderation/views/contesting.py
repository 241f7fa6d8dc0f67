"""A decision with its reasons, and contesting it: signed in, or by the link of the mail."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.services import access
from moderation.forms import AppealForm
from moderation.queries import own
from moderation.services import appeals, notices
from spaces_site.boundary.pages import submit


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """What staff decided about the reader, and the form to contest it."""
    person, now = access.check_has_account(request.user), timezone.now()
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        if submit(form, appeals.appeal, person_id=person.pk, decision_id=decision_id, words=words, now=now):
            return _contested(request)
    told = own.decision_about(person=person, decision_id=decision_id, now=now)
    return _shown(request, told, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decision_by_token(request: HttpRequest, token: str) -> HttpResponse:
    """The same for whoever cannot sign in."""
    form, now = AppealForm(request.POST or None), timezone.now()
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        if submit(form, appeals.appeal_by_token, token=token, words=words, now=now):
            return _contested(request)
    told = own.decision_by_id(decision_id=notices.decision_of_token(token=token), now=now)
    return _shown(request, told, form)


def _contested(request: HttpRequest) -> HttpResponse:
    messages.success(request, gettext("Your appeal is with us. Somebody else than who decided answers it."))
    return redirect(request.path)


def _shown(request: HttpRequest, told: own.DecisionRecord, form: AppealForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "moderation/decision.html", {"decision": told, "form": form}, status=status)
