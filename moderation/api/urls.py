"""The API's paths of this app, below /api/v1/."""

from django.urls import URLPattern, path

from moderation.api.views import decisions, reports

urlpatterns: list[URLPattern] = [
    path("reports/", reports.Reports.as_view(), name="api-reports"),
    path("rooms/<uuid:room_id>/reports/", reports.RoomReports.as_view(), name="api-room-reports"),
    path("me/reports/", reports.OwnReports.as_view(), name="api-own-reports"),
    path("me/reports/<uuid:report_id>/", reports.OwnReport.as_view(), name="api-own-report"),
    path("me/notices/", reports.OwnNotices.as_view(), name="api-own-notices"),
    path("me/decisions/", decisions.OwnDecisions.as_view(), name="api-own-decisions"),
    path("me/decisions/<uuid:decision_id>/", decisions.OwnDecision.as_view(), name="api-own-decision"),
    path("me/decisions/<uuid:decision_id>/appeal/", decisions.OwnAppeal.as_view(), name="api-appeal"),
    path("decisions/<str:token>/", decisions.DecisionByToken.as_view(), name="api-decision-by-token"),
    path("decisions/<str:token>/appeal/", decisions.AppealByToken.as_view(), name="api-appeal-by-token"),
]
