"""The queue, and one case with everything side by side."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.admin.acts import act, check_may, complain, staff_of
from moderation.admin.forms import VerdictForm, WhyForm
from moderation.models import Case, CaseState, Severity
from moderation.queries import case_file
from moderation.services import decisions, evidence
from spaces_site.boundary.staff_pages import ReadOnly

MAY_DECIDE = "moderation.change_case"


class QueueFilter(admin.SimpleListFilter):
    """What waits, unless staff ask for more."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("child", _("child safety")), ("live", _("live now")), ("decided", _("decided")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("open")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Case]") -> "QuerySet[Case]":
        waiting = queryset.filter(state__in=case_file.open_states())
        done = queryset.filter(state__in=(CaseState.DECIDED, CaseState.APPEALED, CaseState.CLOSED))
        chosen = {
            "child": waiting.filter(severity=Severity.CRITICAL),
            "live": waiting.filter(Q(live_now=True)),
            "decided": done,
            "all": queryset,
        }
        return chosen.get(self.value() or "", waiting)


@admin.register(Case)
class CaseAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Sorted by severity, by what is live, by how many reported it."""

    list_display = ("__str__", "severity", "is_live", "reporter_count", "state", "assigned_to", "opened_at")
    list_filter = (QueueFilter, "severity", "reports__category")
    search_fields = ("=id", "person__handle", "room__title", "url")
    list_select_related = ("person", "room", "assigned_to")
    show_full_result_count = False
    change_list_template = "admin/moderation/case/change_list.html"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Case]":
        # Not Django's own, which would order by what is not there yet.
        return case_file.with_live(Case.objects.all())

    def get_ordering(self, request: HttpRequest) -> Any:
        """Severity × live × distinct reporters, the oldest first among equals."""
        return ["-severity", "-live_now", "-reporter_count", "opened_at"]

    @admin.display(description=_("live"), boolean=True, ordering="live_now")
    def is_live(self, case: Case) -> bool:
        return bool(getattr(case, "live_now", False))

    def get_urls(self) -> list[URLPattern]:
        mine: list[tuple[str, Any, str]] = [
            ("<uuid:case_id>/decide/", self.decide, "decide"),
            ("<uuid:case_id>/assign/", self.assign, "assign"),
            ("<uuid:case_id>/hold/", self.hold, "hold"),
            ("evidence/<uuid:evidence_id>/sound-<int:piece>.mp4", self.sound, "sound"),
            ("evidence/<uuid:evidence_id>/events/", self.events, "events"),
        ]
        paths = [
            path(route, self.admin_site.admin_view(view), name=f"moderation_case_{name}") for route, view, name in mine
        ]
        return [*paths, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The whole case on one page."""
        check_may(request, "moderation.view_case")
        file = case_file.case_file(case_id=_uuid(object_id), now=timezone.now())
        if file is None:
            raise Http404
        form = VerdictForm(
            initial={"reason": file.suggested},
            with_room=file.room is not None and file.room.is_live,
            with_posts=any(report.post_id for report in file.reports),
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(file.case),
            "file": file,
            "form": form,
            "hold_form": WhyForm(),
            "may_decide": request.user.has_perm(MAY_DECIDE) and case_file.is_open(file.case),
        }
        return render(request, "admin/moderation/case/change_form.html", context)

    def decide(self, request: HttpRequest, case_id: UUID) -> Any:
        """A measure, or none."""
        check_may(request, MAY_DECIDE, post=True)
        form, back = VerdictForm(request.POST), _page_of(case_id)
        if not form.is_valid():
            return complain(request, form, back)
        return act(
            request, back, gettext("Decided; everybody concerned is told."), decisions.decide_case,
            case_id=case_id, verdict=form.verdict(), now=timezone.now(),
        )  # fmt: skip

    def assign(self, request: HttpRequest, case_id: UUID) -> Any:
        """Take it."""
        check_may(request, MAY_DECIDE, post=True)
        said = gettext("This case is yours.")
        return act(request, _page_of(case_id), said, decisions.assign, case_id=case_id, now=timezone.now())

    def hold(self, request: HttpRequest, case_id: UUID) -> Any:
        """Keep its evidence beyond its time, or no longer."""
        check_may(request, MAY_DECIDE, post=True)
        form, back = WhyForm(request.POST), _page_of(case_id)
        if not form.is_valid():
            return complain(request, form, back)
        return act(
            request, back, gettext("Saved."), evidence.hold, case_id=case_id, is_held=request.POST.get("held") == "1",
            why=form.cleaned_data["why"], now=timezone.now(),
        )  # fmt: skip

    def sound(self, request: HttpRequest, evidence_id: UUID, piece: int) -> HttpResponse:
        """Decrypted for this one listen, and written down; kept by no cache."""
        check_may(request, "moderation.view_case")
        heard = evidence.hear(actor=staff_of(request), evidence_id=evidence_id, piece=piece, now=timezone.now())
        return HttpResponse(heard, content_type="audio/mp4", headers={"Cache-Control": "no-store"})

    def events(self, request: HttpRequest, evidence_id: UUID) -> HttpResponse:
        """The room at that second and its last events; written down too."""
        check_may(request, "moderation.view_case")
        contents = evidence.read(actor=staff_of(request), evidence_id=evidence_id, now=timezone.now())
        context = {**self.admin_site.each_context(request), "opts": self.opts, "contents": contents}
        response = render(request, "admin/moderation/case/events.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response


def _page_of(case_id: UUID) -> str:
    return reverse("admin:moderation_case_change", args=[case_id])


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error
