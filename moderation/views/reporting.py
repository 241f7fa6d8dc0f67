"""Reporting on a page, without a script: by anybody; and what became of it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.services import access
from moderation.forms import NoticeForm, ReportForm
from moderation.queries import own
from moderation.queries.subject import Named, subject_of
from moderation.services import reports
from spaces_site.boundary.pages import submit

SENT = "moderation.sent"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Say what is happening. `?person=`, `?room=`, `?post=`, `?message=` and `?at=` name what it is about."""
    return _page(request, ReportForm, "moderation/report.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_illegal(request: HttpRequest) -> HttpResponse:
    """The notice of illegal content, which needs no account."""
    return _page(request, NoticeForm, "moderation/report_illegal.html")


@never_cache
@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """Received: when it is answered, whom to call, what one may also do."""
    sent = request.session.get(SENT, {})
    person_id = UUID(sent["person"]) if sent.get("person") else None
    about = subject_of(named=Named(person_id), viewer=request.user, now=timezone.now())
    return render(request, "moderation/thanks.html", {"sent": sent, "about": about})


@never_cache
@require_safe
def own_reports(request: HttpRequest) -> HttpResponse:
    """One's reports, and decisions about oneself."""
    person = access.check_has_account(request.user)
    context = {
        "page": own.reports_of(person=person, token=request.GET.get("before", "")),
        "decisions": own.decisions_about(person=person, now=timezone.now())[0],
        "notices": own.notices_of(person=person)[0],
    }
    return render(request, "moderation/reports.html", context)


@never_cache
@require_safe
def own_report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One report and what became of it."""
    person = access.check_has_account(request.user)
    return render(request, "moderation/own_report.html", {"report": own.report_of(person=person, report_id=report_id)})


def _page(request: HttpRequest, form_class: type[ReportForm], template: str) -> HttpResponse:
    form = form_class(request.POST or None, initial={name: request.GET.get(name, "") for name in _CARRIED})
    if request.method == "POST" and form.is_valid():
        words: dict[str, Any] = form.words()
        sent = submit(form, _send, request=request, words=words, at=form.cleaned_data["at"])
        if sent is not None:
            request.session[SENT] = {"person": str(sent.person_id or ""), **sent.receipt()}
            return redirect("report-thanks")
    named = Named(*(_id(request, name) for name in ("person", "room", "post", "message")))
    about = subject_of(named=named, viewer=request.user, now=timezone.now())
    context = {"form": form, "about": about, "carried": _carried(request)}
    return render(request, template, context, status=422 if form.is_bound else 200)


_CARRIED = ("person", "room", "post", "message", "at", "url")


def _send(*, request: HttpRequest, words: dict[str, Any], at: str) -> Any:
    said = reports.Words(moment=reports.moment_of(at), **words)
    return reports.send_report(sender=reports.Sender(request.user), words=said, now=timezone.now())


def _id(request: HttpRequest, name: str) -> UUID | None:
    try:
        return UUID((request.POST or request.GET).get(name, ""))
    except ValueError:
        return None


def _carried(request: HttpRequest) -> str:
    """What the report is about, for the link to the other form."""
    query = request.GET.copy()
    for name in list(query):
        if name not in _CARRIED:
            del query[name]
    return query.urlencode()
