"""The audit log: looked through, filtered, taken along as CSV."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from accounts.models import User
from moderation.models import Act, AuditEntry
from moderation.queries.audit import csv_lines
from moderation.services import audit
from spaces_site.boundary.staff_pages import ReadOnly


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Append-only: not even a superuser changes or deletes a row, here or in the database."""

    list_display = ("at", "actor_name", "act", "person_name", "room_title", "why", "subject")
    list_filter = ("act", "at")
    search_fields = ("actor_name", "person_name", "room_title", "why", "=subject", "=request_id")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
    fields = (
        "at", "actor_name", "act", "person_name", "room_title", "subject", "why", "before", "after", "request_id",
    )  # fmt: skip
    readonly_fields = fields
    change_list_template = "admin/moderation/auditentry/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name="moderation_auditentry_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> Any:
        """What the list shows, with the same filters, as CSV. Taking it along is written down too."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        shown = self.get_changelist_instance(request).get_queryset(request)
        rows = cast("QuerySet[AuditEntry]", shown)
        after = {"rows": rows.count(), "filter": request.GET.urlencode()}
        audit.record(actor=cast("User", request.user), act=Act.AUDIT_EXPORTED, now=timezone.now(), after=after)
        lines = csv_lines(rows.iterator(chunk_size=500))
        headers = {"Content-Disposition": f'attachment; filename="audit-{timezone.now():%Y-%m-%d}.csv"'}
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
